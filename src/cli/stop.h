/* SIGINT and SIGTERM as something to poll, so that a command ends in order and says its last line. */
#ifndef MCONN_CLI_STOP_H
#define MCONN_CLI_STOP_H
#include <stdbool.h>

/* Blocks both signals in this thread, and so in all it starts; returns a descriptor that is readable once one came. */
int stop_open(void);
/* True if a signal came. From then on the next one ends the process at once, as the user expects of a second Ctrl-C. */
bool stop_asked(int fd);
#endif
