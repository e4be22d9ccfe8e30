/* A contract that does not hold. */
/*@ requires small: x < 1000;
    terminates \true;
    assigns \nothing;
    ensures more: \result == x + 1; */
int same(int x)
{
  return x;
}
