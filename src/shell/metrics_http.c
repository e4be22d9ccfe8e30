/* GET /metrics, by libmicrohttpd. Everything but the text and where it is found is the library's; here are the
 * limits: few connections, and none for long, since a scraper needs neither. */
#include "listen.h"
#include "metrics.h"
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 16u
#define SECONDS 10u

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, char *text, size_t len, const char *type)
{
  struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY);
  if (r == NULL) return MHD_NO;
  enum MHD_Result done = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  if (done == MHD_YES) done = MHD_queue_response(c, status, r);
  MHD_destroy_response(r);
  return done;
}

static enum MHD_Result answer(void *user, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
  static char only[] = "only GET /metrics\n", memory[] = "no memory\n";
  (void)version, (void)data, (void)state;
  *size = 0;
  if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
    return say(c, MHD_HTTP_METHOD_NOT_ALLOWED, only, sizeof only - 1, "text/plain");
  if (strcmp(url, "/metrics") != 0) return say(c, MHD_HTTP_NOT_FOUND, only, sizeof only - 1, "text/plain");
  size_t len = 0;
  char *text = mconn_metrics_text(user, &len);
  if (text == NULL) return say(c, MHD_HTTP_SERVICE_UNAVAILABLE, memory, sizeof memory - 1, "text/plain");
  enum MHD_Result done = say(c, MHD_HTTP_OK, text, len, "text/plain; version=0.0.4; charset=utf-8");
  free(text);
  return done;
}

void *metrics_http_start(mconn_metrics *m, const char *address, unsigned *port)
{
  int system = 0, fd = shell_listen(address, port, &system);
  if (fd < 0) return NULL;
  struct MHD_Daemon *d =
    MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, m, MHD_OPTION_LISTEN_SOCKET, fd,
                     MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, SECONDS, MHD_OPTION_END);
  if (d == NULL) close(fd);
  return d;
}

void metrics_http_stop(void *http)
{
  MHD_stop_daemon(http);
}
