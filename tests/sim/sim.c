/* sim: runs seeds. `sim` a few thousand, `sim --seed N` one with what happened, `sim --from A --count N` a range,
 * `sim --record FILE` writes what was run. With --defect the run must find something: the canary. */
#include "sim.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const defects[] = { "none",       "drop-empty", "orphan-timer", "two-reports",
                                       "swap-order", "short-copy", "lost-ping" };
enum { DEFECTS = sizeof defects / sizeof *defects };

typedef struct {
  uint64_t from, count;
  bool one;
  enum defect defect;
  const char *record;
} options;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  options *o = state->input;
  char *end = NULL;
  if (key == 's' || key == 'f' || key == 'n') {
    unsigned long long x = strtoull(arg, &end, 10);
    if (end == arg || *end != 0) argp_error(state, "not a number: %s", arg);
    if (key == 'n') o->count = x;
    else o->from = x;
    o->one = o->one || key == 's';
    return 0;
  }
  if (key == 'r') {
    o->record = arg;
    return 0;
  }
  if (key != 'd') return ARGP_ERR_UNKNOWN;
  for (int d = 0; d < DEFECTS; d++)
    if (strcmp(arg, defects[d]) == 0) {
      o->defect = (enum defect)d;
      return 0;
    }
  argp_error(state, "no such defect: %s", arg);
  return 0;
}

typedef struct {
  uint64_t seeds, failed, messages, bytes, pings, steps, errors[MCONN_E_COUNT], faults, hash;
} tally;

static void add(tally *t, const world *w)
{
  t->seeds++;
  t->messages += w->messages;
  t->bytes += w->bytes;
  t->pings += w->pings;
  t->steps += w->steps;
  for (int k = 0; k < MCONN_E_COUNT; k++) t->errors[k] += w->errors[k];
  for (int k = 0; k < 8; k++) t->faults += w->faults[k];
  t->hash = (t->hash ^ w->hash) * 0x100000001B3ull;
  if (w->failure != NULL) t->failed++;
}

static void print_errors(FILE *f, const tally *t, bool json)
{
  const char *comma = "";
  for (int k = 1; k < MCONN_E_COUNT; k++)
    if (t->errors[k] > 0) {
      fputs(comma, f);
      const char *name = mconn_error_name((enum mconn_err)k);
      if (json) fprintf(f, "\"%s\": %llu", name, (unsigned long long)t->errors[k]);
      else fprintf(f, "%s %llu", name, (unsigned long long)t->errors[k]);
      comma = ", ";
    }
}

static void print_tally(const tally *t, double seconds)
{
  printf("%llu seeds, %llu messages, %llu payload bytes, %llu pings, %llu faults, %.1f s, trace %016llx\n",
         (unsigned long long)t->seeds, (unsigned long long)t->messages, (unsigned long long)t->bytes,
         (unsigned long long)t->pings, (unsigned long long)t->faults, seconds, (unsigned long long)t->hash);
  fputs("ends: ", stdout);
  print_errors(stdout, t, false);
  putchar('\n');
}

static bool write_record(const char *path, const tally *t, const options *o)
{
  FILE *f = fopen(path, "w");
  if (f == NULL) return false;
  fprintf(
    f,
    "{\n \"from\": %llu,\n \"seeds\": %llu,\n \"failed\": %llu,\n \"messages\": %llu,\n \"payload_bytes\": %llu,\n"
    " \"pings\": %llu,\n \"faults\": %llu,\n \"trace\": \"%016llx\",\n \"ends\": {",
    (unsigned long long)o->from, (unsigned long long)t->seeds, (unsigned long long)t->failed,
    (unsigned long long)t->messages, (unsigned long long)t->bytes, (unsigned long long)t->pings,
    (unsigned long long)t->faults, (unsigned long long)t->hash);
  print_errors(f, t, true);
  fputs("}\n}\n", f);
  return fclose(f) == 0;
}

static bool deterministic(world *w)
{
  uint64_t hash = w->hash, steps = w->steps;
  world_setup(w, w->seed, w->defect);
  world_run(w);
  return w->hash == hash && w->steps == steps;
}

int main(int argc, char **argv)
{
  static const struct argp_option list[] = {
    { "seed", 's', "N", 0, "one seed, twice: it must do the same again", 0 },
    { "from", 'f', "N", 0, "first seed (default 1)", 0 },
    { "count", 'n', "N", 0, "so many seeds (default 2000)", 0 },
    { "defect", 'd', "NAME", 0,
      "work wrongly: drop-empty, orphan-timer, two-reports, swap-order, short-copy, lost-ping; "
      "exits 0 only if a check noticed",
      0 },
    { "record", 'r', "FILE", 0, "write what was run as JSON", 0 },
    { 0 }
  };
  static const struct argp argp = { list, parse, NULL, "Simulates nodes on the real core: a seed is a run.",
                                    NULL, NULL,  NULL };
  options o = { .from = 1, .count = 2000 };
  argp_parse(&argp, argc, argv, 0, NULL, &o);
  world *w = malloc(sizeof *w);
  if (w == NULL) return 1;
  tally t = { 0 };
  clock_t begin = clock();
  for (uint64_t seed = o.from; seed < o.from + (o.one ? 1 : o.count); seed++) {
    world_setup(w, seed, o.defect);
    world_run(w);
    add(&t, w);
    if (w->failure != NULL && o.defect == DEFECT_NONE)
      printf("seed %llu at %.6f s: not true: %s\n", (unsigned long long)seed, (double)w->now / 1e9, w->failure);
    if (w->failure != NULL && o.defect != DEFECT_NONE) {
      printf("defect %s noticed at seed %llu: not true: %s\n", defects[o.defect], (unsigned long long)seed, w->failure);
      break;
    }
    if (o.one && !deterministic(w)) {
      puts("the same seed did something else the second time");
      t.failed++;
    }
  }
  free(w);
  print_tally(&t, (double)(clock() - begin) / CLOCKS_PER_SEC);
  if (o.record != NULL && !write_record(o.record, &t, &o)) {
    perror(o.record);
    return 1;
  }
  if (o.defect != DEFECT_NONE) return t.failed > 0 ? 0 : 1;
  return t.failed > 0 ? 1 : 0;
}
