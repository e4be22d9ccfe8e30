/* A life in which every call of one kind fails once, in turn: what all tests of a failing system share. */
#ifndef MCONN_TEST_FAULTS_H
#define MCONN_TEST_FAULTS_H
#include "harness.h"

/* From nothing to nothing, once; it aborts the test where something was lost and nobody was told. */
typedef void (*faults_life)(const void *arg);

typedef struct {
  enum wrapped w;
  int err;
  unsigned long least; /* so many calls must have been there */
} fault;

/* Runs the life with the first, the second, ... call of f.w failing, until there is none left, and sees to it that
 * nothing is left behind; says how many there were. */
void faults_in_turn(const char *area, fault f, faults_life life, const void *arg);
/* Of each; and before, the life with nothing failing. */
void faults_each(const char *area, const fault *f, size_t n, faults_life life, const void *arg);
/* Between two looks at what another thread is to do: valgrind runs one thread at a time, and would not let it. */
void faults_pause(void);
#endif
