/* Addresses, node ids and IP ranges (MC-ADDRESS) against a second reader that goes the way of upstream's: split at
 * every "://", split at every '@', then the port behind the last colon. The core reads forwards and stops at the
 * first fault, so the two agree only if the language is the same. What goes wrong: brackets, a second colon, a
 * number that wraps.
 *
 * Input: one byte that chooses address, host and port alone, id, or IP address; the rest is the text, in which bytes
 * from 0x80 on stand for pieces that are seldom hit by chance. */
#include "fuzz.h"
#include "core/address.h"
#define ROOM 4096u
#define ID "0123456789abcdefABCDEF0123456789abcdef01"

typedef struct {
  size_t from, to;
} part;

/* What strings.Split(s, "://")[1] is, or all of s where there is no such piece. */
static part second_piece(const uint8_t *p, size_t n)
{
  part r = { 0, n };
  int marks = 0;
  for (size_t k = 0; k + 3 <= n; k++) {
    if (memcmp(p + k, "://", 3) != 0) continue;
    if (++marks == 1) r.from = k + 3;
    if (marks == 2) r.to = k;
    k += 2;
  }
  return r;
}

static size_t count(const uint8_t *p, part s, uint8_t c)
{
  size_t n = 0;
  for (size_t k = s.from; k < s.to; k++) n += p[k] == c;
  return n;
}

