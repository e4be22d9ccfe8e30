/* HOST:PORT as operators write it, and TCP sockets from it. */
#ifndef MCONN_CLI_ADDRESS_H
#define MCONN_CLI_ADDRESS_H
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_BYTES 64u /* "[ffff:...:ffff%interface]:65535" and its end */

/* All three end the command (exit 2) and name the option where the address cannot be used.
 * HOST:PORT, [::1]:26656, :26656 (every address of this host), each with tcp:// before it if you like;
 * port 0 takes a free one. */
int address_listen(const char *option, const char *text);
int address_dial(const char *option, const char *text);
/* Only looks at the form; for options that are used later. */
void address_check(const char *option, const char *text);

/* The address a socket is bound to, and that of its peer; "?" where the system does not say. */
void address_of_socket(int fd, char text[ADDRESS_TEXT_BYTES]);
void address_of_peer(int fd, char text[ADDRESS_TEXT_BYTES]);
#endif
