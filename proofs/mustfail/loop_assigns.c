/* A loop without `loop assigns`. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == n; */
unsigned same(unsigned n)
{
  unsigned i = 0;
  /*@ loop invariant range: i <= n;
      loop variant n - i; */
  do i++;
  while (i < n);
  return n;
}
