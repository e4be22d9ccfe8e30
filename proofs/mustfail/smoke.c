/* A precondition that no caller can meet: everything below it is proved. */
/*@ requires impossible: x > 10 && x < 5;
    terminates \true;
    assigns \nothing;
    ensures more: \result == x + 1; */
int same(int x)
{
  return x;
}
