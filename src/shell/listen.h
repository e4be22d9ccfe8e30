/* Text to sockets: where to listen, and why a name is none. */
#ifndef SHELL_LISTEN_H
#define SHELL_LISTEN_H
/* Listens on host:port, with an optional protocol; port 0 is any. Returns the socket,
 * close-on-exec, and its port; or -1 with errno in *system, 0 where no system call failed but the address is none. */
int shell_listen(const char *address, unsigned *port, int *system);
/* The errno of a lookup that getaddrinfo answered with fault, not 0; 0: the system works, and knows no such address. */
int shell_lookup_errno(int fault);
#endif
