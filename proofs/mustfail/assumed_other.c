/* Proves `eight` under a precondition that its caller (assumed_nowhere.c) does not know. */
/*@ requires x == 8;
    terminates \true;
    assigns \nothing;
    ensures eight: \result == 8; */
int eight(int x)
{
  return x;
}
