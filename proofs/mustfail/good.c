/* Passes every gate: the must-fail cases differ from it by one fault each. */
#include <stdint.h>

/*@ lemma order: \forall integer x, y; x < y ==> x + 1 <= y; */

/*@ terminates \true;
    assigns \nothing;
    ensures same: \result == x; */
static uint32_t same(uint32_t x)
{
  return x;
}

/*@ requires small: n <= 10;
    terminates \true;
    assigns \nothing;
    ensures counted: \result == n; */
uint32_t count(uint32_t n)
{
  uint32_t i = 0;
  /*@ loop invariant range: i <= n;
      loop assigns i;
      loop variant n - i; */
  while (i < n) i++;
  return same(i);
}
