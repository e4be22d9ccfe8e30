/* Calls cycle_b, which calls cycle_a: each file alone proves its false contract from the other's. */
/*@ terminates \true;
    assigns \nothing;
    ensures false_at_last: \false; */
int cycle_b(int x);

/*@ terminates \true;
    assigns \nothing;
    ensures false_at_last: \false; */
int cycle_a(int x)
{
  return cycle_b(x);
}
