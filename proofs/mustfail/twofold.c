/* The prover reads other code than the compiler. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
#ifdef __FRAMAC__
  return x;
#else
  return x + 1;
#endif
}
