/* The same through mconn: one channel, rate limits off, the queue as long as the Go peers have it. A round
 * trip is measured twice: with the next message sent by the callback that received the last, which is how
 * a program on top of a callback answers, and by a thread that the callback has to wake first. */
#include "link.h"
#include "mconn/mconn.h"
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNEL = 1, QUEUE = 100 };

typedef struct {
  const link_plan *plan;
  link_result *result;
  mconn_connection *c;
  uint64_t sent, end;
  bool failed;
  sem_t back;  /* an answer is there */
  sem_t ended; /* nothing more comes */
} side;

static void answered(side *s, const uint8_t *bytes, size_t len)
{
  uint64_t now = link_now_ns();
  link_sample(s->result, now - s->sent);
  s->result->last_ns = now;
  if (s->plan->mode == LINK_LATENCY && now < s->end) {
    s->sent = now;
    s->failed = s->failed || mconn_connection_send(s->c, CHANNEL, bytes, len) != MCONN_OK;
  } else {
    sem_post(&s->back);
  }
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  side *s = user;
  if (s->result->messages == 0) s->result->first_ns = link_now_ns();
  s->result->messages++;
  s->result->bytes += len;
  if (s->plan->mode == LINK_THROUGHPUT) return;
  if (s->plan->dials) answered(s, bytes, len);
  else s->failed = s->failed || mconn_connection_send(s->c, channel, bytes, len) != MCONN_OK;
}

static void on_error(void *user, mconn_reason reason)
{
  side *s = user;
  if (s->plan->mode == LINK_THROUGHPUT) s->result->last_ns = link_now_ns();
  if (reason.err != MCONN_E_EOF) {
    fprintf(stderr, "link: mconn: %s\n", mconn_strerror(reason.err));
    s->failed = true;
  }
  sem_post(&s->back);
  sem_post(&s->ended);
}

static bool run_dialling(side *s, const uint8_t *message)
{
  bool talks = s->plan->mode != LINK_THROUGHPUT;
  uint64_t now = link_now_ns();
  s->end = now + s->plan->span_ns;
  do {
    s->sent = now;
    if (mconn_connection_send(s->c, CHANNEL, message, s->plan->size) != MCONN_OK) return false;
    if (talks) sem_wait(&s->back);
    now = link_now_ns();
  } while (now < s->end && !s->failed);
  return mconn_connection_flush_stop(s->c, 0) == MCONN_OK && !s->failed;
}

bool link_mconn(int fd, const link_plan *p, link_result *r)
{
  side s = { .plan = p, .result = r };
  mconn_config config = mconn_config_default();
  config.send_rate = config.recv_rate = 0;
  const mconn_channel channel = { .id = CHANNEL, .priority = 1, .queue_capacity = QUEUE };
  const mconn_callbacks callbacks = { .on_receive = on_receive, .on_error = on_error, .user = &s };
  uint8_t *message = calloc(1, p->size);
  if (message == NULL || sem_init(&s.back, 0, 0) != 0 || sem_init(&s.ended, 0, 0) != 0) return false;
  mconn_reason reason = mconn_connection_new(&s.c, fd, &config, &channel, 1, callbacks);
  bool ok = reason.err == MCONN_OK && mconn_connection_start(s.c) == MCONN_OK;
  if (!ok) fprintf(stderr, "link: mconn: %s\n", mconn_strerror(reason.err));
  if (ok && p->dials) ok = run_dialling(&s, message);
  else if (ok) sem_wait(&s.ended);
  ok = ok && !s.failed;
  if (reason.err == MCONN_OK) mconn_connection_free(s.c);
  free(message);
  return ok;
}
