/* A build without libmicrohttpd: the text is there (mconn_metrics_text), nobody serves it. */
#include "metrics.h"

void *metrics_http_start(mconn_metrics *m, const char *address, unsigned *port)
{
  (void)m, (void)address, (void)port;
  return NULL;
}

void metrics_http_stop(void *http)
{
  (void)http;
}
