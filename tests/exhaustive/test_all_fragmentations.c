/* Every message of up to some size under every small payload limit, and every way a peer can cut a small message. */
#include "guard.h"
#include "encode_model.h"
#include "core/receiver.h"
#include "core/sender.h"

typedef struct {
  uint32_t id, payload, total;
  enum mconn_dialect d;
} message;

/* Length of the fragment at off, from the rules alone: N bytes; the rest if it fits, save that in proto a rest of
 * exactly N on a channel id of two bytes leaves one byte for a packet of its own. */
static uint32_t expected(const message *m, uint32_t off)
{
  uint32_t rest = m->total - off;
  if (rest > m->payload) return m->payload;
  return rest == m->payload && m->d == MCONN_PROTO && m->id > 127 ? rest - 1 : rest;
}

static void send_and_receive(const message *m)
{
  mconn_channel d = { m->id, 1, 1, 1, m->total };
  mconn_sender s;
  mconn_sender_channel sc;
  mconn_receiver r;
  mconn_receiver_channel rc;
  static uint8_t out[4096];
  mconn_sender_init(&s, &sc, m->d, m->payload, &d, 1);
  mconn_receiver_init(&r, &rc, m->d, mconn_packet_max_upstream(m->d, m->payload), &d, 1);
  mconn_sender_offer(&s, &sc, 0, m->total);
  uint32_t off = 0;
  for (bool eof = false; !eof; off += expected(m, off)) {
    mconn_send x = mconn_sender_step(&s, &sc, out, 0, sizeof out);
    eof = off + expected(m, off) == m->total;
    if (x.kind != MCONN_SEND_FRAGMENT || x.off != off || x.len != expected(m, off) || x.eof != eof)
      fail_msg("channel %u, limit %u, %u bytes: fragment at %u", m->id, m->payload, m->total, off);
    mconn_event v = mconn_receiver_step(&r, &rc, out, 0, x.z);
    if (v.kind != MCONN_EVENT_FRAGMENT || v.place != off || v.packet.m.len != x.len || v.packet.m.eof != eof ||
        (x.len > 0 && v.packet.m.off != x.h))
      fail_msg("channel %u, limit %u, %u bytes: received at %u", m->id, m->payload, m->total, off);
  }
  if (off != m->total || sc.pending || rc.len != 0)
    fail_msg("channel %u, limit %u: %u of %u bytes", m->id, m->payload, off, m->total);
}

/* MC-SENDER-03, MC-SENDER-04, MC-SENDER-09, MC-RECEIVER-05, MC-RECEIVER-06 */
static void every_message_under_every_small_limit(void **state)
{
  (void)state;
  static const uint32_t ids[] = { 0, 1, 127, 128, 255 };
  for (int d = 0; d < 2; d++)
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
      for (uint32_t payload = 2; payload <= 150; payload++)
        for (uint32_t total = 0; total <= 3 * payload + 2; total++) {
          message m = { ids[k], payload, total, (enum mconn_dialect)d };
          send_and_receive(&m);
        }
}

/* One way a peer cuts n bytes: bit j of cuts says that a fragment ends behind byte j; empty of them are sent before
 * each fragment. The receiver of capacity cap takes all of it, or refuses the first fragment that passes cap. */
static void peer_cuts(enum mconn_dialect d, uint32_t n, uint32_t cuts, uint32_t empty, bool empty_end, uint32_t cap)
{
  mconn_channel all = { 5, 1, 1, 1, cap };
  mconn_receiver r;
  mconn_receiver_channel c;
  mconn_receiver_init(&r, &c, d, 1047, &all, 1);
  uint8_t p[64] = { 0 };
  for (uint32_t from = 0, j = 0; j < n; j++) {
    if (j + 1 < n && !(cuts >> j & 1)) continue;
    uint32_t len = j + 1 - from;
    bool eof = j + 1 == n && !empty_end;
    for (uint32_t k = 0; k < empty; k++) {
      mconn_event v = mconn_receiver_step(&r, &c, p, 0, model_put_header(d == MCONN_AMINO, p, 5, false, 0));
      assert_true(v.kind == MCONN_EVENT_FRAGMENT && v.place == from);
    }
    mconn_event v = mconn_receiver_step(&r, &c, p, 0, model_put_header(d == MCONN_AMINO, p, 5, eof, len) + len);
    if (from + len > cap) {
      assert_true(v.kind == MCONN_EVENT_REFUSED && v.err == MCONN_E_CAPACITY && c.len == from);
      return;
    }
    assert_true(v.kind == MCONN_EVENT_FRAGMENT && v.place == from && v.packet.m.len == len && v.packet.m.eof == eof);
    from = j + 1;
  }
  if (n > 0 && !empty_end) assert_true(c.len == 0 && c.empty == 0);
  if (n > 0 && !empty_end) return;
  mconn_event v = mconn_receiver_step(&r, &c, p, 0, model_put_header(d == MCONN_AMINO, p, 5, true, 0));
  assert_true(v.kind == MCONN_EVENT_FRAGMENT && v.place == n && c.len == 0 && c.empty == 0);
}

/* MC-RECEIVER-03, MC-RECEIVER-05, MC-RECEIVER-06 */
static void every_way_a_peer_cuts_a_small_message(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++)
    for (uint32_t n = 0; n <= 10; n++)
      for (uint32_t cuts = 0; cuts < (n > 1 ? 1u << (n - 1) : 1u); cuts++)
        for (uint32_t empty = 0; empty < 3; empty++)
          for (uint32_t cap = 0; cap <= 11; cap++) {
            peer_cuts((enum mconn_dialect)d, n, cuts, empty, false, cap);
            peer_cuts((enum mconn_dialect)d, n, cuts, empty, true, cap);
          }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_message_under_every_small_limit),
    cmocka_unit_test(every_way_a_peer_cuts_a_small_message),
  };
  return cmocka_run_group_tests_name("all fragmentations", tests, NULL, NULL);
}
