/* A recursion of logic without end: as an axiom it says that a number is its own successor. */
/*@ logic integer endless(integer x) = 1 + endless(x); */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result + endless(x) == x + endless(x); */
int same(int x)
{
  return x;
}
