/* The sender (MC-SENDER): who is next, which slice, what is accounted, and that a look changes nothing. */
#include "decode.h"
#include "encode_model.h"
#include "core/sender.h"

#define SLOTS 4
typedef struct {
  mconn_sender s;
  mconn_sender_channel c[SLOTS];
} rig;

/* Channels of these ids and priorities; an id of 0 behind the first ends the list. */
static rig start(enum mconn_dialect d, uint32_t payload, const uint32_t *ids, const uint32_t *priorities, uint32_t n)
{
  rig g;
  mconn_channel all[SLOTS];
  for (uint32_t k = 0; k < n; k++) all[k] = (mconn_channel){ ids[k], priorities[k], 1, 4096, 22020096 };
  mconn_sender_init(&g.s, g.c, d, payload, all, n);
  return g;
}

static rig one(enum mconn_dialect d, uint32_t payload, uint32_t id)
{
  uint32_t priority = 1;
  return start(d, payload, &id, &priority, 1);
}

/* Field by field: between the fields there may be anything. */
static void expect_unchanged(const mconn_sender_channel *before, const rig *g)
{
  for (uint32_t k = 0; k < g->s.n; k++) {
    const mconn_sender_channel a = before[k], b = g->c[k];
    assert_true(a.sent == b.sent && a.id == b.id && a.prio == b.prio && a.total == b.total && a.off == b.off &&
                a.pending == b.pending);
  }
}

/* One step with exactly the room the packet needs, at the guard page. One byte less must be refused for want of
 * room; the header must be the one of the model; the state changes as announced. */
static mconn_send step(rig *g)
{
  mconn_sender_channel before[SLOTS];
  memcpy(before, g->c, sizeof before);
  mconn_send look = mconn_sender_look(&g->s, g->c, 0, 0);
  if (look.kind == MCONN_SEND_NONE) {
    assert_int_equal(mconn_sender_step(&g->s, g->c, NULL, 0, 0).kind, MCONN_SEND_NONE);
    expect_unchanged(before, g);
    return look;
  }
  assert_int_equal(look.kind, MCONN_SEND_ROOM);
  uint8_t *out = guard_end(NULL, look.z), want[32];
  memset(out, 0xA5, look.z);
  mconn_send less = mconn_sender_step(&g->s, g->c, out, 0, look.z - 1);
  assert_true(less.kind == MCONN_SEND_ROOM && less.z == look.z);
  for (size_t j = 0; j < look.z; j++) assert_int_equal(out[j], 0xA5);
  expect_unchanged(before, g);
  mconn_send x = mconn_sender_step(&g->s, g->c, out, 0, look.z);
  assert_int_equal(x.kind, MCONN_SEND_FRAGMENT);
  size_t h = model_put_header(g->s.dialect == MCONN_AMINO, want, before[x.k].id, x.eof, x.len);
  assert_true(x.h == h && x.z == h + x.len && x.z == look.z);
  assert_memory_equal(out, want, h);
  for (size_t j = h; j < x.z; j++) assert_int_equal(out[j], 0xA5);
  assert_true(g->c[x.k].sent == before[x.k].sent + x.z);
  assert_true(g->c[x.k].pending == !x.eof);
  return x;
}

static void fragment(rig *g, uint32_t k, uint32_t off, uint32_t len, bool eof)
{
  mconn_send x = step(g);
  assert_int_equal(x.kind, MCONN_SEND_FRAGMENT);
  assert_true(x.k == k && x.off == off && x.len == len && x.eof == eof);
}

static void nothing(rig *g)
{
  mconn_send x = step(g);
  assert_int_equal(x.kind, MCONN_SEND_NONE);
  assert_true(x.k == g->s.n && x.off == 0 && x.len == 0 && !x.eof && x.h == 0 && x.z == 0);
}

