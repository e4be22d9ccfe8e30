/* No `terminates`: Frama-C 25 then proves partial correctness only. */
/*@ assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
