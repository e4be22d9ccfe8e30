/* A precondition that the caller does not establish. */
/*@ requires small: x < 1000;
    terminates \true;
    assigns \nothing;
    ensures next: \result == x + 1; */
static int next(int x)
{
  return x + 1;
}

/*@ terminates \true;
    assigns \nothing;
    ensures zero: \result == 0; */
int same(int x)
{
  return next(x) - next(x);
}
