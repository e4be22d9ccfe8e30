/* The parts of the core that see time and configuration instead of bytes: ping clock, decay clock, rate limiter, flush
 * policy, channel descriptors (MC-PING, MC-SENDER-08, MC-RATE, MC-FLUSH, MC-CHANNEL). Each against the plainest way to
 * say the same: a list of what was granted, a time of the first byte, a flag per id. What goes wrong: a sum that wraps
 * after a long silence, a deadline that belongs to another ping, a fraction lost at each call.
 *
 * Input: which part, its configuration, then steps of (time passed, what happened). */
#include "fuzz.h"
#include "core/channel.h"
#include "core/decay.h"
#include "core/flush.h"
#include "core/rate.h"

/* Mostly small spans, sometimes huge ones. */
static uint64_t span(fuzz_in *in)
{
  uint8_t x = fuzz_u8(in);
  if (x < 128) return x;
  if (x < 192) return (uint64_t)fuzz_u16(in) << (x % 32);
  return fuzz_u64(in) % MCONN_TIME_MAX;
}

static uint64_t later(uint64_t now, uint64_t by, uint64_t most)
{
  return by > most - now ? most : now + by;
}

static void ping(fuzz_in *in)
{
  mconn_ping_config c = { span(in), span(in) };
  if (c.timeout == 7) c.interval = fuzz_u64(in);
  bool fine = c.timeout > 0 && c.timeout < c.interval && c.interval <= MCONN_TIME_MAX;
  FUZZ_CHECK(mconn_ping_check(c) == (fine ? MCONN_OK : MCONN_E_PING_CONFIG));
  if (!fine) return;
  uint64_t now = span(in), last = now, sent = 0, answered = 0;
  bool open = false, dead = false;
  mconn_ping s = mconn_ping_start(now);
  for (int n = 0; n < 48 && in->left > 0; n++) {
    uint8_t op = fuzz_u8(in);
    uint64_t by = op & 2 ? c.timeout : op & 4 ? c.interval : span(in);
    now = later(now, op & 8 && by > 0 ? by - 1 : by, MCONN_TIME_MAX);
    enum mconn_ping_out out = MCONN_PING_NOTHING;
    if (!dead && op & 1) {
      answered += open;
      open = false;
    } else if (!dead && open && now - last >= c.timeout) {
      out = MCONN_PING_DEAD;
      dead = true;
    } else if (!dead && !open && now - last >= c.interval) {
      out = MCONN_PING_SEND;
      last = now;
      sent++;
      open = true;
    }
    mconn_ping_step_result r = mconn_ping_step(s, op & 1 ? MCONN_PING_PONG : MCONN_PING_TICK, now, c);
    s = r.s;
    FUZZ_CHECK(r.out == out && s.sent == sent && s.answered == answered && s.dead == dead);
    FUZZ_CHECK(r.due == (dead ? 0 : last + (open ? c.timeout : c.interval)));
  }
}

static void decay(fuzz_in *in)
{
  uint64_t now = span(in), due = now + 2000000000;
  mconn_decay s = mconn_decay_start(now);
  for (int n = 0; n < 48 && in->left > 0; n++) {
    uint64_t by = span(in);
    now = later(now, by == 127 ? due - now : by == 126 && due > now ? due - now - 1 : by, MCONN_TIME_MAX);
    bool fire = now >= due;
    if (fire) due = now + 2000000000;
    mconn_decay_result r = mconn_decay_step(s, now);
    s = r.s;
    FUZZ_CHECK(r.fire == fire && s.due == due);
    if (due > MCONN_TIME_MAX) return;
  }
}

static void rate(fuzz_in *in)
{
  uint32_t bytes = fuzz_u8(in) & 1 ? fuzz_u32(in) : fuzz_u16(in), least = fuzz_u16(in);
  if (bytes == 0) bytes = 1;
  uint64_t now = span(in), burst = bytes / 10 > least ? bytes / 10 : least > 0 ? least : 1;
  unsigned __int128 credit = (unsigned __int128)burst * 1000000;
  mconn_rate s = mconn_rate_start(bytes, least, now);
  for (int n = 0; n < 48 && in->left > 0; n++) {
    uint8_t op = fuzz_u8(in);
    uint64_t before = now;
    now = later(now, span(in), UINT64_MAX);
    uint32_t want = op & 1 ? UINT32_MAX : op & 2 ? fuzz_u16(in) : op >> 4;
    credit += (unsigned __int128)(now - before) * bytes;
    if (credit > (unsigned __int128)burst * 1000000) credit = (unsigned __int128)burst * 1000000;
    uint64_t grant = (uint64_t)(credit / 1000000) < want ? (uint64_t)(credit / 1000000) : want;
    credit -= (unsigned __int128)grant * 1000000;
    mconn_rate_result r = mconn_rate_take(s, now, want);
    s = r.s;
    FUZZ_CHECK(r.grant == grant && s.credit == credit && s.burst == burst);
    FUZZ_CHECK((r.wait == 0) == (grant == want));
    if (r.wait == 0) continue;
    FUZZ_CHECK(credit + (unsigned __int128)r.wait * bytes >= 1000000);
    FUZZ_CHECK(credit + (unsigned __int128)(r.wait - 1) * bytes < 1000000);
  }
}

