/* The one file that the target of this small project names. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
