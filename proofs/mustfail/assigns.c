/* No `assigns`: callers would have to assume that everything changed. */
/*@ terminates \true;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
