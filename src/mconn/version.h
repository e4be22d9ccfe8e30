/* The version of the headers; mconn_version() is that of the library that was linked. */
#ifndef MCONN_VERSION_H
#define MCONN_VERSION_H
#define MCONN_VERSION "0.1.0"
#ifdef __cplusplus
extern "C" {
#endif
/* "MAJOR.MINOR.PATCH", static storage. */
const char *mconn_version(void);
#ifdef __cplusplus
}
#endif
#endif