static void a_new_sender_has_nothing_to_send(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 7, 9 }, priorities[] = { 3, 4 };
  static const mconn_channel all[2] = { { 7, 3, 1, 1, 1 }, { 9, 4, 1, 1, 1 } };
  rig g;
  memset(&g, 0xA5, sizeof g);
  mconn_sender_init(&g.s, g.c, MCONN_AMINO, 77, all, 2);
  assert_true(g.s.n == 2 && g.s.payload == 77 && g.s.dialect == MCONN_AMINO && g.s.lo == 0 && g.s.hi == 0);
  for (int k = 0; k < 2; k++) {
    assert_true(g.c[k].id == ids[k] && g.c[k].prio == priorities[k]);
    assert_true(g.c[k].sent == 0 && g.c[k].total == 0 && g.c[k].off == 0 && !g.c[k].pending);
  }
  assert_int_equal(g.c[2].id, 0xA5A5A5A5);
  nothing(&g);
}

/* MC-SENDER-01. gap: priorities and decay. */
static void least_sent_by_priority_is_next_compared_exactly(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 1, 2, 3 }, priorities[] = { 1, 3, MCONN_PRIORITY_MAX };
  rig g = start(MCONN_PROTO, 1024, ids, priorities, 3);
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 3);
  for (uint32_t k = 0; k < 3; k++) mconn_sender_offer(&g.s, g.c, k, 1);
  g.c[0].sent = 100, g.c[1].sent = 299, g.c[2].sent = 100ull * MCONN_PRIORITY_MAX;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 1);
  g.c[1].sent = 301;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 0);
  g.c[0].sent = 101;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 2);
  g.c[2].pending = false;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 1);
  /* a float32 cannot tell these two */
  g.c[0].sent = (1ull << 40) + 1, g.c[1].sent = 3 * (1ull << 40);
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 1);
  g.c[0].sent = 1ull << 40, g.c[1].sent = 3 * (1ull << 40) + 1;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 0);
  g.c[0].sent = MCONN_SENT_MAX, g.c[2].sent = MCONN_SENT_MAX, g.c[2].pending = true, g.c[1].pending = false;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 2);
}

/* MC-SENDER-02 */
static void of_equal_ratios_the_earliest_registered_is_next(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 9, 1, 5 }, priorities[] = { 2, 1, 3 };
  rig g = start(MCONN_PROTO, 1024, ids, priorities, 3);
  for (uint32_t k = 0; k < 3; k++) mconn_sender_offer(&g.s, g.c, k, 1);
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 0);
  g.c[0].sent = 20, g.c[1].sent = 10, g.c[2].sent = 30;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 0);
  g.c[0].pending = false;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 1);
  g.c[0].pending = true, g.c[0].sent = 21;
  assert_int_equal(mconn_sender_pick(&g.s, g.c), 1);
}

static void window(const rig *g, uint32_t lo, uint32_t hi)
{
  assert_int_equal(g->s.lo, lo);
  assert_int_equal(g->s.hi, hi);
}

/* MC-SENDER-01: slots outside the window are not looked at, so it must hold every pending one */
static void the_window_of_slots_follows_what_is_pending(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 1, 2, 3, 4 }, priorities[] = { 1, 1, 1, 1 };
  rig g = start(MCONN_PROTO, 10, ids, priorities, 4);
  window(&g, 0, 0);
  mconn_sender_offer(&g.s, g.c, 2, 20);
  window(&g, 2, 3);
  fragment(&g, 2, 0, 10, false);
  mconn_sender_offer(&g.s, g.c, 3, 1);
  window(&g, 2, 4);
  fragment(&g, 3, 0, 1, true);
  mconn_sender_offer(&g.s, g.c, 0, 1);
  window(&g, 0, 4);
  fragment(&g, 0, 0, 1, true);
  fragment(&g, 2, 10, 10, true);
  window(&g, 2, 3);
  mconn_sender_offer(&g.s, g.c, 1, 1); /* slot 2 is not pending any more */
  window(&g, 1, 2);
  fragment(&g, 1, 0, 1, true);
  mconn_sender_offer(&g.s, g.c, 3, 1);
  window(&g, 3, 4);
  fragment(&g, 3, 0, 1, true);
  nothing(&g);
  assert_int_equal(g.s.lo, g.s.hi);
  mconn_sender_offer(&g.s, g.c, 0, 1);
  window(&g, 0, 1);
}