static void flush(fuzz_in *in)
{
  uint64_t throttle = fuzz_u8(in) & 1 ? span(in) : 0;
  FUZZ_CHECK((mconn_flush_check(throttle) == MCONN_OK) == (throttle <= 60000000000));
  if (throttle > 60000000000) return;
  uint64_t now = span(in), first = 0;
  bool waiting = false; /* bytes lie there since `first` */
  mconn_flush s = mconn_flush_start(throttle);
  for (int n = 0; n < 48 && in->left > 0; n++) {
    uint8_t op = fuzz_u8(in);
    now = later(now, op & 1 ? throttle : span(in), MCONN_TIME_MAX);
    bool pending = op & 2, full = op & 4, urgent = op & 8;
    uint64_t buffered = op >> 4;
    if (buffered > 0 && !waiting) first = now;
    waiting = buffered > 0;
    bool out = waiting && (full || urgent || (throttle == 0 ? !pending : now - first >= throttle));
    if (out) waiting = false;
    mconn_flush_result r = mconn_flush_step(s, buffered, pending, full, urgent, now);
    s = r.s;
    FUZZ_CHECK(r.now == out && s.throttle == throttle);
    FUZZ_CHECK(r.due == (waiting && throttle > 0 ? first + throttle : 0));
  }
}

/* A number at an edge of what is allowed. */
static uint32_t edge(fuzz_in *in, uint32_t most)
{
  uint8_t x = fuzz_u8(in);
  return x < 128 ? 1 + x % most : x < 160 ? 0 : x < 192 ? most : x < 224 ? most + 1 : fuzz_u32(in);
}

static void channels(fuzz_in *in)
{
  static mconn_channel d[MCONN_CHANNELS_MAX + 1];
  bool taken[256] = { false };
  size_t n = fuzz_u8(in) + fuzz_u8(in) % 3u;
  mconn_channels_result want = { .err = n == 0 || n > 256 ? MCONN_E_CHANNEL_COUNT : MCONN_OK, .at = 0 };
  bool decided = want.err != MCONN_OK;
  for (size_t k = 0; k < n; k++) {
    mconn_channel x = { (uint32_t)k, 1, 0, 0, 0 };
    if (in->left > 0)
      x =
        (mconn_channel){ fuzz_u8(in), edge(in, 0x7FFF), edge(in, 0xFFFF), edge(in, 0x7FFFFFFF), edge(in, 0x7FFFFFFF) };
    if (in->left > 0 && fuzz_u8(in) == 255) x.id += 256;
    d[k] = mconn_channel_defaults(x);
    FUZZ_CHECK(d[k].id == x.id && d[k].priority == x.priority);
    FUZZ_CHECK(d[k].queue_capacity == (x.queue_capacity ? x.queue_capacity : 1));
    FUZZ_CHECK(d[k].buffer_capacity == (x.buffer_capacity ? x.buffer_capacity : 4096));
    FUZZ_CHECK(d[k].message_capacity == (x.message_capacity ? x.message_capacity : 22020096));
    if (fuzz_u8(in) == 200) d[k] = x; /* a zero that was not filled */
    enum mconn_err err = MCONN_OK;
    if (d[k].id > 255) err = MCONN_E_CHANNEL_COUNT;
    else if (d[k].priority - 1 >= 0x7FFF) err = MCONN_E_PRIORITY;
    else if (d[k].queue_capacity - 1 >= 0xFFFF) err = MCONN_E_QUEUE_CAPACITY;
    else if (d[k].buffer_capacity - 1 >= 0x7FFFFFFF || d[k].message_capacity - 1 >= 0x7FFFFFFF)
      err = MCONN_E_MESSAGE_CAPACITY;
    FUZZ_CHECK(mconn_channel_check(d[k]) == err);
    if (decided) continue;
    if (err == MCONN_OK && taken[d[k].id]) err = MCONN_E_CHANNEL_DUPLICATE;
    if (err == MCONN_OK) taken[d[k].id] = true;
    else want = (mconn_channels_result){ err, k };
    decided = err != MCONN_OK;
  }
  mconn_channels_result r = mconn_channels_check(d, n);
  FUZZ_CHECK(r.err == want.err && r.at == want.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static void (*const parts[])(fuzz_in *) = { ping, decay, rate, flush, channels };
  fuzz_in in = { data, size };
  parts[fuzz_u8(&in) % 5](&in);
  return 0;
}
