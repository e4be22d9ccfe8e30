/* mconn encode: the inverse of decode --lines, for people who write test streams by hand.
 *
 * What goes wrong in such a tool: a misspelt member is passed over and the packet means something
 * else. So a packet may hold the members that decode writes and no others, and len, if it is given,
 * must be true. What a packet leaves out is what the wire leaves out: channel 0, no eof, no data. */
#include "cli.h"
#include "hex.h"
#include "input.h"
#include "json_out.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OUTPUT_BYTES (256u * 1024u)

typedef struct {
  enum mconn_dialect dialect;
  bool raw;
  const char *input;
} encode_options;

/* Where we are, for messages. */
typedef struct {
  const char *name;
  uint64_t line;
  size_t packet;
  json_out *out; /* the lines before this one are still written */
} place;

__attribute__((noreturn, format(printf, 2, 3))) static void bad_line(const place *at, const char *format, ...)
{
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  jout_flush(at->out);
  cli_fail("%s: line %llu: %s", at->name, (unsigned long long)at->line, text);
}

/* The same for a member of a packet. */
__attribute__((noreturn, format(printf, 3, 4))) static void bad_member(const place *at, const char *member,
                                                                       const char *format, ...)
{
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  bad_line(at, "packets[%zu].%s: %s", at->packet, member, text);
}

/* ---- one packet */

static enum mconn_packet_kind kind_of(const place *at, const json_t *packet)
{
  const char *type = json_string_value(json_object_get(packet, "type"));
  if (type == NULL) bad_member(at, "type", "is missing or no string");
  if (strcmp(type, "ping") == 0) return MCONN_PACKET_PING;
  if (strcmp(type, "pong") == 0) return MCONN_PACKET_PONG;
  if (strcmp(type, "msg") == 0) return MCONN_PACKET_MSG;
  bad_member(at, "type", "'%s' is none of ping, pong and msg", type);
}

static void check_members(const place *at, json_t *packet)
{
  static const char *const known[] = { "type", "channel", "eof", "len", "data" };
  const char *key;
  json_t *value;
  json_object_foreach(packet, key, value)
  {
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) found = found || strcmp(key, known[i]) == 0;
    if (!found) bad_member(at, key, "is no member of a packet");
  }
}

static uint32_t channel_of(const place *at, const json_t *packet)
{
  const json_t *v = json_object_get(packet, "channel");
  if (v == NULL) return 0;
  if (!json_is_integer(v)) bad_member(at, "channel", "is no whole number");
  json_int_t n = json_integer_value(v);
  if (n < 0 || n > 255) bad_member(at, "channel", "%lld is not from 0 to 255", (long long)n);
  return (uint32_t)n;
}

static bool eof_of(const place *at, const json_t *packet)
{
  const json_t *v = json_object_get(packet, "eof");
  if (v != NULL && !json_is_boolean(v)) bad_member(at, "eof", "is neither true nor false");
  return json_is_true(v);
}

/* Decodes the payload in place, jansson's copy of the string being ours while the tree lives, and sets len. */
static void take_data(const place *at, json_t *packet)
{
  const json_t *v = json_object_get(packet, "data"), *said = json_object_get(packet, "len");
  hex_result r = { true, 0 };
  if (v != NULL && !json_is_string(v)) bad_member(at, "data", "is no string of hex digits");
  if (v != NULL) {
    char *text = (char *)json_string_value(v);
    r = hex_decode(text, json_string_length(v), (uint8_t *)text);
    if (!r.ok && r.len >= json_string_length(v)) bad_member(at, "data", "a hex digit is missing at the end");
    if (!r.ok) bad_member(at, "data", "character %zu is no hex digit", r.len + 1);
    if (r.len > MCONN_PAYLOAD_MAX)
      bad_member(at, "data", "%zu bytes; a packet holds at most %u", r.len, MCONN_PAYLOAD_MAX);
  }
  if (said != NULL && (!json_is_integer(said) || json_integer_value(said) != (json_int_t)r.len))
    bad_member(at, "len", "data has %zu bytes", r.len);
  if (json_object_set_new(packet, "len", json_integer((json_int_t)r.len)) != 0) cli_fail("no memory");
}

static void check_packet(const place *at, json_t *packet)
{
  if (!json_is_object(packet)) bad_line(at, "packets[%zu] is no object", at->packet);
  enum mconn_packet_kind kind = kind_of(at, packet);
  check_members(at, packet);
  if (kind != MCONN_PACKET_MSG) return;
  (void)channel_of(at, packet);
  (void)eof_of(at, packet);
  take_data(at, packet);
}

