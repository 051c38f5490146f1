/* req.h: a request as a handler sees it, and the reply it fills */
#ifndef HTTP_REQ_H
#define HTTP_REQ_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/fault.h"
#include "db/db.h"
#include "http/dialect.h"
#include "http/multipart.h"
#include "http/route.h"

/* Everything lives until the end of the request. */
struct req {
	struct arena *arena;
	struct db *db;
	const struct config *cfg;
	const struct auth *auth;
	const struct principal *who;
	const struct family *family;
	const struct route *route;
	const char *mount;	/* "" or "/network": prefix for links to this family */
	const void *args;	/* struct of route->args */
	const void *body;	/* struct of route->body */
	const char *dir;	/* the instance's folder */
	const char *address;	/* of the client */
	const char *origin;	/* scheme and host the client used, "http://hearth.lan:8080" */
	const char *user_agent; /* or "" */
	int64_t now;		/* seconds since 1970, one value for the whole request */
	struct faults *faults;	/* a handler adds bad values here and returns ERR_INVALID */
	bool secure;		/* the client speaks TLS */
	const char *session;	/* the cookie's value, or NULL; for login and logout only */
	const char *const *path_values; /* of the path's {parameters}, decoded */
	const struct part *parts;	/* BODY_MULTIPART, ends with name NULL */
};

enum { MAX_HEADERS = 16 }; /* that a handler adds; one too many is logged and dropped */

struct res {
	struct jsonw json; /* writes into body */
	struct buf *body;
	const char *media; /* NULL: application/json, or the row's */
	const struct dialect *dialect;
	bool own_error; /* the handler returns an error and has written its body itself */
	struct {
		const char *name, *value;
	} headers[MAX_HEADERS];
	int n_headers;
	/* REPLY_STREAM: sends what is in body and empties it */
	enum err_code (*flush)(struct res *rs, struct err *e);
	void *front;
};

/* Rows of `rows` in the family's page; `count` gives one column `n`. in: bound by both, its int64_t
 * members limit and offset are echoed. extra as the route's row says, or NULL. */
enum err_code res_page(struct req *rq, struct res *rs, struct query *rows, struct query *count,
		       const void *in, const void *extra, struct err *e);
/* One object of the route's shape. */
void res_object(struct req *rq, struct res *rs, const void *row);
/* The arena's or static storage; values with control characters are dropped, names are ours. */
void res_header(struct res *rs, const char *name, const char *value);

/* result of a count query */
struct count {
	int64_t n;
};
extern const struct shape count_shape;

/* Paging arguments that most lists share: embed as the first members, use PAGE_FIELDS(struct x,
 * limit default). */
#define PAGE_FIELDS(type, max_limit, default_limit) \
	{ FIELD(type, limit), .bounded = true,	      .min = 1, \
	  .max = (max_limit), .def = (default_limit), .doc = "Items per page" }, \
	{ \
		FIELD(type, offset), .bounded = true, .min = 0, .max = INT32_MAX, .def = "0", \
				     .doc = "Items to skip" \
	}

#endif
