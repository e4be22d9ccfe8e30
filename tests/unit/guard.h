/* Inputs at the edge of readable memory. A decoder that looks one byte past the end of what it was
 * given usually reads something harmless and the test passes; here the next byte is a page that cannot
 * be read (guard_end), or the byte before is (guard_begin), and the test dies. test_guard.c shows that
 * it does. */
#ifndef MCONN_TEST_GUARD_H
#define MCONN_TEST_GUARD_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define GUARD_ROOM 65536u

/* Readable and writable bytes with an unreadable page on either side; one per process and kind. */
static inline uint8_t *guard_room(int which)
{
  static uint8_t *room[2];
  if (room[which] == NULL) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = mmap(NULL, GUARD_ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    assert_int_equal(mprotect(map + page, GUARD_ROOM, PROT_READ | PROT_WRITE), 0);
    room[which] = map + page;
  }
  return room[which];
}

/* n bytes that end where readable memory ends. Valid until the next call. */
static inline uint8_t *guard_end(const void *bytes, size_t n)
{
  assert_true(n <= GUARD_ROOM);
  uint8_t *p = guard_room(0) + GUARD_ROOM - n;
  if (n > 0 && bytes != NULL) memcpy(p, bytes, n);
  return p;
}

/* n bytes that begin where readable memory begins. Valid until the next call. */
static inline uint8_t *guard_begin(const void *bytes, size_t n)
{
  assert_true(n <= GUARD_ROOM);
  uint8_t *p = guard_room(1);
  if (n > 0 && bytes != NULL) memcpy(p, bytes, n);
  return p;
}
#endif
