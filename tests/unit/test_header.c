/* Headers (MC-HEADER): the one encoding, its announced size, and the packet limits that follow from it. */
#include "decode.h"
#include "encode_model.h"
#include "core/header.h"

#define PATTERN 0xA5

/* Header of a msg, written where memory ends right behind it; nothing before it may change. */
static bytes header(enum mconn_dialect d, uint32_t ch, bool eof, uint32_t n)
{
  uint32_t len = mconn_header_len(d, ch, eof, n);
  assert_true(len <= MCONN_HEADER_MAX);
  uint8_t *o = guard_end(NULL, len + 4);
  memset(o, PATTERN, len + 4);
  assert_int_equal(mconn_header_put(d, o, 4, ch, eof, n), 4 + len);
  for (int k = 0; k < 4; k++) assert_int_equal(o[k], PATTERN);
  bytes b = { { 0 }, len };
  memcpy(b.p, o + 4, len);
  return b;
}

static void header_is(enum mconn_dialect d, uint32_t ch, bool eof, uint32_t n, const char *h)
{
  bytes got = header(d, ch, eof, n), want = hex(h);
  assert_int_equal(got.n, want.n);
  assert_memory_equal(got.p, want.p, want.n);
}

/* MC-HEADER-01 */
static void zeros_are_omitted_and_fields_ascend(void **state)
{
  (void)state;
  header_is(MCONN_PROTO, 0, false, 0, "021a00");
  header_is(MCONN_PROTO, 0, true, 0, "041a021001");
  header_is(MCONN_PROTO, 0x20, false, 0, "041a020820");
  header_is(MCONN_PROTO, 1, true, 3, "0b1a09080110011a03");
  header_is(MCONN_PROTO, 0xff, true, 1, "0a1a08 08ff01 1001 1a01");
  header_is(MCONN_PROTO, 0x20, true, 1024, "8a08 1a8708 0820 1001 1a8008");
  header_is(MCONN_AMINO, 0, false, 0, "04b05b4f2c");
  header_is(MCONN_AMINO, 0, true, 0, "06b05b4f2c1001");
  header_is(MCONN_AMINO, 1, true, 3, "0db05b4f2c080110011a03");
  header_is(MCONN_AMINO, 0xff, true, 1, "0cb05b4f2c08ff0110011a01");
  header_is(MCONN_AMINO, 0x20, true, 1024, "8b08b05b4f2c082010011a8008");
}

static const uint32_t edges[] = { 0,       1,       2,       111,     112,     113,     119,     120,
                                  121,     122,     123,     124,     125,     126,     127,     128,
                                  129,     1023,    1024,    15999,   16000,   16001,   16369,   16370,
                                  16371,   16372,   16373,   16374,   16375,   16376,   16377,   16378,
                                  16379,   16380,   16381,   16382,   16383,   16384,   16385,   65536,
                                  2097135, 2097140, 2097145, 2097150, 2097151, 2097152, 2097153, MCONN_PAYLOAD_MAX };
static const uint32_t ids[] = { 0, 1, 2, 0x20, 0x7f, 0x80, 0x81, 0xff };

/* MC-HEADER-01, MC-HEADER-04: at every length where a varint grows, on narrow and wide channel ids */
static void every_edge_is_encoded_as_go_does(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++)
    for (size_t c = 0; c < sizeof ids / sizeof *ids; c++)
      for (size_t k = 0; k < sizeof edges / sizeof *edges; k++)
        for (int eof = 0; eof < 2; eof++) {
          uint8_t want[32];
          size_t n = model_put_header(d == MCONN_AMINO, want, ids[c], eof, edges[k]);
          bytes got = header((enum mconn_dialect)d, ids[c], eof, edges[k]);
          assert_int_equal(got.n, n);
          assert_memory_equal(got.p, want, n);
        }
}

/* MC-HEADER-02 */
static void what_is_encoded_is_decoded(void **state)
{
  (void)state;
  static uint8_t room[64 + MCONN_PAYLOAD_MAX];
  for (int d = 0; d < 2; d++)
    for (size_t c = 0; c < sizeof ids / sizeof *ids; c++)
      for (size_t k = 0; k < sizeof edges / sizeof *edges; k++)
        for (int eof = 0; eof < 2; eof++) {
          size_t h = mconn_header_put((enum mconn_dialect)d, room, 5, ids[c], eof, edges[k]);
          size_t z = h + edges[k];
          mconn_packet q = mconn_packet_get((enum mconn_dialect)d, room, 5, z, NO_LIMIT);
          mconn_packet g = mconn_packet_decode((enum mconn_dialect)d, room, 5, z, NO_LIMIT);
          assert_same_packet(&q, &g);
          g = mconn_packet_get((enum mconn_dialect)d, room, 5, z + 9, NO_LIMIT); /* more bytes follow */
          assert_same_packet(&q, &g);
          assert_int_equal(q.kind, MCONN_PACKET_MSG);
          assert_true(q.m.ch == ids[c] && q.m.eof == eof && q.m.len == edges[k] && q.z == z);
          if (edges[k] > 0) assert_int_equal(q.m.off, h);
        }
}

