/* The receiver (MC-RECEIVER): which event a packet gives, where a fragment belongs, what is refused. */
#include "bytes.h"
#include "encode_model.h"
#include "core/receiver.h"

#define CHANNELS 3
typedef struct {
  mconn_receiver r;
  mconn_receiver_channel c[CHANNELS];
} rig;

/* Channels 0x20 of 10 bytes, 0x21 of 3 bytes, 0xff of the default. */
static rig start(enum mconn_dialect d)
{
  static const mconn_channel all[CHANNELS] = { { 0x20, 1, 1, 1, 10 },
                                               { 0x21, 1, 1, 1, 3 },
                                               { 0xFF, 1, 1, 1, 22020096 } };
  rig g;
  mconn_receiver_init(&g.r, g.c, d, 1047, all, CHANNELS);
  return g;
}

/* One step on these bytes at the guard page; LOOK must say the same and change nothing. */
static mconn_event step(rig *g, const uint8_t *packet, size_t n)
{
  mconn_receiver_channel before[CHANNELS];
  memcpy(before, g->c, sizeof before);
  const uint8_t *p = guard_end(packet, n);
  mconn_event look = mconn_receiver_look(&g->r, g->c, p, 0, n);
  assert_memory_equal(before, g->c, sizeof before);
  mconn_event x = mconn_receiver_step(&g->r, g->c, p, 0, n);
  assert_true(look.kind == x.kind && look.err == x.err && look.at == x.at && look.k == x.k && look.place == x.place);
  if (x.kind != MCONN_EVENT_FRAGMENT) assert_memory_equal(before, g->c, sizeof before);
  return x;
}

static mconn_event send(rig *g, uint32_t channel, bool eof, uint32_t n)
{
  uint8_t packet[64] = { 0 };
  size_t h = model_put_header(g->r.dialect == MCONN_AMINO, packet, channel, eof, n);
  assert_true(h + n <= sizeof packet);
  return step(g, packet, h + n);
}

static void fragment(rig *g, uint32_t channel, bool eof, uint32_t n, uint32_t k, uint32_t place)
{
  mconn_event x = send(g, channel, eof, n);
  assert_int_equal(x.kind, MCONN_EVENT_FRAGMENT);
  assert_int_equal(x.err, MCONN_OK);
  assert_true(x.k == k && x.place == place && x.packet.m.len == n && x.packet.m.eof == eof);
  assert_int_equal(g->c[k].len, eof ? 0 : place + n);
}

static void refused(mconn_event x, enum mconn_err err, size_t at)
{
  assert_int_equal(x.kind, MCONN_EVENT_REFUSED);
  assert_int_equal(x.err, err);
  assert_int_equal(x.at, at);
}

/* MC-RECEIVER-01 */
static void each_packet_gives_one_event(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    rig g = start((enum mconn_dialect)d);
    uint8_t o[8];
    size_t n = model_put_control(d, o, true);
    for (size_t cut = 0; cut < n; cut++) {
      mconn_event more = step(&g, o, cut);
      assert_int_equal(more.kind, MCONN_EVENT_MORE);
      assert_int_equal(more.packet.z, cut == 0 ? 1 : n);
    }
    mconn_event x = step(&g, o, n);
    assert_true(x.kind == MCONN_EVENT_PING && x.packet.z == n && x.k == MCONN_NO_SLOT && x.place == 0);
    x = step(&g, o, model_put_control(d, o, false));
    assert_true(x.kind == MCONN_EVENT_PONG && x.packet.z == n && x.k == MCONN_NO_SLOT && x.place == 0);
    fragment(&g, 0x20, true, 3, 0, 0);
    o[0] = 0;
    refused(step(&g, o, 1), d == MCONN_AMINO ? MCONN_E_PREFIX : MCONN_E_NO_MEMBER, 1);
  }
}

