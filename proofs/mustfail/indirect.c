/* A call through a pointer: nobody knows which contract holds. */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x, void (*f)(void))
{
  f();
  return x;
}
