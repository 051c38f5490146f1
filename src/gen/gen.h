/* gen.h: what the tables of routes and settings can print. Lists of families end with NULL. */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/route.h"

/* docs.c: the routes that every family has, GET /openapi.json and GET /docs; ends with fn NULL. Under
 * a mount they tell of that family, at the root of all. */
extern const struct route gen_docs_routes[];

/* keys.c: appends hearth.conf with every key as a comment: label, rule and default. */
void gen_keys_template(struct buf *out);
/* The same as hearth.conf(5). */
void gen_keys_man(struct buf *out);

/* lint.c: prints a line for each fault of the tables that no compiler finds; returns their number. */
int gen_lint(const struct family *const *families, FILE *out);

/* matrix.c: who may do what, every route one a line. Columns: family, method, path, pool,
 * credentials, scope, rate class, transaction; json: an array of objects with the operationId
 * besides. Returns how many routes there are. */
int gen_matrix(const struct family *const *families, FILE *out, bool json);

/* nginx.c */
struct gen_nginx_options {
	const char *dir;    /* the instance's, absolute; nginx runs with it as its prefix (-p) */
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

/* openapi.c: appends the OpenAPI 3.1 document as indented JSON, always in the same order. name: a
 * family's, or "all": what stands at the root, where an earlier family wins and what two families
 * call by one name is told apart by the later one's name. server_url: where the paths begin; NULL:
 * the family's mount, "/" for all. ERR_NOT_FOUND: no such family. */
enum err_code gen_openapi(const struct family *const *families, const char *name,
			  const char *server_url, struct buf *out, struct err *e);

#endif
