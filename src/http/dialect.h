/* dialect.h: how a family words errors, pages and times; the instances live in src/dialect */
#ifndef HTTP_DIALECT_H
#define HTTP_DIALECT_H

#include "base/err.h"
#include "base/fault.h"
#include "http/route.h"
#include "json/jsonw.h"

struct req;
struct res;

/* What there is to say about a refusal. */
struct refusal {
	const struct err *err;
	const struct faults *faults; /* ERR_INVALID: what is wrong with which field; may be NULL */
	const struct route *route;   /* NULL when no route matched */
	const char *instance;	     /* path as sent, mount included, without query */
	const char *method;	     /* as sent */
	bool presented;		     /* ERR_UNAUTHENTICATED: a credential was sent and is bad */
	int64_t rate_limit;	     /* ERR_RATE: requests allowed per minute */
	const char *scope;	     /* ERR_FORBIDDEN for lack of a scope: its name; else NULL */
};

struct page {
	int64_t limit, offset, total;
	const struct shape *extra_shape; /* further members, or NULL */
	const void *extra;
};

struct dialect {
	const char *name;
	const char *error_media; /* Content-Type of errors */
	jsonw_stamp_fn *stamp;
	bool empty_is_absent;	/* an empty query value counts as absent; else it is an invalid
			        value */
	bool media_type_status; /* a wrong Content-Type is ERR_MEDIA_TYPE; else the body is no
				   object */
	/* HTTP status of an error, where the family differs from err.def */
	int (*status_of)(const struct refusal *r);
	/* the body of an error */
	void (*write_error)(struct jsonw *w, const struct refusal *r);
	/* what stands before and behind the rows of a page */
	void (*page_open)(struct jsonw *w);
	void (*page_close)(struct jsonw *w, const struct page *p);
	/* OpenAPI: schemas of errors as the members of an object ("Problem": {...}), and the
	 * reference for a status */
	void (*write_error_schemas)(struct jsonw *w);
	const char *(*error_schema)(int status);
	/* OpenAPI: the members that surround the rows of a page; items is the reference of the
	 * row's schema */
	void (*write_page_schema)(struct jsonw *w, const char *row_schema,
				  const struct shape *extra);
};

#endif
