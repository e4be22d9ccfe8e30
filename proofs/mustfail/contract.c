/* A function without a contract. WP proves nothing of it and says so nowhere in its totals. */
int plain(int x)
{
  return x;
}

/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
