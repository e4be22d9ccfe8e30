/* A contract in a header, and no body anywhere. */
/*@ terminates \true;
    assigns \nothing;
    ensures eight: \result == 8; */
int eight(int x);

/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
