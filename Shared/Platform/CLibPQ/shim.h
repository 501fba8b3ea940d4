/* What Postgres needs of C: libpq, and the two Linux calls that the Glibc module leaves out. */
#include <libpq-fe.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