static bool is_hex(uint8_t c)
{
  return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_id(const uint8_t *p, part s)
{
  if (s.to - s.from != 40) return false;
  for (size_t k = s.from; k < s.to; k++)
    if (!is_hex(p[k])) return false;
  return true;
}

/* net.SplitHostPort, an empty host refused, then strconv.ParseUint(port, 10, 16). */
static bool split(const uint8_t *p, part s, part *host, uint32_t *port)
{
  size_t colon = s.to;
  for (size_t k = s.from; k < s.to; k++)
    if (p[k] == ':') colon = k;
  if (colon == s.to) return false;
  *host = (part){ s.from, colon };
  part number = { colon + 1, s.to };
  if (p[s.from] == '[') {
    if (p[colon - 1] != ']' || colon - 1 == s.from) return false;
    *host = (part){ s.from + 1, colon - 1 };
  } else if (count(p, *host, ':') > 0) return false;
  if (count(p, *host, '[') + count(p, *host, ']') + count(p, number, '[') + count(p, number, ']') > 0) return false;
  uint64_t n = 0;
  for (size_t k = number.from; k < number.to; k++) {
    if (p[k] < '0' || p[k] > '9') return false;
    n = n * 10 + p[k] - '0';
    if (n > 65535) return false;
  }
  *port = (uint32_t)n;
  return host->to > host->from && number.to > number.from;
}

/* Whether a refusal has to be about the port: the host is there, alone, and closed. */
static bool host_is_fine(const uint8_t *p, part s)
{
  size_t k = s.from;
  bool open = k < s.to && p[k] == '[';
  if (open) k++;
  size_t from = k;
  while (k < s.to && p[k] != '[' && p[k] != ']' && (open || p[k] != ':')) k++;
  if (k == from) return false;
  if (open) return k < s.to && p[k] == ']';
  return k == s.to || (p[k] == ':' && count(p, s, ':') == 1);
}

static void check_refusal(const uint8_t *p, part s, mconn_address r)
{
  FUZZ_CHECK(r.err >= MCONN_E_ADDRESS && r.err <= MCONN_E_PORT && s.from <= r.at && r.at <= s.to);
  FUZZ_CHECK(r.id_from == 0 && r.host_from == 0 && r.host_to == 0 && !r.bracketed && r.port == 0);
  if (r.err == MCONN_E_ADDRESS) FUZZ_CHECK(r.at == s.to || p[r.at] == '@');
}

static void addresses(const uint8_t *p, size_t n, bool with_id)
{
  part s = second_piece(p, n), rest = s, host = { 0, 0 };
  uint32_t port = 0;
  size_t signs = count(p, s, '@');
  mconn_address r = with_id ? mconn_address_get(p, 0, n) : mconn_host_port_get(p, 0, n);
  bool one = signs == (with_id ? 1 : 0), id = true;
  if (one && with_id) {
    while (p[rest.from] != '@') rest.from++;
    id = is_id(p, (part){ s.from, rest.from++ });
  }
  FUZZ_CHECK((r.err == MCONN_E_ADDRESS) == !one);
  FUZZ_CHECK((r.err == MCONN_E_NODE_ID) == (one && !id));
  FUZZ_CHECK((r.err == MCONN_E_HOST) == (one && id && !host_is_fine(p, rest)));
  bool fine = one && id && split(p, rest, &host, &port);
  FUZZ_CHECK((r.err == MCONN_OK) == fine);
  if (!fine) {
    check_refusal(p, s, r);
    return;
  }
  FUZZ_CHECK(r.at == 0 && r.id_from == (with_id ? s.from : 0) && r.port == port);
  FUZZ_CHECK(r.host_from == host.from && r.host_to == host.to && r.bracketed == (p[rest.from] == '['));
}

static void ids(const uint8_t *p, size_t n)
{
  uint8_t low[44];
  mconn_node_id_result r = mconn_node_id_check(p, 0, n);
  FUZZ_CHECK((r.err == MCONN_OK) == is_id(p, (part){ 0, n }));
  if (r.err != MCONN_OK) {
    FUZZ_CHECK(r.at <= n && r.at <= 40 && (r.at == n || r.at == 40 || !is_hex(p[r.at])));
    return;
  }
  memset(low, '#', sizeof low);
  mconn_node_id_lower(p, 0, low, 2);
  FUZZ_CHECK(low[1] == '#' && low[42] == '#' && mconn_node_id_equal(p, 0, low, 2));
  for (size_t k = 0; k < 40; k++) FUZZ_CHECK(low[2 + k] == (p[k] < 'A' ? p[k] : p[k] | 32));
  low[2 + p[0] % 40] ^= 1;
  FUZZ_CHECK(!mconn_node_id_equal(p, 0, low, 2));
}

typedef struct {
  uint8_t net[16], bits;
} range;

/* The ranges as upstream writes them: a network and the length of its mask; those of version 4 first. */
enum { V4 = 7, ALL = 13 };
static const range ranges[ALL] = {
  { { 10 }, 8 },
  { { 192, 168 }, 16 },
  { { 172, 16 }, 12 },
  { { 169, 254 }, 16 },
  { { 0 }, 8 },
  { { 127 }, 8 },
  { { 255, 255, 255, 255 }, 32 },
  { { 0x20, 1, 0x0D, 0xB8 }, 32 },
  { { 0xFC }, 7 },
  { { 0x20, 1, 0, 0x10 }, 28 },
  { { 0xFE, 0x80 }, 64 },
  { { 0 }, 128 },
  { { [15] = 1 }, 128 },
};

static bool differs(const uint8_t *ip, const uint8_t *net, size_t bit)
{
  return ((ip[bit / 8] ^ net[bit / 8]) >> (7 - bit % 8)) & 1;
}

static bool inside(const uint8_t *ip, range x)
{
  for (size_t bit = 0; bit < x.bits; bit++)
    if (differs(ip, x.net, bit)) return false;
  return true;
}

/* An address near an edge of a range, and some of its bytes changed. */
static void ips(fuzz_in *in)
{
  uint8_t ip[16] = { 0 }, op = fuzz_u8(in), edge = fuzz_u8(in);
  bool four = op & 1, local = false;
  size_t i = four ? 12 : 0;
  range x = ranges[four ? op / 2 % V4 : V4 + op / 2 % (ALL - V4)];
  if (four) ip[10] = ip[11] = 255;
  memcpy(ip + i, x.net, 16 - i);
  for (size_t bit = x.bits; (edge & 1) && bit < 8 * (16 - i); bit++) ip[i + bit / 8] |= (uint8_t)(128 >> bit % 8);
  for (size_t k = 16; (edge & 2) && k > i; k--) /* one beyond */
    if (edge & 1 ? ++ip[k - 1] != 0 : ip[k - 1]-- != 0) break;
  while (in->left > 1) {
    uint8_t where = fuzz_u8(in);
    ip[where % 16] ^= fuzz_u8(in);
  }
  four = memcmp(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
  for (size_t k = four ? 0 : V4; k < (four ? V4 : ALL); k++) local = local || inside(ip + (four ? 12 : 0), ranges[k]);
  FUZZ_CHECK(mconn_ip_routable(ip) == !local);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const pieces[] = { ID,      ID "@",  "://", "@", "[",   "]:",        "65535",
                                        "65536", "00000", ":",   "]", "::1", "4294967376" };
  static uint8_t text[ROOM];
  fuzz_in in = { data, size };
  uint8_t what = fuzz_u8(&in);
  if (what % 4 == 3) {
    ips(&in);
    return 0;
  }
  size_t n = 0;
  while (in.left > 0 && n + 64 < ROOM) {
    uint8_t c = fuzz_u8(&in);
    const char *piece = c >= 0x80 && c < 0x80 + sizeof pieces / sizeof *pieces ? pieces[c - 0x80] : NULL;
    if (piece == NULL) text[n++] = c;
    else
      for (; *piece != '\0'; piece++) text[n++] = (uint8_t)*piece;
  }
  uint8_t *end = memmove(text + ROOM - n, text, n); /* so that a sanitizer sees the first byte read beyond */
  if (what % 4 == 2) ids(end, n);
  else addresses(end, n, what % 4 == 0);
  return 0;
}
