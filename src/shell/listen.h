/* Text to sockets: where to listen. */
#ifndef SHELL_LISTEN_H
#define SHELL_LISTEN_H
/* Listens on host:port, with an optional protocol; port 0 is any. Returns the socket,
 * close-on-exec, and its port; or -1 with errno in *system, 0 where no system call failed but the address is none. */
int shell_listen(const char *address, unsigned *port, int *system);
#endif