/* MC-SENDER-03. gap: fragmentation at 0, N-1, N, N+1, 2N. */
static void messages_are_cut_at_the_payload_limit(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    static const uint32_t totals[] = { 1, 9, 10, 11, 20, 21, 100 };
    rig g = one((enum mconn_dialect)d, 10, 0x20);
    for (size_t t = 0; t < sizeof totals / sizeof *totals; t++) {
      mconn_sender_offer(&g.s, g.c, 0, totals[t]);
      for (uint32_t off = 0; off < totals[t]; off += 10) {
        uint32_t left = totals[t] - off;
        fragment(&g, 0, off, left < 10 ? left : 10, left <= 10);
      }
      nothing(&g);
    }
  }
}

/* MC-SENDER-04. gap: channels from 128 on. */
static void no_full_final_packet_on_a_wide_proto_channel(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 128, 200, 255 };
  for (size_t k = 0; k < 3; k++) {
    rig g = one(MCONN_PROTO, 10, ids[k]);
    mconn_sender_offer(&g.s, g.c, 0, 20);
    fragment(&g, 0, 0, 10, false);
    fragment(&g, 0, 10, 9, false);
    fragment(&g, 0, 19, 1, true);
    mconn_sender_offer(&g.s, g.c, 0, 19);
    fragment(&g, 0, 0, 10, false);
    fragment(&g, 0, 10, 9, true);
    g = one(MCONN_AMINO, 10, ids[k]);
    mconn_sender_offer(&g.s, g.c, 0, 10);
    fragment(&g, 0, 0, 10, true);
  }
  rig g = one(MCONN_PROTO, 10, 127);
  mconn_sender_offer(&g.s, g.c, 0, 10);
  fragment(&g, 0, 0, 10, true);
  g = one(MCONN_PROTO, 2, 128);
  mconn_sender_offer(&g.s, g.c, 0, 2);
  fragment(&g, 0, 0, 1, false);
  fragment(&g, 0, 1, 1, true);
}

/* MC-SENDER-05 */
static void each_packet_counts_its_bytes_on_the_wire_for_its_own_channel(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 1, 2 }, priorities[] = { 1, 1 };
  rig g = start(MCONN_PROTO, 1024, ids, priorities, 2);
  mconn_sender_offer(&g.s, g.c, 0, 3);
  fragment(&g, 0, 0, 3, true);
  assert_true(g.c[0].sent == 9 + 3 && g.c[1].sent == 0);
  mconn_sender_offer(&g.s, g.c, 1, 0);
  fragment(&g, 1, 0, 0, true);
  assert_true(g.c[0].sent == 12 && g.c[1].sent == 7);
  mconn_sender_offer(&g.s, g.c, 1, 1);
  uint8_t out[64];
  mconn_send x = mconn_sender_step(&g.s, g.c, out, 20, sizeof out);
  assert_true(x.kind == MCONN_SEND_FRAGMENT && x.h == 29 && x.z == 30 && g.c[1].sent == 17);
  g.c[0].sent = MCONN_SENT_MAX - 5;
  mconn_sender_take(&g.s, g.c, 0, 1, true, 5);
  assert_true(g.c[0].sent == MCONN_SENT_MAX);
  mconn_sender_take(&g.s, g.c, 0, 1, true, 5);
  assert_true(g.c[0].sent == MCONN_SENT_MAX);
}

