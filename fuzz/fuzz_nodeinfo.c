/* Node infos of both dialects (MC-NODEINFO): any bytes, whole and in two parts, judged, written and read again. The
 * bytes are a stranger's, the first that a node reads of it behind the transport. First byte: dialect, and where the
 * bytes are cut. */
#include "fuzz.h"
#include "core/nodeinfo.h"
#include "core/nodeinfo_put.h"
#include "mconn/node.h"
#include "core/nodeinfo_rules.h"

#define TEXTS 8
static void texts(const mconn_nodeinfo *x, mconn_span t[TEXTS])
{
  const mconn_span all[TEXTS] = { x->id,       x->listen_addr, x->network,  x->version,
                                  x->channels, x->moniker,     x->tx_index, x->rpc_address };
  memcpy(t, all, sizeof all);
}

/* Two node infos say the same, each with its texts in its own bytes. */
static bool same(const uint8_t *p, const mconn_nodeinfo *x, const uint8_t *q, const mconn_nodeinfo *y)
{
  mconn_span s[TEXTS], t[TEXTS];
  texts(x, s);
  texts(y, t);
  for (int k = 0; k < TEXTS; k++)
    if (s[k].len != t[k].len || memcmp(p + s[k].from, q + t[k].from, s[k].len) != 0) return false;
  return x->p2p == y->p2p && x->block == y->block && x->app == y->app;
}

/* The answer about a part must not be contradicted by the answer about the whole. */
static void check_cut(enum mconn_dialect d, const uint8_t *p, size_t cut, size_t e, const mconn_nodeinfo_read *all)
{
  mconn_nodeinfo_read r = mconn_nodeinfo_get(d, p, 0, cut);
  if (r.whole || r.err != MCONN_OK) {
    FUZZ_CHECK(r.whole == all->whole && r.err == all->err);
    FUZZ_CHECK(r.b == all->b && r.z == all->z && r.at == all->at);
    FUZZ_CHECK(!r.whole || same(p, &r.x, p, &all->x));
    return;
  }
  FUZZ_CHECK(cut < r.z);
  if (all->whole) FUZZ_CHECK(r.z <= all->z);
  if (r.z <= e && r.b != 0) FUZZ_CHECK(all->whole || all->err != MCONN_OK);
}

static void check_written(enum mconn_dialect d, const uint8_t *p, const mconn_nodeinfo_read *r)
{
  static uint8_t o[MCONN_NODEINFO_BYTES_MAX], twice[MCONN_NODEINFO_BYTES_MAX];
  size_t n = mconn_nodeinfo_len(d, r->x);
  FUZZ_CHECK(n <= sizeof o);
  if (n == 0) { /* proto writes both sub-messages, so what had neither may be too long by them */
    FUZZ_CHECK(d == MCONN_PROTO && r->z - r->b > MCONN_NODEINFO_MAX - 4);
    return;
  }
  FUZZ_CHECK(mconn_nodeinfo_put(d, o, 0, p, r->x) == n);
  mconn_nodeinfo_read again = mconn_nodeinfo_get(d, o, 0, n);
  FUZZ_CHECK(again.whole && again.z == n && same(p, &r->x, o, &again.x));
  FUZZ_CHECK(mconn_nodeinfo_len(d, again.x) == n);
  FUZZ_CHECK(mconn_nodeinfo_put(d, twice, 0, o, again.x) == n);
  FUZZ_CHECK(memcmp(o, twice, n) == 0); /* what is read back is written as the same bytes */
  FUZZ_CHECK(mconn_nodeinfo_check(p, r->x).err == mconn_nodeinfo_check(o, again.x).err);
  enum mconn_err own = mconn_nodeinfo_compatible(p, r->x, o, again.x);
  FUZZ_CHECK(own == MCONN_OK); /* every node could be a peer of its like */
}

static void check_refusals(const uint8_t *p, const mconn_nodeinfo_read *r)
{
  mconn_nodeinfo_result c = mconn_nodeinfo_check(p, r->x);
  FUZZ_CHECK(c.at <= r->z);
  if (c.err != MCONN_OK) return;
  FUZZ_CHECK(r->x.id.len == MCONN_NODE_ID_DIGITS && r->x.moniker.len > 0 && r->x.listen_addr.len > 0);
  FUZZ_CHECK(r->x.channels.len <= MCONN_NODEINFO_CHANNELS_MAX);
  for (size_t k = 0; k < r->x.moniker.len; k++)
    FUZZ_CHECK(p[r->x.moniker.from + k] >= 32 && p[r->x.moniker.from + k] <= 126);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0) return 0;
  enum mconn_dialect d = data[0] % 2 == 0 ? MCONN_PROTO : MCONN_AMINO;
  const uint8_t *p = data + 1;
  size_t e = size - 1, cut = e * (data[0] / 2u) / 127u;
  mconn_nodeinfo_read r = mconn_nodeinfo_get(d, p, 0, e);
  check_cut(d, p, cut, e, &r);
  if (r.err != MCONN_OK) {
    FUZZ_CHECK(!r.whole && r.err < MCONN_E_COUNT && r.at < e + 1);
    return 0;
  }
  if (!r.whole) {
    FUZZ_CHECK(r.z > e);
    return 0;
  }
  mconn_span t[TEXTS];
  texts(&r.x, t);
  for (int k = 0; k < TEXTS; k++) FUZZ_CHECK(t[k].from <= r.z && t[k].len <= r.z - t[k].from);
  check_written(d, p, &r);
  check_refusals(p, &r);
  return 0;
}
