/* The configuration of a switch: every rule in one place, checked before anything is made.
 *
 * What goes wrong in practice: a time-out in the wrong unit, a limit of zero that nobody meant, an address
 * whose mistake shows at the first reconnect, hours later. Here all of it is refused at once, with the name
 * of the field, and what is accepted is copied, so that nothing changes under a running switch. */
#include "switch_internal.h"
#include "core/address.h"
#include "node.h"
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ull

mconn_switch_config mconn_switch_config_default(void)
{
  mconn_switch_config c = {
    .connection = mconn_config_default(),
    .max_inbound = 40,
    .max_outbound = 10,
    .dial_timeout = 1 * SECOND,
    .handshake_timeout = 3 * SECOND,
    .filter_timeout = 5 * SECOND,
  };
  return c;
}

static mconn_reason numbers_check(const mconn_switch_config *c)
{
  const struct {
    const char *field;
    uint64_t value, least, most;
  } rules[] = {
    { "max_inbound", c->max_inbound, 0, MCONN_PEERS_MAX },
    { "max_outbound", c->max_outbound, 0, MCONN_PEERS_MAX },
    { "dial_timeout", c->dial_timeout, 1, SHELL_TIMEOUT_MAX },
    { "handshake_timeout", c->handshake_timeout, 1, SHELL_TIMEOUT_MAX },
    { "filter_timeout", c->filter_timeout, 1, SHELL_TIMEOUT_MAX },
    { "persistent_count", c->persistent_count, 0, MCONN_PEERS_MAX },
    { "unconditional_count", c->unconditional_count, 0, MCONN_PEERS_MAX },
    { "filter_count", c->filter_count, 0, SHELL_FILTERS_MAX },
    { "delivery_bytes", c->delivery_bytes, 0, SHELL_DELIVERY_BYTES_MAX },
    { "reconnect_first", c->reconnect_first, 0, MCONN_RECONNECT_FIRST_MAX },
    { "persistent", c->persistent == NULL, 0, c->persistent_count == 0 },
    { "unconditional", c->unconditional == NULL, 0, c->unconditional_count == 0 },
    { "filters", c->filters == NULL, 0, c->filter_count == 0 },
    { "transport", c->transport.upgrade == NULL, 0, 0 },
  };
  for (size_t k = 0; k < sizeof rules / sizeof *rules; k++)
    if (rules[k].value < rules[k].least || rules[k].value > rules[k].most)
      return switch_refusal(MCONN_E_LIMIT_CONFIG, rules[k].field, 0);
  return switch_refusal(MCONN_OK, NULL, 0);
}

enum mconn_err switch_id_text(const char *text, char id[MCONN_NODE_ID_DIGITS + 1])
{
  if (text == NULL) return MCONN_E_NODE_ID;
  size_t len = strnlen(text, MCONN_NODE_ID_DIGITS + 1);
  mconn_node_id_result x = mconn_node_id_check((const uint8_t *)text, 0, len);
  if (x.err != MCONN_OK) return x.err;
  mconn_node_id_lower((const uint8_t *)text, 0, (uint8_t *)id, 0);
  id[MCONN_NODE_ID_DIGITS] = 0;
  return MCONN_OK;
}

enum mconn_err switch_address_id(const char *text, char id[MCONN_NODE_ID_DIGITS + 1])
{
  if (text == NULL) return MCONN_E_ADDRESS;
  mconn_address a = mconn_address_get((const uint8_t *)text, 0, strlen(text));
  if (a.err != MCONN_OK) return a.err;
  mconn_node_id_lower((const uint8_t *)text, a.id_from, (uint8_t *)id, 0);
  id[MCONN_NODE_ID_DIGITS] = 0;
  return MCONN_OK;
}

/* The rules of a node info that has no channels yet, and where it listens may follow, too. */
static mconn_reason self_check(const mconn_switch_config *c)
{
  uint8_t *bytes = malloc(MCONN_NODEINFO_BYTES_MAX);
  if (bytes == NULL) return switch_refusal(MCONN_E_MEMORY, NULL, 0);
  size_t len = 0;
  char id[MCONN_NODE_ID_DIGITS + 1];
  mconn_node_info self = c->self;
  self.channels = NULL;
  self.channel_count = 0;
  if (self.listen_address == NULL || self.listen_address[0] == 0) self.listen_address = "127.0.0.1:0";
  mconn_reason r = switch_refusal(switch_id_text(self.id, id), "self.id", 0);
  if (r.err == MCONN_OK) r = node_encode(c->connection.dialect, &self, bytes, &len);
  free(bytes);
  if (r.err != MCONN_OK && r.field == NULL) r.field = "self";
  return r;
}

