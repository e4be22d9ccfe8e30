/* A call of a function without a contract. */
int unknown(int x);

/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  unknown(x);
  return x;
}
