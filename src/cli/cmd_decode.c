/* mconn decode: packets in readable form, and where a stream is refused, the byte that decided.
 *
 * The complaint about peers of this protocol is "EOF" where a rule was broken. So a refusal shows the
 * bytes with a mark under the one that decided, the error, the requirement and what it says. --lines
 * is for programs: a hex stream per line in, a JSON object per line out, nothing allocated per line. */
#include "cli.h"
#include "hex.h"
#include "input.h"
#include "json_out.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_BYTES 64u /* of a payload, without --full */
#define OUTPUT_BYTES (256u * 1024u)
#define ROW_BYTES 16u

typedef struct {
  enum mconn_dialect dialect;
  size_t max;
  bool max_given, lines, json, raw, full;
  const char *input;
} decode_options;

enum { KEY_MAX = 256, KEY_LINES, KEY_RAW, KEY_FULL };

static const struct argp_option option_table[] = {
  { "dialect", 'd', "NAME", 0, "proto (Tendermint v0.34, CometBFT; the default) or amino (Tendermint v0.27-v0.33)", 0 },
  { "max", KEY_MAX, "BYTES", 0,
    "largest packet allowed, as upstream counts it: proto the body, amino prefix and body "
    "(default: what a peer with payload 1024 accepts, 1035 or 1047)",
    0 },
  { "lines", KEY_LINES, NULL, 0, "one hex stream per line, one JSON object per line", 0 },
  { "json", 'j', NULL, 0, "the whole input as one JSON object", 0 },
  { "raw", KEY_RAW, NULL, 0, "FILE or standard input holds the bytes themselves, not hex digits", 0 },
  { "full", KEY_FULL, NULL, 0, "show every byte of every payload", 0 },
  { 0 }
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
  decode_options *o = state->input;
  switch (key) {
  case 'd': o->dialect = cli_dialect("--dialect", arg); break;
  case KEY_MAX:
    o->max = cli_number("--max", arg, 0, MCONN_INDEX_MAX);
    o->max_given = true;
    break;
  case KEY_LINES: o->lines = true; break;
  case 'j': o->json = true; break;
  case KEY_RAW: o->raw = true; break;
  case KEY_FULL: o->full = true; break;
  case ARGP_KEY_ARG:
    if (state->arg_num > 0) cli_usage("one HEX or FILE only, but there is also '%s'", arg);
    o->input = arg;
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp command_line = {
  .options = option_table,
  .parser = take_option,
  .args_doc = "[HEX | FILE | -]",
  .doc = "Shows the packets of a byte stream. The argument is the name of an existing file, or else hex digits; - or "
         "none is standard input. Blanks and line ends may stand between the bytes.\v"
         "Where the stream is refused, the byte that decided is marked, with the error and the requirement of "
         "spec/mconn.md; the exit status is then 1, as it is where the stream ends inside a packet. With --lines each "
         "verdict is data and the exit status 0.\n\n"
         "Examples:\n"
         "  mconn decode '020a00 0b1a09080110011a03616263'\n"
         "  mconn decode --dialect amino 0415C3D289\n"
         "  xxd -p capture.bin | mconn decode --max 65547\n"
         "  mconn decode --raw --json capture.bin | jq .end\n"
         "  mconn decode --lines streams.txt >packets.jsonl\n" CLI_EXIT_TEXT,
};

/* ---- one JSON object */

static void put_packet(json_out *o, const uint8_t *p, const mconn_packet *x)
{
  if (x->kind == MCONN_PACKET_PING) {
    JSON(o, "{\"type\":\"ping\"}");
  } else if (x->kind == MCONN_PACKET_PONG) {
    JSON(o, "{\"type\":\"pong\"}");
  } else {
    JSON(o, "{\"type\":\"msg\",\"channel\":");
    jout_number(o, x->m.ch);
    if (x->m.eof) JSON(o, ",\"eof\":true,\"len\":");
    else JSON(o, ",\"eof\":false,\"len\":");
    jout_number(o, x->m.len);
    JSON(o, ",\"data\":\"");
    jout_hex(o, p + x->m.off, x->m.len);
    JSON(o, "\"}");
  }
}

/* x is the answer at index i that is no packet. */
static void put_end(json_out *o, const mconn_packet *x, size_t i, size_t e)
{
  if (x->err != MCONN_OK) {
    JSON(o, "{\"state\":\"refused\",\"offset\":");
    jout_number(o, x->at);
    JSON(o, ",\"requirement\":");
    jout_string(o, mconn_requirement(x->err));
    JSON(o, ",\"error\":");
    jout_string(o, mconn_error_name(x->err));
  } else if (i == e) {
    JSON(o, "{\"state\":\"clean\",\"offset\":");
    jout_number(o, i);
  } else {
    JSON(o, "{\"state\":\"need_more\",\"offset\":");
    jout_number(o, i);
    JSON(o, ",\"least\":");
    jout_number(o, x->z);
  }
  JSON(o, "}");
}

/* The stream p[0..e-1] as one line. True if it is clean. */
static bool put_stream(json_out *o, const decode_options *opt, const uint8_t *p, size_t e)
{
  size_t i = 0;
  JSON(o, "{\"packets\":[");
  mconn_packet x = mconn_packet_get(opt->dialect, p, i, e, opt->max);
  while (x.kind != MCONN_PACKET_NONE) {
    if (i > 0) JSON(o, ",");
    put_packet(o, p, &x);
    i = x.z;
    x = mconn_packet_get(opt->dialect, p, i, e, opt->max);
  }
  JSON(o, "],\"end\":");
  put_end(o, &x, i, e);
  JSON(o, "}\n");
  return x.err == MCONN_OK && i == e;
}

/* ---- text */

/* One row: offset, up to 16 bytes in hex, and as ASCII. */
static void print_row(FILE *out, const char *indent, const uint8_t *p, size_t i, size_t e)
{
  char text[ROW_BYTES + 1];
  size_t n = e - i < ROW_BYTES ? e - i : ROW_BYTES;
  fprintf(out, "%s%08zx ", indent, i);
  for (size_t k = 0; k < ROW_BYTES; k++) {
    if (k < n) fprintf(out, " %02x", p[i + k]);
    else fputs("   ", out);
    if (k < n) text[k] = p[i + k] >= 0x20 && p[i + k] < 0x7f ? (char)p[i + k] : '.';
  }
  text[n] = '\0';
  fprintf(out, "  |%s|\n", text);
}

static void print_packet(const decode_options *opt, const uint8_t *p, size_t i, const mconn_packet *x)
{
  if (x->kind != MCONN_PACKET_MSG) {
    printf("%08zx  %s\n", i, x->kind == MCONN_PACKET_PING ? "ping" : "pong");
    return;
  }
  printf("%08zx  msg   channel 0x%02x  %s  %zu bytes\n", i, (unsigned)x->m.ch, x->m.eof ? "eof   " : "more  ",
         x->m.len);
  size_t end = x->m.off + x->m.len;
  size_t shown = opt->full || x->m.len <= DUMP_BYTES ? end : x->m.off + DUMP_BYTES;
  for (size_t k = x->m.off; k < shown; k += ROW_BYTES) print_row(stdout, "    ", p, k, shown);
  if (shown < end) printf("    ... %zu more bytes, --full shows them\n", end - shown);
}

/* The rows around the byte that decided, which may be one past the last, and a mark under it. */
static void print_excerpt(const uint8_t *p, size_t at, size_t e)
{
  size_t row = at / ROW_BYTES * ROW_BYTES;
  if (row >= ROW_BYTES) print_row(stderr, "  ", p, row - ROW_BYTES, e);
  print_row(stderr, "  ", p, row, e);
  fprintf(stderr, "  %*s^^\n", (int)(10 + 3 * (at - row)), "");
  if (e > row + ROW_BYTES) print_row(stderr, "  ", p, row + ROW_BYTES, e);
}

static void explain_end(const decode_options *opt, const uint8_t *p, size_t i, size_t e, const mconn_packet *x)
{
  if (x->err == MCONN_OK) {
    cli_say("the stream ends inside the packet that begins at offset %zu (0x%zx); %s %zu more byte%s (MC-FRAME-05)", i,
            i, x->b > 0 ? "it needs" : "its length prefix needs at least", x->z - e, x->z - e == 1 ? "" : "s");
    return;
  }
  cli_say("refused at offset %zu (0x%zx): %s, %s: %s", x->at, x->at, mconn_requirement(x->err),
          mconn_error_name(x->err), mconn_strerror(x->err));
  if (x->err == MCONN_E_PACKET_SIZE) {
    mconn_uvarint u = mconn_uvarint_get(p, i, e);
    fprintf(stderr, "  the packet announces %llu bytes, --max is %zu\n", (unsigned long long)u.val, opt->max);
  }
  fprintf(stderr, "  in the packet that begins at offset %zu (0x%zx)\n", i, i);
  print_excerpt(p, x->at, e);
}

/* The stream p[0..e-1] as text. True if it is clean. */
static bool print_stream(const decode_options *opt, const uint8_t *p, size_t e)
{
  size_t i = 0, packets = 0;
  mconn_packet x = mconn_packet_get(opt->dialect, p, i, e, opt->max);
  while (x.kind != MCONN_PACKET_NONE) {
    print_packet(opt, p, i, &x);
    packets++;
    i = x.z;
    x = mconn_packet_get(opt->dialect, p, i, e, opt->max);
  }
  bool clean = x.err == MCONN_OK && i == e;
  if (clean) printf("%08zx  end, %zu packet%s\n", e, packets, packets == 1 ? "" : "s");
  cli_flush();
  if (!clean) explain_end(opt, p, i, e, &x);
  return clean;
}

/* ---- input */

static void bad_hex(const char *name, const char *line, const char *text, size_t n, size_t at)
{
  if (at >= n) cli_fail("%s%s: a hex digit is missing at the end", name, line);
  unsigned char c = (unsigned char)text[at];
  if (c > 0x20 && c < 0x7f) cli_fail("%s%s: character %zu, '%c', is no hex digit", name, line, at + 1, c);
  cli_fail("%s%s: character %zu, 0x%02x, is no hex digit", name, line, at + 1, c);
}

/* The argument itself as hex digits. */
static char *take_argument(const char *hex, size_t *len)
{
  char *bytes = strdup(hex);
  if (bytes == NULL) cli_fail("no memory");
  hex_result r = hex_decode(hex, strlen(hex), (uint8_t *)bytes);
  if (!r.ok) {
    free(bytes);
    cli_usage("'%s' is neither a file nor hex digits", hex);
  }
  *len = r.len;
  return bytes;
}

/* The bytes of FILE, HEX or standard input; the caller frees them. */
static char *take_input(const decode_options *opt, size_t *len)
{
  struct stat s;
  const char *name = input_name(opt->input);
  if (strcmp(opt->input, "-") != 0 && stat(opt->input, &s) != 0) {
    if (opt->raw) cli_usage("%s: there is no such file", opt->input);
    return take_argument(opt->input, len);
  }
  int fd = input_open(opt->input);
  char *bytes = input_all(fd, name, len);
  if (fd != STDIN_FILENO) close(fd);
  if (!opt->raw) {
    hex_result r = hex_decode(bytes, *len, (uint8_t *)bytes); /* in place: what it has not read stays as it was */
    if (!r.ok) bad_hex(name, "", bytes, *len, r.len);
    *len = r.len;
  }
  if (*len > MCONN_INDEX_MAX) cli_fail("%s: more than %u bytes", name, MCONN_INDEX_MAX);
  return bytes;
}

static int decode_whole(const decode_options *opt)
{
  static char buffer[OUTPUT_BYTES];
  static char *bytes; /* static, for an output that fails ends the command while it is held */
  size_t len = 0;
  bool clean;
  bytes = take_input(opt, &len);
  if (opt->json) {
    json_out o = json_out_new(STDOUT_FILENO, buffer, sizeof buffer);
    clean = put_stream(&o, opt, (const uint8_t *)bytes, len);
    jout_flush(&o);
  } else {
    clean = print_stream(opt, (const uint8_t *)bytes, len);
  }
  free(bytes);
  return clean ? CLI_OK : CLI_REFUSED;
}

static int decode_lines(const decode_options *opt)
{
  static char buffer[OUTPUT_BYTES];
  const char *name = input_name(opt->input);
  input_lines in = input_lines_new(input_open(opt->input), name);
  input_widen_pipe(STDOUT_FILENO);
  json_out o = json_out_new(STDOUT_FILENO, buffer, sizeof buffer);
  for (input_line line = input_next(&in); line.text != NULL; line = input_next(&in)) {
    hex_result r = hex_decode(line.text, line.len, (uint8_t *)line.text);
    if (!r.ok) {
      char where[40];
      jout_flush(&o);
      snprintf(where, sizeof where, ": line %llu", (unsigned long long)in.number);
      bad_hex(name, where, line.text, line.len, r.len);
    }
    if (r.len > MCONN_INDEX_MAX) cli_fail("%s: line %llu has too many bytes", name, (unsigned long long)in.number);
    put_stream(&o, opt, (const uint8_t *)line.text, r.len);
    if (!input_has_line(&in)) jout_flush(&o); /* whoever waits for the answer to this line gets it */
  }
  jout_flush(&o);
  input_lines_free(&in);
  return CLI_OK;
}

int cmd_decode(int argc, char **argv)
{
  decode_options opt = { .dialect = MCONN_PROTO, .input = "-" };
  cli_parse(&command_line, argc, argv, &opt);
  if (!opt.max_given) opt.max = mconn_packet_max_accept(opt.dialect, 1024);
  if (opt.lines && opt.raw) cli_usage("--lines and --raw exclude each other: lines are hex digits");
  if (opt.lines && opt.full) cli_usage("--lines and --full exclude each other: JSON always has every byte");
  return opt.lines ? decode_lines(&opt) : decode_whole(&opt);
}