/* MC-SENDER-08. gap: priorities and decay. */
static void decay_takes_a_fifth_of_every_channel(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 1, 2, 3, 4 }, priorities[] = { 1, 1, 1, 1 };
  rig g = start(MCONN_PROTO, 1024, ids, priorities, 3);
  g.c[3].sent = 1000; /* no channel of this sender */
  mconn_sender_decay(&g.s, g.c);
  assert_true(g.c[3].sent == 1000);
  g = start(MCONN_PROTO, 1024, ids, priorities, 4);
  static const struct {
    uint64_t before, after;
  } all[] = {
    { 0, 0 },
    { 1, 0 },
    { 2, 1 },
    { 4, 3 },
    { 5, 4 },
    { 6, 4 },
    { 100, 80 },
    { 101, 80 },
    { 999999, 799999 },
    { MCONN_SENT_MAX, 225179981368524 },
    { MCONN_SENT_MAX - 1, 225179981368523 },
    { 1ull << 47, 112589990684262 },
  };
  for (size_t k = 0; k + 3 < sizeof all / sizeof *all; k++) {
    for (size_t j = 0; j < 4; j++) g.c[j].sent = all[k + j].before;
    mconn_sender_decay(&g.s, g.c);
    for (size_t j = 0; j < 4; j++) assert_true(g.c[j].sent == all[k + j].after);
  }
}

/* MC-SENDER-09. gap: empty messages. */
static void an_empty_message_is_one_final_empty_packet(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 1, 2 }, priorities[] = { 1, 1 };
  for (int d = 0; d < 2; d++) {
    rig g = start((enum mconn_dialect)d, 10, ids, priorities, 2);
    mconn_sender_offer(&g.s, g.c, 1, 0);
    g.c[1].sent = 50; /* the other channel goes first, twice */
    mconn_sender_offer(&g.s, g.c, 0, 20);
    fragment(&g, 0, 0, 10, false);
    fragment(&g, 0, 10, 10, true);
    fragment(&g, 1, 0, 0, true);
    nothing(&g);
  }
}

/* MC-SENDER-10: one message at a time is under way, from its first byte to its last */
static void a_message_is_sent_to_its_end_before_the_next_begins(void **state)
{
  (void)state;
  rig g = one(MCONN_PROTO, 4, 1);
  for (uint32_t total = 9; total < 12; total++) {
    mconn_sender_offer(&g.s, g.c, 0, total);
    fragment(&g, 0, 0, 4, false);
    assert_true(g.c[0].pending);
    fragment(&g, 0, 4, 4, false);
    fragment(&g, 0, 8, total - 8, true);
    nothing(&g);
  }
}

/* MC-SENDER-11: step() tries with one byte too little first */
static void a_packet_that_does_not_fit_is_not_begun(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    rig g = one((enum mconn_dialect)d, 1024, 0x20);
    mconn_sender_offer(&g.s, g.c, 0, 1500);
    mconn_send x = mconn_sender_look(&g.s, g.c, 65000, 65536);
    assert_true(x.kind == MCONN_SEND_ROOM && x.z > 65536);
    fragment(&g, 0, 0, 1024, false);
    fragment(&g, 0, 1024, 476, true);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_new_sender_has_nothing_to_send),
    cmocka_unit_test(least_sent_by_priority_is_next_compared_exactly),
    cmocka_unit_test(of_equal_ratios_the_earliest_registered_is_next),
    cmocka_unit_test(the_window_of_slots_follows_what_is_pending),
    cmocka_unit_test(messages_are_cut_at_the_payload_limit),
    cmocka_unit_test(no_full_final_packet_on_a_wide_proto_channel),
    cmocka_unit_test(each_packet_counts_its_bytes_on_the_wire_for_its_own_channel),
    cmocka_unit_test(decay_takes_a_fifth_of_every_channel),
    cmocka_unit_test(an_empty_message_is_one_final_empty_packet),
    cmocka_unit_test(a_message_is_sent_to_its_end_before_the_next_begins),
    cmocka_unit_test(a_packet_that_does_not_fit_is_not_begun),
  };
  return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
