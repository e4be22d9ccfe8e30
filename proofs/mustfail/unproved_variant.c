/* A loop that does not end. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == n; */
unsigned same(unsigned n)
{
  unsigned i = 0;
  /*@ loop invariant zero: i == 0;
      loop assigns i;
      loop variant n - i; */
  while (i < n) i = 0;
  return n;
}
