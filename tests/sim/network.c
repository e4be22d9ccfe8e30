/* Chance and the network. A pipe keeps bytes in segments that arrive in order, each at a time of its own;
 * it takes no more than a socket buffer would. */
#include "sim.h"

uint64_t chance_next(chance *c)
{
  uint64_t z = c->s += 0x9E3779B97F4A7C15ull; /* splitmix64 */
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

uint64_t chance_below(chance *c, uint64_t n)
{
  return n == 0 ? 0 : chance_next(c) % n;
}

uint64_t chance_range(chance *c, uint64_t low, uint64_t high)
{
  return low + chance_below(c, high - low + 1);
}

bool chance_one_in(chance *c, uint64_t n)
{
  return chance_below(c, n) == 0;
}

static void add_segment(pipe_dir *p, chance *c, uint64_t now, uint64_t end)
{
  uint64_t at = now + chance_range(c, p->delay_low, p->delay_high);
  if (at < p->stalled_until) at = p->stalled_until;
  if (at < p->last_at) at = p->last_at; /* a stream keeps its order */
  p->last_at = at;
  uint32_t k = (p->first + p->segments++) % SEGMENTS;
  p->seg[k].at = at;
  p->seg[k].end = end;
}

size_t pipe_write(pipe_dir *p, chance *c, uint64_t now, const uint8_t *b, size_t n)
{
  if (p->swallow) return n;
  size_t done = 0;
  while (done < n && p->segments < SEGMENTS && p->written - p->taken < PIPE) {
    uint64_t room = PIPE - (p->written - p->taken), most = n - done < room ? n - done : room;
    uint64_t size = chance_one_in(c, 3) ? chance_range(c, 1, most) : most;
    for (uint64_t j = 0; j < size; j++) p->bytes[(p->written + j) % PIPE] = b[done + j];
    p->written += size;
    done += size;
    add_segment(p, c, now, p->written);
  }
  return done;
}

static void arrive(pipe_dir *p, uint64_t now)
{
  while (p->segments > 0 && p->seg[p->first].at <= now) {
    p->arrived = p->seg[p->first].end;
    p->first = (p->first + 1) % SEGMENTS;
    p->segments--;
  }
}

size_t pipe_read(pipe_dir *p, uint64_t now, uint8_t *b, size_t n)
{
  arrive(p, now);
  size_t got = 0;
  while (got < n && p->taken < p->arrived) b[got++] = p->bytes[p->taken++ % PIPE];
  return got;
}

bool pipe_at_end(pipe_dir *p, uint64_t now)
{
  arrive(p, now);
  return p->closed && p->segments == 0 && p->taken == p->arrived;
}

uint64_t pipe_next(const pipe_dir *p, uint64_t now)
{
  if (p->segments == 0 || p->seg[p->first].at <= now) return NEVER; /* there already: the reader has its reason */
  return p->seg[p->first].at;
}
