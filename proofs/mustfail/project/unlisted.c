/* A file beside it that no target names. */
/*@ terminates \true;
    assigns \nothing;
    ensures wrong: \result == x + 1; */
int wrong(int x)
{
  return x;
}
