/* The atomics of C11, told to helgrind; tools/races includes this before everything else in its build for helgrind.
 *
 * Helgrind sees locks and threads, but an atomic looks to it like any other access: each would be reported as a race,
 * and what one orders would be, too. So every atomic here takes its own bytes, and no others, out of the check, and one
 * that releases or acquires tells helgrind that it does. Whether the orders suffice is ThreadSanitizer's to judge. */
#ifndef MCONN_TEST_HELGRIND_H
#define MCONN_TEST_HELGRIND_H
#include <stdatomic.h>
#include <valgrind/helgrind.h>

#define HG_BEFORE(p, order)                                                                                            \
  do {                                                                                                                 \
    VALGRIND_HG_DISABLE_CHECKING((p), sizeof *(p));                                                                    \
    if ((order) != memory_order_relaxed) ANNOTATE_HAPPENS_BEFORE(p);                                                   \
  } while (0)
#define HG_AFTER(p, order)                                                                                             \
  do {                                                                                                                 \
    if ((order) != memory_order_relaxed) ANNOTATE_HAPPENS_AFTER(p);                                                    \
  } while (0)
/* An operation on *p with the result of `call`. */
#define HG_ATOMIC(p, order, call)                                                                                      \
  __extension__({                                                                                                      \
    HG_BEFORE(p, order);                                                                                               \
    __auto_type hg_result = (call);                                                                                    \
    HG_AFTER(p, order);                                                                                                \
    hg_result;                                                                                                         \
  })

#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub
#undef atomic_fetch_sub_explicit
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_weak_explicit
#undef atomic_compare_exchange_strong_explicit
/* A load does not release: another load after it would otherwise seem to wait for this thread. */
#define atomic_load_explicit(p, o)                                                                                     \
  __extension__({                                                                                                      \
    VALGRIND_HG_DISABLE_CHECKING((p), sizeof *(p));                                                                    \
    __auto_type hg_result = __atomic_load_n(p, o);                                                                     \
    HG_AFTER(p, o);                                                                                                    \
    hg_result;                                                                                                         \
  })
#define atomic_store_explicit(p, v, o)                                                                                 \
  do {                                                                                                                 \
    HG_BEFORE(p, o);                                                                                                   \
    __atomic_store_n(p, v, o);                                                                                         \
  } while (0)
#define atomic_fetch_add_explicit(p, v, o) HG_ATOMIC(p, o, __atomic_fetch_add(p, v, o))
#define atomic_fetch_sub_explicit(p, v, o) HG_ATOMIC(p, o, __atomic_fetch_sub(p, v, o))
#define atomic_exchange_explicit_hg(p, v, o) HG_ATOMIC(p, o, __atomic_exchange_n(p, v, o))
#define atomic_compare_exchange_weak_explicit(p, e, v, o, f)                                                           \
  HG_ATOMIC(p, o, __atomic_compare_exchange_n(p, e, v, 1, o, f))
#define atomic_compare_exchange_strong_explicit(p, e, v, o, f)                                                         \
  HG_ATOMIC(p, o, __atomic_compare_exchange_n(p, e, v, 0, o, f))
#define atomic_load(p) atomic_load_explicit(p, memory_order_seq_cst)
#define atomic_store(p, v) atomic_store_explicit(p, v, memory_order_seq_cst)
#define atomic_fetch_add(p, v) atomic_fetch_add_explicit(p, v, memory_order_seq_cst)
#define atomic_fetch_sub(p, v) atomic_fetch_sub_explicit(p, v, memory_order_seq_cst)
#define atomic_exchange(p, v) atomic_exchange_explicit_hg(p, v, memory_order_seq_cst)
#define atomic_compare_exchange_weak(p, e, v)                                                                          \
  atomic_compare_exchange_weak_explicit(p, e, v, memory_order_seq_cst, memory_order_seq_cst)
#define atomic_compare_exchange_strong(p, e, v)                                                                        \
  atomic_compare_exchange_strong_explicit(p, e, v, memory_order_seq_cst, memory_order_seq_cst)
#endif
