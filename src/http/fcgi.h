/* fcgi.h: FastCGI on file descriptor 0, and plain CGI; both bring requests to dispatch() */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include "http/server.h"

/* Serves the listening socket on descriptor 0 until SIGTERM; one request at a time. Connections of
 * nginx are kept open in an epoll set, so that an idle one holds nobody. Returns the exit
 * status. */
int fcgi_serve(struct server *s);

/* One request from the environment and standard input to standard output. Returns the exit
 * status. */
int cgi_serve(struct server *s);

#endif
