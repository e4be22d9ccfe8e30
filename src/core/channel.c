/* Channel descriptors. The caller fills them, once per connection, so this code is written for the
 * reader and not for speed. */
#include "channel.h"

mconn_channel mconn_channel_defaults(mconn_channel d)
{
  if (d.queue_capacity == 0) d.queue_capacity = MCONN_QUEUE_CAPACITY_DEFAULT;
  if (d.buffer_capacity == 0) d.buffer_capacity = MCONN_BUFFER_CAPACITY_DEFAULT;
  if (d.message_capacity == 0) d.message_capacity = MCONN_MESSAGE_CAPACITY_DEFAULT;
  return d;
}

enum mconn_err mconn_channel_check(mconn_channel d)
{
  if (d.id > 255) return MCONN_E_CHANNEL_COUNT;
  if (d.priority == 0 || d.priority > MCONN_PRIORITY_MAX) return MCONN_E_PRIORITY;
  if (d.queue_capacity == 0 || d.queue_capacity > MCONN_QUEUE_CAPACITY_MAX) return MCONN_E_QUEUE_CAPACITY;
  if (d.buffer_capacity == 0 || d.buffer_capacity > MCONN_MESSAGE_CAPACITY_MAX) return MCONN_E_MESSAGE_CAPACITY;
  if (d.message_capacity == 0 || d.message_capacity > MCONN_MESSAGE_CAPACITY_MAX) return MCONN_E_MESSAGE_CAPACITY;
  return MCONN_OK;
}

/* At most 256 descriptors, so comparing each with all before it costs 32640 tests, once. */
/*@ requires rd: \valid_read(d + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures found_iff_there: \result <==> id_among(d, n, id); */
static bool has_id(const mconn_channel *d, size_t n, uint32_t id)
{
  /*@ loop invariant rng: 0 <= j <= n;
      loop invariant none: \forall integer q; 0 <= q < j ==> d[q].id != id;
      loop assigns j;
      loop variant n - j; */
  for (size_t j = 0; j < n; j++)
    if (d[j].id == id) return true;
  return false;
}

mconn_channels_result mconn_channels_check(const mconn_channel *d, size_t n)
{
  mconn_channels_result r = { .err = MCONN_OK, .at = 0 };
  if (n == 0 || n > MCONN_CHANNELS_MAX) {
    r.err = MCONN_E_CHANNEL_COUNT;
    return r;
  }
  /*@ loop invariant rng: 0 <= i <= n;
      loop invariant fine: channels_ok(d, i);
      loop invariant quiet: r.err == MCONN_OK && r.at == 0;
      loop assigns i;
      loop variant n - i; */
  for (size_t i = 0; i < n; i++) {
    enum mconn_err e = mconn_channel_check(d[i]);
    if (e == MCONN_OK && has_id(d, i, d[i].id)) e = MCONN_E_CHANNEL_DUPLICATE;
    if (e != MCONN_OK) {
      r.err = e;
      r.at = i;
      return r;
    }
  }
  return r;
}
