/* A connected pair of TCP sockets on this host. */
#ifndef MCONN_CLI_LOOPBACK_H
#define MCONN_CLI_LOOPBACK_H
/* Ends the command where the system refuses. */
void loopback_pair(int fd[2]);
#endif
