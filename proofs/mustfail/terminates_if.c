/* A condition on `terminates`. */
/*@ terminates x > 0;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
