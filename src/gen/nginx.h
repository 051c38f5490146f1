/* nginx.h: the configuration of nginx for one instance, from the route tables */
#ifndef GEN_NGINX_H
#define GEN_NGINX_H

#include "base/buf.h"
#include "base/err.h"
#include "http/route.h"

struct gen_nginx_options {
	const char
		*dir; /* the instance's folder, absolute; nginx runs with it as its prefix (-p) */
	const char *listen; /* an address; IPv6 in brackets */
	int port;
	const char *panel_dir; /* the built web panel */
	const char *user;      /* of the nginx workers when the master is root; NULL: not said */
	const char *tls_certificate, *tls_key; /* files; both or none */
};

/* Appends a whole nginx.conf. It does not say `daemon`: that is for who starts nginx to say (-g).
 * ERR_INVALID: a path that cannot stand in a configuration file. */
enum err_code gen_nginx(const struct family *const *families, const struct gen_nginx_options *o,
			struct buf *out, struct err *e);

/* Appends a line `NAME PROCESSES PROGRAM SOCKET` for each pool that has routes; what follows the
 * third blank is the socket, which may hold blanks itself. */
void gen_pools(const struct family *const *families, const char *dir, struct buf *out);

#endif
