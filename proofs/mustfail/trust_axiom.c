/* A false axiom makes every contract green. */
/*@ axiomatic Wrong { axiom wrong: \forall integer x; x == x + 1; } */
/*@ terminates \true;
    assigns \nothing;
    ensures seven: \result == 7; */
int seven(int x)
{
  return x;
}
