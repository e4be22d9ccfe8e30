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

static bool id_among(const mconn_channel *d, size_t n, uint32_t id)
{
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
  for (size_t i = 0; i < n; i++) {
    enum mconn_err e = mconn_channel_check(d[i]);
    if (e == MCONN_OK && id_among(d, i, d[i].id)) e = MCONN_E_CHANNEL_DUPLICATE;
    if (e != MCONN_OK) {
      r.err = e;
      r.at = i;
      return r;
    }
  }
  return r;
}
