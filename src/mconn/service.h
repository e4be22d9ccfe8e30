/* A service: started once, stopped once, waited for by anybody; reset, it may be started again.
 *
 * Every row of upstream's BaseService, made safe under start and stop from many threads. What goes wrong
 * with such things in practice is the overlap: a stop during on_start, two stops of which the second
 * returns too early, a flag that was changed by a call which then failed. The decisions are those of
 * core/service.h, which is proved; here are a lock, a condition and a file descriptor.
 *
 * Thread-safety: every function may be called from any thread, on_start, on_stop and on_reset included,
 * save that mconn_service_free may not be called from them. They are called without a lock, one at a
 * time, on a thread that called. */
#ifndef MCONN_SERVICE_H
#define MCONN_SERVICE_H
#include "error.h"
#include "log.h"
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef struct mconn_service mconn_service;

typedef struct {
  enum mconn_err (*on_start)(void *user); /* NULL: MCONN_OK. An error: not started, start may be tried again */
  void (*on_stop)(void *user);            /* NULL: nothing */
  enum mconn_err (*on_reset)(void *user); /* NULL: the service cannot be reset */
  void *user;
} mconn_service_hooks;

/* The name is copied. MCONN_E_MEMORY: *out is untouched. */
enum mconn_err mconn_service_new(mconn_service **out, const char *name, mconn_service_hooks hooks, mconn_log log);
enum mconn_err mconn_service_start(mconn_service *s);
/* The first stop of a run succeeds, later ones get MCONN_E_ALREADY_STOPPED; each returns when on_stop has returned,
 * whichever thread runs it, so a hook must not wait for a thread that may be in this call. A stop during on_start is
 * carried out when on_start has returned, also if it failed. From on_start or on_stop itself this returns at once. */
enum mconn_err mconn_service_stop(mconn_service *s);
/* Only when on_stop has returned. If on_reset fails, its error is returned and the service is still stopped. */
enum mconn_err mconn_service_reset(mconn_service *s);
bool mconn_service_is_running(mconn_service *s);
/* A file descriptor for poll, readable when on_stop has returned; a reset makes it unreadable again. Owned
 * by the service, made at the first call; -1: the system gave none. */
int mconn_service_quit_fd(mconn_service *s);
/* Waits up to timeout ns (0: no limit) until on_stop has returned; true if it has. From on_start or
 * on_stop itself, which it would wait for: false at once. */
bool mconn_service_wait(mconn_service *s, uint64_t timeout);
const char *mconn_service_name(const mconn_service *s);
void mconn_service_set_log(mconn_service *s, mconn_log log);
/* Frees a service that is not running and no hook of which runs; MCONN_E_STATE else, and nothing happens. NULL is
 * allowed. No other call on s may be in progress or come after. */
enum mconn_err mconn_service_free(mconn_service *s);
#ifdef __cplusplus
}
#endif
#endif
