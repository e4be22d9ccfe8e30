/* Figures of one direction (MC-FLOW-01). An exponential is computed once in 100 ms, never per packet. */
#include "monitor.h"
#include <math.h>

void shell_monitor_start(shell_monitor *m, uint64_t now)
{
  *m = (shell_monitor){ .start = now, .sampled = now, .active = now };
}

void shell_monitor_add(shell_monitor *m, uint64_t now, uint64_t n)
{
  if (n > 0) m->active = now;
  m->gathered += n;
  const uint64_t span = now - m->sampled;
  if (span < SHELL_SAMPLE_NS) return;
  m->instant = (double)m->gathered * 1e9 / (double)span;
  if (m->instant > m->peak) m->peak = m->instant;
  const double kept = exp(-(double)span / (double)SHELL_WINDOW_NS);
  m->mean = m->samples > 0 ? m->instant + kept * (m->mean - m->instant) : m->instant;
  m->bytes += m->gathered;
  m->gathered = 0;
  m->samples++;
  m->sampled = now;
}

mconn_flow shell_monitor_read(shell_monitor *m, uint64_t now)
{
  shell_monitor_add(m, now, 0);
  const uint64_t span = m->sampled - m->start;
  return (mconn_flow){
    .bytes = m->bytes,
    .samples = m->samples,
    .instant = m->instant,
    .mean = m->mean,
    .average = span > 0 ? (double)m->bytes * 1e9 / (double)span : 0,
    .peak = m->peak,
    .duration = span,
    .idle = now - m->active,
  };
}
