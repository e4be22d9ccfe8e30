/* Metrics: counted where upstream counts, written as Prometheus reads them. With the argument "serve" the program
 * counts a little, serves it, says on which port, and ends with its standard input: scrape.py looks at it. */
#include "harness.h"
#include "shell/metrics.h"
#include <stdio.h>
#include <stdlib.h>

static const char ID[] = "730a5edc28c2f8daf2d9dce3a01d5f205e35e555";

static uint64_t three(void *user)
{
  (void)user;
  return 3;
}

static metrics_peer *count_a_little(mconn_metrics *m)
{
  const uint8_t channels[] = { 0x00, 0x20, 0xff };
  metrics_peer *p = metrics_peer_new(m, ID, channels, 3, three, NULL);
  metrics_peers_add(m, 1);
  metrics_received(p, 0x20, 100);
  metrics_received(p, 0x20, 23);
  metrics_received(p, 0x00, 1);
  metrics_sent(p, 0xff, 7);
  metrics_sent(p, 0x21, 1000); /* no channel of this peer: nowhere to be counted */
  return p;
}

static bool says(mconn_metrics *m, const char *line)
{
  size_t len = 0;
  char *text = mconn_metrics_text(m, &len);
  assert_non_null(text);
  assert_int_equal(strlen(text), len);
  bool found = false;
  for (char *at = text; (at = strstr(at, line)) != NULL && !found; at++)
    found = (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
  free(text);
  return found;
}

/* MC-METRICS-01, MC-METRICS-02 */
static void names_labels_and_values(void **state)
{
  (void)state;
  mconn_metrics *m = NULL;
  assert_int_equal(mconn_metrics_new(&m, "cometbft"), MCONN_OK);
  metrics_peer *p = count_a_little(m);
  assert_true(says(m, "cometbft_p2p_peers 1"));
  assert_true(says(m, "# TYPE cometbft_p2p_peers gauge"));
  assert_true(says(
    m,
    "cometbft_p2p_peer_receive_bytes_total{chID=\"0x20\",peer_id=\"730a5edc28c2f8daf2d9dce3a01d5f205e35e555\"} 123"));
  assert_true(says(
    m, "cometbft_p2p_peer_receive_bytes_total{chID=\"0x0\",peer_id=\"730a5edc28c2f8daf2d9dce3a01d5f205e35e555\"} 1"));
  assert_true(says(
    m, "cometbft_p2p_peer_send_bytes_total{chID=\"0xff\",peer_id=\"730a5edc28c2f8daf2d9dce3a01d5f205e35e555\"} 7"));
  assert_true(says(m, "cometbft_p2p_peer_pending_send_bytes{peer_id=\"730a5edc28c2f8daf2d9dce3a01d5f205e35e555\"} 3"));
  assert_true(says(m, "cometbft_p2p_peer_send_queue_size{peer_id=\"730a5edc28c2f8daf2d9dce3a01d5f205e35e555\"} 3"));
  metrics_peer_free(m, p);
  metrics_peers_add(m, -1);
  assert_true(says(m, "cometbft_p2p_peers 0"));
  assert_false(says(m, "cometbft_p2p_peer_send_queue_size{peer_id=\"730a5edc28c2f8daf2d9dce3a01d5f205e35e555\"} 3"));
  mconn_metrics_free(m);
}

/* MC-METRICS-03: nothing listens before it is asked for, and a bad address is refused. */
static void served_only_when_asked(void **state)
{
  (void)state;
  mconn_metrics *m = NULL;
  assert_int_equal(mconn_metrics_new(&m, "tendermint"), MCONN_OK);
  assert_int_equal(mconn_metrics_port(m), 0);
  assert_int_equal(mconn_metrics_serve(m, "127.0.0.1"), MCONN_E_LISTEN);
  assert_int_equal(mconn_metrics_serve(m, "127.0.0.1:99999"), MCONN_E_LISTEN);
  assert_int_equal(mconn_metrics_serve(m, "192.0.2.1:0"), MCONN_E_LISTEN);
  assert_int_equal(mconn_metrics_port(m), 0);
  mconn_metrics_free(m);
}

/* Metrics that are off cost a look. */
static void off(void **state)
{
  (void)state;
  metrics_peers_add(NULL, 1);
  metrics_peer *p = metrics_peer_new(NULL, ID, NULL, 0, three, NULL);
  assert_null(p);
  metrics_sent(p, 1, 1);
  metrics_received(p, 1, 1);
  metrics_peer_free(NULL, p);
}

static int serve(void)
{
  mconn_metrics *m = NULL;
  if (mconn_metrics_new(&m, "cometbft") != MCONN_OK || mconn_metrics_serve(m, "127.0.0.1:0") != MCONN_OK) return 1;
  metrics_peer *p = count_a_little(m);
  printf("%u\n", mconn_metrics_port(m));
  fflush(stdout);
  while (getchar() != EOF) {}
  metrics_peer_free(m, p);
  mconn_metrics_free(m);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "serve") == 0) return serve();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_labels_and_values),
    cmocka_unit_test(served_only_when_asked),
    cmocka_unit_test(off),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
