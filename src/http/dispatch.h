/* dispatch.h: from a request to its answer */
#ifndef HTTP_DISPATCH_H
#define HTTP_DISPATCH_H

#include <stdbool.h>

#include "http/server.h"

/* One request as the front brings it: CGI variables in, bytes out. */
struct exchange {
	const char *(*param)(void *ctx, const char *name); /* NULL when not set */
	/* Bytes of the body, at most n; 0 at its end, < 0 on an error. */
	long (*read)(void *ctx, char *out, long n);
	bool (*write)(void *ctx, const char *data, long n); /* false: the client is gone */
	void *ctx;
};

/* Answers one request; never exits. False when a streamed reply broke off: the front must not end it
 * as if it were whole. */
bool dispatch(struct server *s, const struct exchange *x);

#endif
