/* The bare socket: the most that anything on top of it can reach. */
#include "link.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

static bool all_out(int fd, const uint8_t *p, size_t n)
{
  for (size_t i = 0; i < n;) {
    ssize_t k = send(fd, p + i, n - i, MSG_NOSIGNAL);
    if (k <= 0) return false;
    i += (size_t)k;
  }
  return true;
}

static bool all_in(int fd, uint8_t *p, size_t n)
{
  for (size_t i = 0; i < n;) {
    ssize_t k = recv(fd, p + i, n - i, 0);
    if (k <= 0) return false;
    i += (size_t)k;
  }
  return true;
}

static bool send_for_a_while(int fd, const link_plan *p, uint8_t *b)
{
  for (uint64_t end = link_now_ns() + p->span_ns; link_now_ns() < end;)
    if (!all_out(fd, b, p->size)) return false;
  shutdown(fd, SHUT_WR);
  return recv(fd, b, 1, 0) == 0; /* the other side has read everything */
}

static bool count(int fd, uint8_t *b, link_result *r)
{
  for (ssize_t k; (k = recv(fd, b, READ_BYTES, 0)) != 0;) {
    if (k < 0) return false;
    if (r->bytes == 0) r->first_ns = link_now_ns();
    r->bytes += (uint64_t)k;
    r->messages++;
  }
  r->last_ns = link_now_ns();
  return true;
}

static bool ask(int fd, const link_plan *p, uint8_t *b, link_result *r)
{
  uint64_t now = link_now_ns(), end = now + p->span_ns;
  r->first_ns = now;
  while (now < end) {
    uint64_t sent = now;
    if (!all_out(fd, b, p->size) || !all_in(fd, b, p->size)) return false;
    now = link_now_ns();
    link_sample(r, now - sent);
    r->bytes += p->size;
    r->messages++;
  }
  r->last_ns = now;
  return true;
}

static bool answer(int fd, const link_plan *p, uint8_t *b)
{
  while (all_in(fd, b, p->size))
    if (!all_out(fd, b, p->size)) return false;
  return true;
}

bool link_raw(int fd, const link_plan *p, link_result *r)
{
  uint8_t *b = calloc(1, p->size > READ_BYTES ? p->size : READ_BYTES);
  bool ok = b != NULL;
  if (ok && p->mode == LINK_THROUGHPUT) ok = p->dials ? send_for_a_while(fd, p, b) : count(fd, b, r);
  else if (ok) ok = p->dials ? ask(fd, p, b, r) : answer(fd, p, b);
  free(b);
  close(fd);
  if (!ok) perror("link: raw");
  return ok;
}
