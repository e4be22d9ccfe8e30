/* A cast between pointer types: the Typed memory model is wrong about it. Every goal is proved. */
/*@ requires valid: \valid(p);
    terminates \true;
    assigns \nothing;
    ensures one: \result == 1; */
int one(unsigned *p)
{
  unsigned char *q = (unsigned char *)p;
  if (q != 0) return 1;
  return 1;
}