static void put_bytes(const encode_options *opt, json_out *o, const uint8_t *bytes, size_t n)
{
  if (n == 0) return;
  if (opt->raw) jout_text(o, (const char *)bytes, n);
  else jout_hex(o, bytes, n);
}

/* A packet that check_packet let pass. */
static void put_packet(const encode_options *opt, const place *at, const json_t *packet)
{
  uint8_t header[MCONN_HEADER_MAX];
  enum mconn_packet_kind kind = kind_of(at, packet);
  if (kind != MCONN_PACKET_MSG) {
    put_bytes(opt, at->out, header, mconn_control_put(opt->dialect, header, 0, kind));
    return;
  }
  uint32_t len = (uint32_t)json_integer_value(json_object_get(packet, "len"));
  size_t n = mconn_header_put(opt->dialect, header, 0, channel_of(at, packet), eof_of(at, packet), len);
  put_bytes(opt, at->out, header, n);
  put_bytes(opt, at->out, (const uint8_t *)json_string_value(json_object_get(packet, "data")), len);
}

/* ---- lines */

/* The whole line is looked at before its first byte is written. */
static void encode_line(const encode_options *opt, place *at, const input_line *line)
{
  json_error_t error;
  json_t *root = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
  if (root == NULL) bad_line(at, "character %d: %s", error.position, error.text);
  const json_t *packets = json_object_get(root, "packets");
  if (!json_is_array(packets)) bad_line(at, "packets: is missing or no array");
  size_t n = json_array_size(packets);
  for (at->packet = 0; at->packet < n; at->packet++) check_packet(at, json_array_get(packets, at->packet));
  for (size_t i = 0; i < n; i++) put_packet(opt, at, json_array_get(packets, i));
  if (!opt->raw) JSON(at->out, "\n");
  json_decref(root);
}

enum { KEY_RAW = 256 };

static const struct argp_option option_table[] = {
  { "dialect", 'd', "NAME", 0, "proto (Tendermint v0.34, CometBFT; the default) or amino (Tendermint v0.27-v0.33)", 0 },
  { "raw", KEY_RAW, NULL, 0, "write the bytes themselves, not a line of hex digits", 0 },
  { 0 }
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
  encode_options *o = state->input;
  switch (key) {
  case 'd': o->dialect = cli_dialect("--dialect", arg); break;
  case KEY_RAW: o->raw = true; break;
  case ARGP_KEY_ARG:
    if (state->arg_num > 0) cli_usage("one FILE only, but there is also '%s'", arg);
    o->input = arg;
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp command_line = {
  .options = option_table,
  .parser = take_option,
  .args_doc = "[FILE | -]",
  .doc =
    "Encodes packets as the peers of each generation do. Reads one JSON object per line, as decode --lines writes "
    "them, and writes one line of hex digits for each.\v"
    "Of each object \"packets\" is used, an array of {\"type\":\"ping\"}, {\"type\":\"pong\"} and\n"
    "{\"type\":\"msg\",\"channel\":0..255,\"eof\":true|false,\"len\":N,\"data\":\"HEX\"}.\n"
    "A member that is left out is channel 0, no eof, no data; len is checked if it is there. Each entry is one packet: "
    "nothing is fragmented. What is no such packet is named by line and member, with exit status 2.\n\n"
    "Examples:\n"
    "  echo '{\"packets\":[{\"type\":\"msg\",\"channel\":1,\"eof\":true,\"data\":\"616263\"}]}' | mconn encode\n"
    "  mconn decode --lines streams.txt | mconn encode >canonical.txt\n"
    "  mconn encode --dialect amino --raw packets.jsonl | nc localhost 26656\n" CLI_EXIT_TEXT,
};

int cmd_encode(int argc, char **argv)
{
  static char buffer[OUTPUT_BYTES];
  encode_options opt = { .dialect = MCONN_PROTO, .input = "-" };
  cli_parse(&command_line, argc, argv, &opt);
  json_out o = json_out_new(STDOUT_FILENO, buffer, sizeof buffer);
  place at = { .name = input_name(opt.input), .out = &o };
  input_lines in = input_lines_new(input_open(opt.input), at.name);
  input_widen_pipe(STDOUT_FILENO);
  for (input_line line = input_next(&in); line.text != NULL; line = input_next(&in)) {
    at.line = in.number;
    encode_line(&opt, &at, &line);
    if (!input_has_line(&in)) jout_flush(&o); /* whoever waits for this line gets it */
  }
  jout_flush(&o);
  input_lines_free(&in);
  return CLI_OK;
}
