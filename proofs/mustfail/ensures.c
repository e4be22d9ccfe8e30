/* No `ensures`: any body that returns satisfies this contract. */
/*@ terminates \true;
    assigns \nothing; */
int same(int x)
{
  return -1;
}
