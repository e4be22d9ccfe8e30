/* Included before everything else in the harness and in the tests, not in the shell and not in wrap.c: what these call
 * is the system's own function, whatever the linker's --wrap does to the shell's calls of it. Not here: functions of
 * memory, so that what one side allocates the other may free, and clock_gettime. */
#ifndef MCONN_TEST_REAL_H
#define MCONN_TEST_REAL_H
#pragma redefine_extname pthread_create __real_pthread_create
#pragma redefine_extname pthread_join __real_pthread_join
#pragma redefine_extname pthread_mutex_init __real_pthread_mutex_init
#pragma redefine_extname pthread_mutex_destroy __real_pthread_mutex_destroy
#pragma redefine_extname pthread_mutexattr_init __real_pthread_mutexattr_init
#pragma redefine_extname pthread_mutexattr_destroy __real_pthread_mutexattr_destroy
#pragma redefine_extname pthread_mutexattr_settype __real_pthread_mutexattr_settype
#pragma redefine_extname pthread_cond_init __real_pthread_cond_init
#pragma redefine_extname pthread_cond_destroy __real_pthread_cond_destroy
#pragma redefine_extname pthread_cond_wait __real_pthread_cond_wait
#pragma redefine_extname pthread_cond_timedwait __real_pthread_cond_timedwait
#pragma redefine_extname pthread_condattr_init __real_pthread_condattr_init
#pragma redefine_extname pthread_condattr_destroy __real_pthread_condattr_destroy
#pragma redefine_extname pthread_condattr_setclock __real_pthread_condattr_setclock
#pragma redefine_extname sem_init __real_sem_init
#pragma redefine_extname sem_destroy __real_sem_destroy
#pragma redefine_extname sem_wait __real_sem_wait
#pragma redefine_extname sem_clockwait __real_sem_clockwait
#pragma redefine_extname send __real_send
#pragma redefine_extname recv __real_recv
#pragma redefine_extname poll __real_poll
#pragma redefine_extname ppoll __real_ppoll
#pragma redefine_extname setsockopt __real_setsockopt
#pragma redefine_extname getsockopt __real_getsockopt
#pragma redefine_extname fcntl __real_fcntl
#pragma redefine_extname ioctl __real_ioctl
#pragma redefine_extname socket __real_socket
#pragma redefine_extname bind __real_bind
#pragma redefine_extname listen __real_listen
#pragma redefine_extname accept4 __real_accept4
#pragma redefine_extname connect __real_connect
#pragma redefine_extname shutdown __real_shutdown
#pragma redefine_extname close __real_close
#pragma redefine_extname getsockname __real_getsockname
#pragma redefine_extname getaddrinfo __real_getaddrinfo
#pragma redefine_extname freeaddrinfo __real_freeaddrinfo
#pragma redefine_extname inet_ntop __real_inet_ntop
#pragma redefine_extname getrandom __real_getrandom
#pragma redefine_extname eventfd __real_eventfd
#pragma redefine_extname eventfd_read __real_eventfd_read
#pragma redefine_extname eventfd_write __real_eventfd_write
#pragma redefine_extname read __real_read
#pragma redefine_extname write __real_write
#endif
