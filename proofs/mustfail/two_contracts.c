/* A precondition of its own beside the header's: the header then promises callers too much. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x);

/*@ requires positive: x > 0;
    terminates \true; */
int same(int x)
{
  if (x > 0) return x;
  return 0;
}
