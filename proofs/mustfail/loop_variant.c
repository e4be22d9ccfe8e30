/* A loop without a variant, in ghost code, where a macro-blind search would miss it. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == n; */
unsigned same(unsigned n)
{
  /*@ ghost
    unsigned i = 0;
    /@ loop invariant range: i <= n;
       loop assigns i; @/
    while (i < n) i++;
  */
  return n;
}
