/* A lemma that does not hold: it has no row in the property table. */
/*@ lemma positive: \forall integer x; x > 0; */
/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
int same(int x)
{
  return x;
}
