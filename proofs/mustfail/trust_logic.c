/* A logic function that nobody defined can mean anything. */
/*@ logic integer anything(integer x); */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result + anything(x) == x + anything(x); */
int same(int x)
{
  return x;
}