/* MC-RECEIVER-02 */
static void unknown_channel_is_refused_before_its_id_is_cut(void **state)
{
  (void)state;
  rig g = start(MCONN_PROTO);
  refused(send(&g, 0x22, true, 1), MCONN_E_CHANNEL, 1);
  refused(send(&g, 0, true, 1), MCONN_E_CHANNEL, 1);
  refused(send(&g, 256, true, 1), MCONN_E_CHANNEL, 1);
  refused(send(&g, 256 + 0x20, true, 1), MCONN_E_CHANNEL, 1);
  refused(send(&g, 0xFFFFFFFFu, true, 1), MCONN_E_CHANNEL, 1);
  fragment(&g, 0xFF, true, 1, 2, 0);
  g = start(MCONN_AMINO);
  refused(send(&g, 0x22, true, 1), MCONN_E_CHANNEL, 1);
  fragment(&g, 0xFF, true, 1, 2, 0);
}

/* MC-RECEIVER-03. gap: a capacity met exactly. */
static void message_may_reach_its_capacity_and_not_pass_it(void **state)
{
  (void)state;
  rig g = start(MCONN_PROTO);
  fragment(&g, 0x20, true, 10, 0, 0);
  fragment(&g, 0x20, false, 10, 0, 0);
  fragment(&g, 0x20, false, 0, 0, 10);
  refused(send(&g, 0x20, true, 1), MCONN_E_CAPACITY, 9);
  refused(send(&g, 0x20, false, 1), MCONN_E_CAPACITY, 7);
  fragment(&g, 0x20, true, 0, 0, 10);
  refused(send(&g, 0x20, true, 11), MCONN_E_CAPACITY, 9);
  g = start(MCONN_AMINO);
  fragment(&g, 0x21, false, 2, 1, 0);
  refused(send(&g, 0x21, true, 2), MCONN_E_CAPACITY, 11);
  fragment(&g, 0x21, true, 1, 1, 2);
}

/* MC-RECEIVER-04 */
static void empty_fragments_are_counted_in_each_message(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    rig g = start((enum mconn_dialect)d);
    for (int message = 0; message < 2; message++) {
      for (uint32_t n = 0; n < 512; n++) fragment(&g, 0x20, false, 0, 0, 0);
      fragment(&g, 0x20, false, 1, 0, 0);
      for (uint32_t n = 512; n < MCONN_EMPTY_FRAGMENTS_MAX; n++) fragment(&g, 0x20, false, 0, 0, 1);
      refused(send(&g, 0x20, false, 0), MCONN_E_EMPTY_FRAGMENTS, d == MCONN_AMINO ? 5 : 3);
      fragment(&g, 0x20, false, 1, 0, 1);
      fragment(&g, 0x20, true, 0, 0, 2);
    }
  }
}

/* MC-RECEIVER-05 */
static void fragments_concatenate_in_their_order(void **state)
{
  (void)state;
  rig g = start(MCONN_PROTO);
  fragment(&g, 0x20, false, 3, 0, 0);
  fragment(&g, 0x20, false, 1, 0, 3);
  fragment(&g, 0x20, false, 4, 0, 4);
  fragment(&g, 0x20, true, 2, 0, 8);
}

/* MC-RECEIVER-06 */
static void final_fragment_completes_a_message_also_when_empty(void **state)
{
  (void)state;
  rig g = start(MCONN_AMINO);
  fragment(&g, 0x20, true, 0, 0, 0);
  fragment(&g, 0x20, false, 4, 0, 0);
  fragment(&g, 0x20, true, 0, 0, 4);
  fragment(&g, 0x20, true, 2, 0, 0);
  fragment(&g, 0x20, false, 5, 0, 0);
}

