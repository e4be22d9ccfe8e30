/* A service, the log and the metrics on a system that fails: every call of theirs fails once, in turn. */
#include "harness.h"
#include "faults.h"
#include "shell/metrics.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* ---- a service */

static enum mconn_err on_reset(void *user)
{
  (void)user;
  return MCONN_OK;
}

static bool is_readable(int fd)
{
  struct pollfd p = { .fd = fd, .events = POLLIN };
  return poll(&p, 1, 0) == 1;
}

static void live_service(const void *arg)
{
  (void)arg;
  mconn_service *s = NULL;
  const mconn_service_hooks hooks = { .on_reset = on_reset };
  const mconn_log silent = { .write = NULL };
  const enum mconn_err err = mconn_service_new(&s, "a service", hooks, silent);
  if (err != MCONN_OK) {
    assert_int_equal(err, MCONN_E_MEMORY);
    assert_null(s);
    return;
  }
  assert_int_equal(mconn_service_start(s), MCONN_OK);
  int quit = mconn_service_quit_fd(s);
  if (quit < 0) quit = mconn_service_quit_fd(s); /* it was refused, so it is asked for again */
  assert_true(quit >= 0 && !is_readable(quit));
  assert_int_equal(mconn_service_stop(s), MCONN_OK);
  assert_true(is_readable(quit));
  assert_true(mconn_service_wait(s, PATIENCE));
  assert_int_equal(mconn_service_reset(s), MCONN_OK);
  assert_false(is_readable(quit));
  assert_int_equal(mconn_service_start(s), MCONN_OK);
  assert_int_equal(mconn_service_stop(s), MCONN_OK);
  assert_true(is_readable(quit));
  assert_int_equal(mconn_service_free(s), MCONN_OK);
}

/* MC-CONN-08, MC-SERVICE-07 */
static void a_service_on_a_system_that_fails(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_CALLOC, ENOMEM, 1 },
    { WRAP_PTHREAD_MUTEX_INIT, ENOMEM, 1 },
    { WRAP_PTHREAD_COND_INIT, ENOMEM, 1 },
    { WRAP_PTHREAD_CONDATTR_INIT, ENOMEM, 1 },
    { WRAP_PTHREAD_CONDATTR_SETCLOCK, EINVAL, 1 },
    { WRAP_EVENTFD, EMFILE, 1 },
    { WRAP_EVENTFD_WRITE, EINTR, 2 },
    { WRAP_EVENTFD_READ, EINTR, 1 },
    { WRAP_CLOSE, EIO, 1 },
  };
  faults_each("service", all, COUNT(all), live_service, NULL);
}

/* ---- the log */

/* What a line on standard error becomes while its write fails like this. */
static size_t log_one(int err, char *text, size_t room)
{
  int fd[2];
  fflush(stderr);
  const int before = dup(STDERR_FILENO);
  assert_true(before >= 0 && pipe(fd) == 0 && dup2(fd[1], STDERR_FILENO) >= 0);
  wrap_reset();
  wrap_fail(WRAP_WRITE, 1, err);
  errno = 0;
  mconn_log_stderr(NULL, MCONN_LOG_INFO, "test", "a line", NULL, 0);
  const int after = errno;
  assert_true(dup2(before, STDERR_FILENO) >= 0);
  close(before);
  close(fd[1]);
  const ssize_t n = read(fd[0], text, room);
  close(fd[0]);
  assert_true(wrap_failed() && after == 0 && n >= 0);
  return (size_t)n;
}

/* A signal is no reason to lose a line; where there is nowhere to write to, nothing else happens. */
static void a_line_whose_write_fails(void **state)
{
  (void)state;
  char text[200] = "";
  assert_true(log_one(EINTR, text, sizeof text - 1) > 0);
  assert_non_null(strstr(text, "test: a line\n"));
  assert_int_equal(log_one(EIO, text, sizeof text), 0);
}

/* ---- metrics */

static uint64_t three(void *user)
{
  (void)user;
  return 3;
}

