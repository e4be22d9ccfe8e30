/* A loop made of a jump: it needs neither an invariant nor a variant to be parsed. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  int i = 0;
again:
  i++;
  if (i < 3) goto again;
  return x;
}