/* MC-RECEIVER-07 */
static void channels_do_not_disturb_one_another(void **state)
{
  (void)state;
  rig g = start(MCONN_PROTO);
  fragment(&g, 0x20, false, 3, 0, 0);
  fragment(&g, 0x21, false, 2, 1, 0);
  fragment(&g, 0xFF, false, 9, 2, 0);
  fragment(&g, 0x21, true, 1, 1, 2);
  fragment(&g, 0x20, false, 3, 0, 3);
  fragment(&g, 0xFF, true, 9, 2, 9);
  fragment(&g, 0x20, true, 4, 0, 6);
}

/* MC-RECEIVER-08: step() compares the state after every refusal */
static void refusal_leaves_the_state_as_it_was(void **state)
{
  (void)state;
  rig g = start(MCONN_PROTO);
  fragment(&g, 0x21, false, 2, 1, 0);
  refused(send(&g, 0x21, true, 2), MCONN_E_CAPACITY, 9);
  refused(send(&g, 0x99, true, 2), MCONN_E_CHANNEL, 1);
  bytes b = hex("0103");
  refused(step(&g, b.p, b.n), MCONN_E_FIELD_NUMBER, 1);
  b = hex("9808");
  refused(step(&g, b.p, b.n), MCONN_E_PACKET_SIZE, 0);
  fragment(&g, 0x21, true, 1, 1, 2);
}

static void every_id_has_a_slot_or_none(void **state)
{
  (void)state;
  static const mconn_channel all[CHANNELS] = { { 0, 1, 1, 1, 10 }, { 0x21, 1, 1, 1, 3 }, { 0xFE, 1, 1, 1, 22020096 } };
  rig g;
  memset(&g, 0, sizeof g);
  mconn_receiver_init(&g.r, g.c, MCONN_AMINO, 99, all, CHANNELS);
  assert_true(g.r.n == CHANNELS && g.r.max == 99 && g.r.dialect == MCONN_AMINO);
  for (uint32_t id = 0; id < 256; id++)
    assert_int_equal(g.r.slot[id], id == 0 ? 0 : id == 0x21 ? 1 : id == 0xFE ? 2 : MCONN_NO_SLOT);
  for (uint32_t k = 0; k < CHANNELS; k++)
    assert_true(g.c[k].id == all[k].id && g.c[k].cap == all[k].message_capacity && g.c[k].len == 0 &&
                g.c[k].empty == 0);
}

static void look_sees_only_from_i_to_e(void **state)
{
  (void)state;
  rig g = start(MCONN_PROTO);
  bytes b = hex("ffff 020a00 021200");
  const uint8_t *p = guard_end(b.p, b.n);
  mconn_event x = mconn_receiver_look(&g.r, g.c, p, 2, b.n);
  assert_true(x.kind == MCONN_EVENT_PING && x.packet.z == 5);
  x = mconn_receiver_look(&g.r, g.c, p, 5, b.n);
  assert_true(x.kind == MCONN_EVENT_PONG && x.packet.z == 8);
  x = mconn_receiver_look(&g.r, g.c, p, 8, b.n);
  assert_true(x.kind == MCONN_EVENT_MORE && x.packet.z == 9);
  x = mconn_receiver_look(&g.r, g.c, p, 5, 7);
  assert_true(x.kind == MCONN_EVENT_MORE && x.packet.z == 8);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_packet_gives_one_event),
    cmocka_unit_test(unknown_channel_is_refused_before_its_id_is_cut),
    cmocka_unit_test(message_may_reach_its_capacity_and_not_pass_it),
    cmocka_unit_test(empty_fragments_are_counted_in_each_message),
    cmocka_unit_test(fragments_concatenate_in_their_order),
    cmocka_unit_test(final_fragment_completes_a_message_also_when_empty),
    cmocka_unit_test(channels_do_not_disturb_one_another),
    cmocka_unit_test(refusal_leaves_the_state_as_it_was),
    cmocka_unit_test(every_id_has_a_slot_or_none),
    cmocka_unit_test(look_sees_only_from_i_to_e),
  };
  return cmocka_run_group_tests_name("receiver", tests, NULL, NULL);
}