/* Each a different id, and none of them this node's: a list that names one twice is a mistake. */
static mconn_reason ids_check(const mconn_switch_config *c, const char *const *list, size_t n, bool addresses,
                              const char *field)
{
  char own[MCONN_NODE_ID_DIGITS + 1] = "";
  (void)switch_id_text(c->self.id, own);
  char(*seen)[MCONN_NODE_ID_DIGITS + 1] = calloc(n + 1, sizeof *seen);
  if (seen == NULL) return switch_refusal(MCONN_E_MEMORY, NULL, 0);
  mconn_reason r = switch_refusal(MCONN_OK, NULL, 0);
  for (size_t k = 0; k < n && r.err == MCONN_OK; k++) {
    enum mconn_err err = addresses ? switch_address_id(list[k], seen[k]) : switch_id_text(list[k], seen[k]);
    for (size_t j = 0; j < k && err == MCONN_OK; j++)
      if (strcmp(seen[j], seen[k]) == 0) err = MCONN_E_PEER_DUPLICATE;
    if (err == MCONN_OK && strcmp(seen[k], own) == 0) err = MCONN_E_PEER_SELF;
    if (err != MCONN_OK) r = switch_refusal(err, field, k);
  }
  free(seen);
  return r;
}

mconn_reason switch_config_check(const mconn_switch_config *c)
{
  static const mconn_channel some = { .id = 1, .priority = 1 };
  mconn_reason r = numbers_check(c);
  if (r.err == MCONN_OK) {
    r = mconn_config_check(&c->connection, &some, 1);
    if (r.err != MCONN_OK && r.field == NULL) r.field = "connection";
  }
  if (r.err == MCONN_OK) r = self_check(c);
  if (r.err == MCONN_OK) r = ids_check(c, c->persistent, c->persistent_count, true, "persistent");
  if (r.err == MCONN_OK) r = ids_check(c, c->unconditional, c->unconditional_count, false, "unconditional");
  return r;
}

/* ---- copies */

static bool persistent_copy(mconn_switch *sw, const mconn_switch_config *c)
{
  const size_t n = c->persistent_count;
  sw->persistent = calloc(n + 1, sizeof *sw->persistent);
  if (sw->persistent == NULL) return false;
  for (size_t k = 0; k < n; k++) {
    switch_persistent *p = &sw->persistent[k];
    *p = (switch_persistent){ .sw = sw, .address = switch_text(c->persistent[k], strlen(c->persistent[k])) };
    if (p->address == NULL) return false;
    (void)switch_address_id(p->address, p->id);
  }
  return true;
}

static bool unconditional_copy(mconn_switch *sw, const mconn_switch_config *c)
{
  const size_t n = c->unconditional_count;
  sw->unconditional = calloc(n + 1, sizeof *sw->unconditional);
  if (sw->unconditional == NULL) return false;
  for (size_t k = 0; k < n; k++) (void)switch_id_text(c->unconditional[k], sw->unconditional[k]);
  return true;
}

static bool filters_copy(mconn_switch *sw, const mconn_switch_config *c)
{
  mconn_filter *copy = calloc(c->filter_count + 1, sizeof *copy);
  if (copy == NULL) return false;
  for (size_t k = 0; k < c->filter_count; k++) copy[k] = c->filters[k];
  sw->filters = copy;
  return true;
}

/* The configuration was checked; what it points to becomes the switch's, or is freed by switch_config_free. */
enum mconn_err switch_config_copy(mconn_switch *sw, const mconn_switch_config *c)
{
  sw->config = *c;
  sw->config.persistent = NULL;
  sw->config.unconditional = NULL;
  sw->config.filters = NULL;
  sw->self = node_copy(&c->self);
  (void)switch_id_text(c->self.id, sw->own_id);
  bool ok = sw->self != NULL && persistent_copy(sw, c) && unconditional_copy(sw, c) && filters_copy(sw, c);
  return ok ? MCONN_OK : MCONN_E_MEMORY;
}

void switch_config_free(mconn_switch *sw)
{
  for (size_t k = 0; sw->persistent != NULL && k < sw->config.persistent_count; k++) free(sw->persistent[k].address);
  free(sw->persistent);
  free(sw->unconditional);
  free(sw->filters);
  free(sw->self);
}
