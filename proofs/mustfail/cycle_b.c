/* Calls cycle_a, which calls cycle_b: each file alone proves its false contract from the other's. */
/*@ terminates \true;
    assigns \nothing;
    ensures false_at_last: \false; */
int cycle_a(int x);

/*@ terminates \true;
    assigns \nothing;
    ensures false_at_last: \false; */
int cycle_b(int x)
{
  return cycle_a(x);
}