/* MC-HEADER-03 */
static void ping_and_pong_have_one_encoding_each(void **state)
{
  (void)state;
  static const struct {
    enum mconn_dialect d;
    enum mconn_packet_kind kind;
    const char *h;
  } all[] = {
    { MCONN_PROTO, MCONN_PACKET_PING, "020a00" },
    { MCONN_PROTO, MCONN_PACKET_PONG, "021200" },
    { MCONN_AMINO, MCONN_PACKET_PING, "0415c3d289" },
    { MCONN_AMINO, MCONN_PACKET_PONG, "048a797fe2" },
  };
  for (size_t k = 0; k < 4; k++) {
    bytes want = hex(all[k].h);
    assert_int_equal(mconn_control_len(all[k].d), want.n);
    uint8_t *o = guard_end(NULL, want.n + 1);
    o[0] = PATTERN;
    assert_int_equal(mconn_control_put(all[k].d, o, 1, all[k].kind), 1 + want.n);
    assert_int_equal(o[0], PATTERN);
    assert_memory_equal(o + 1, want.p, want.n);
    assert_int_equal(mconn_packet_get(all[k].d, o, 1, 1 + want.n, want.n).kind, all[k].kind);
  }
}

/* MC-HEADER-06 */
static void upstreams_limits_are_reproduced(void **state)
{
  (void)state;
  assert_int_equal(mconn_packet_max_upstream(MCONN_PROTO, 1024), 1034);
  assert_int_equal(mconn_packet_max_upstream(MCONN_AMINO, 1024), 1047);
  for (size_t k = 0; k < sizeof edges / sizeof *edges; k++) {
    uint32_t n = edges[k];
    bytes p = header(MCONN_PROTO, 1, true, n), a = header(MCONN_AMINO, 1, true, n);
    size_t prefix = 1;
    while (p.p[prefix - 1] & 128) prefix++;
    assert_int_equal(mconn_packet_max_upstream(MCONN_PROTO, n), p.n - prefix + n);
    assert_int_equal(mconn_packet_max_upstream(MCONN_AMINO, n), a.n + n + 10);
  }
}

/* MC-HEADER-07 */
static void accepted_limit_admits_a_full_final_packet_on_every_channel(void **state)
{
  (void)state;
  static uint8_t room[64 + 20000];
  assert_int_equal(mconn_packet_max_accept(MCONN_PROTO, 1024), 1035);
  assert_int_equal(mconn_packet_max_accept(MCONN_AMINO, 1024), 1047);
  for (int d = 0; d < 2; d++)
    for (size_t k = 0; k < sizeof edges / sizeof *edges && edges[k] <= 20000; k++)
      for (uint32_t ch = 0; ch <= 255; ch++) {
        size_t max = mconn_packet_max_accept((enum mconn_dialect)d, edges[k]);
        size_t z = mconn_header_put((enum mconn_dialect)d, room, 0, ch, true, edges[k]) + edges[k];
        assert_int_equal(mconn_packet_get((enum mconn_dialect)d, room, 0, z, max).kind, MCONN_PACKET_MSG);
      }
  size_t z = mconn_header_put(MCONN_PROTO, room, 0, 0x80, true, 1024) + 1024;
  size_t upstream = mconn_packet_max_upstream(MCONN_PROTO, 1024);
  assert_int_equal(mconn_packet_get(MCONN_PROTO, room, 0, z, upstream).err, MCONN_E_PACKET_SIZE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(zeros_are_omitted_and_fields_ascend),
    cmocka_unit_test(every_edge_is_encoded_as_go_does),
    cmocka_unit_test(what_is_encoded_is_decoded),
    cmocka_unit_test(ping_and_pong_have_one_encoding_each),
    cmocka_unit_test(upstreams_limits_are_reproduced),
    cmocka_unit_test(accepted_limit_admits_a_full_final_packet_on_every_channel),
  };
  return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