/* The answer to GET /metrics; "" where the stream ends without one. */
static void get(unsigned port, char *answer, size_t room)
{
  static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  at.sin_port = htons((uint16_t)port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
  assert_int_equal(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
  size_t n = 0;
  for (ssize_t got = 1; got > 0 && n<room - 1; n += got> 0 ? (size_t)got : 0)
    got = recv(fd, answer + n, room - 1 - n, 0);
  answer[n] = 0;
  close(fd);
}

static void expect_answer(const char *answer)
{
  if (strstr(answer, " 200 ") == NULL) { /* a scraper sees that this is not the text */
    assert_true(answer[0] == 0 || strstr(answer, " 503 ") != NULL);
    return;
  }
  assert_non_null(strstr(answer, "text/plain; version=0.0.4"));
  assert_non_null(strstr(answer, "cometbft_p2p_peers 1\n"));
}

static void live_metrics(const void *arg)
{
  const bool served = arg != NULL;
  mconn_metrics *m = NULL;
  if (mconn_metrics_new(&m, "cometbft") != MCONN_OK) {
    assert_null(m);
    return;
  }
  const uint8_t channels[] = { 1 };
  metrics_peer *p = metrics_peer_new(m, "730a5edc28c2f8daf2d9dce3a01d5f205e35e555", channels, 1, three, NULL);
  metrics_peers_add(m, 1);
  metrics_received(p, 1, 100);
  char *text = mconn_metrics_text(m, NULL);
  if (text != NULL) assert_non_null(strstr(text, "cometbft_p2p_peers 1\n"));
  if (text != NULL && p != NULL) assert_non_null(strstr(text, "} 100\n"));
  free(text);
  if (served) {
    static char answer[4096];
    const enum mconn_err err = mconn_metrics_serve(m, "127.0.0.1:0");
    assert_true(err == MCONN_OK || (err == MCONN_E_LISTEN && mconn_metrics_port(m) == 0));
    if (err == MCONN_OK) {
      get(mconn_metrics_port(m), answer, sizeof answer);
      expect_answer(answer);
    }
  }
  metrics_peer_free(m, p);
  mconn_metrics_free(m);
}

/* MC-METRICS-01 */
static void metrics_on_a_system_that_fails(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_CALLOC, ENOMEM, 2 },         { WRAP_STRDUP, ENOMEM, 1 }, { WRAP_PTHREAD_MUTEX_INIT, ENOMEM, 1 },
    { WRAP_OPEN_MEMSTREAM, ENOMEM, 1 }, { WRAP_FERROR, ENOMEM, 1 }, { WRAP_FCLOSE, ENOMEM, 1 },
  };
  faults_each("metrics", all, COUNT(all), live_metrics, NULL);
}

#ifdef MCONN_TEST_HTTP
static void metrics_served_on_a_system_that_fails(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_CALLOC, ENOMEM, 3 },           { WRAP_GETADDRINFO, ENOMEM, 1 },
    { WRAP_SOCKET, EMFILE, 1 },           { WRAP_BIND, EADDRINUSE, 1 },
    { WRAP_LISTEN, EADDRINUSE, 1 },       { WRAP_GETSOCKNAME, ENOBUFS, 1 },
    { WRAP_SETSOCKOPT, EPERM, 1 },        { WRAP_OPEN_MEMSTREAM, ENOMEM, 2 },
    { WRAP_MHD_START_DAEMON, ENOMEM, 1 }, { WRAP_MHD_CREATE_RESPONSE, ENOMEM, 1 },
    { WRAP_MHD_ADD_HEADER, ENOMEM, 1 },   { WRAP_MHD_QUEUE_RESPONSE, ENOMEM, 1 },
  };
  faults_each("metrics, served", all, COUNT(all), live_metrics, "served");
}

static void live_with_close_failing(const void *arg)
{
  wrap_fail_all(WRAP_CLOSE, EIO);
  live_metrics(arg);
}

/* What was taken before something failed is given back, and that fails, too. */
static void a_listener_whose_close_fails(void **state)
{
  (void)state;
  static const fault all[] = { { WRAP_GETSOCKNAME, ENOBUFS, 1 }, { WRAP_MHD_START_DAEMON, ENOMEM, 1 } };
  faults_each("metrics, served, ends fail", all, COUNT(all), live_with_close_failing, "served");
}
#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_service_on_a_system_that_fails),      shell_test(a_line_whose_write_fails),
    shell_test(metrics_on_a_system_that_fails),
#ifdef MCONN_TEST_HTTP
    shell_test(metrics_served_on_a_system_that_fails), shell_test(a_listener_whose_close_fails),
#endif
  };
  const int failed = cmocka_run_group_tests_name("service_faults", tests, NULL, NULL);
  wrap_print_places();
  return failed;
}
