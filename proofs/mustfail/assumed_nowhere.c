/* Assumes a contract that no stem proves. */
/*@ terminates \true;
    assigns \nothing;
    ensures eight: \result == 8; */
int eight(int x);

/*@ terminates \true;
    assigns \nothing;
    ensures eight: \result == 8; */
int same(int x)
{
  return eight(x);
}
