/* route.h: a route is one row; router, validator, OpenAPI, nginx locations and permission matrix
 * all read it */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

struct req;
struct res;
struct dialect;

enum method { M_NONE, M_GET, M_POST, M_PUT, M_PATCH, M_DELETE, M_HEAD, M_OPTIONS };

/* By what a request waits for. */
enum pool {
	POOL_API,      /* the database only */
	POOL_UPSTREAM, /* another machine, with a deadline */
	POOL_STREAM,   /* events */
	POOLS,
};

enum body_kind { BODY_NONE, BODY_JSON, BODY_FORM, BODY_MULTIPART };

enum reply {
	REPLY_NONE = 0, /* no body: 204 */
	REPLY_OBJECT,	/* one object of .shape */
	REPLY_PAGE,	/* rows of .shape in the family's page, with the members of .extra */
	REPLY_RAW, /* the handler writes it all; .media says what it is, .shape describes it if it
		      is JSON */
	REPLY_STREAM, /* as REPLY_RAW, but sent while it is written, so that memory stays
		        constant */
};

/* Classes of rate limits; what they mean stands in rate.c. RATE_NONE is for health and documents
 * only. */
enum rate {
	RATE_UNSET = 0, /* refused by the lint */
	RATE_NONE,
	RATE_COMMON,  /* 600 a minute and principal */
	RATE_MACHINE, /* 60 a minute and principal */
	RATE_NETWORK, /* AUTH_NETWORK_RATE_PER_MINUTE per key, user, token or address; 600 for
			 sessions */
	RATE_PANEL,   /* 600 a minute and principal, apart from RATE_COMMON */
	RATE_ACTION,  /* 60 a minute and principal: what switches other machines */
	RATES,
};

enum {
	MAX_ERRORS = 8,		    /* that a row names */
	MAX_PATH_PARAMS = 4,	    /* of a path */
	MAX_SEGMENTS = 12,	    /* of a path; the lint refuses a route with more */
	ROUTE_MAX_BODY = 64 * 1024, /* bytes, where neither row nor family says more or less */
};

typedef enum err_code route_fn(struct req *rq, struct res *rs, struct err *e);

struct route {
	enum method method;
	const char *path; /* "/auth/api-keys/{key_id}": a segment in braces is a path parameter */
	const char *id;	  /* operationId */
	const char *summary, *doc, *tag;
	enum pool pool;
	unsigned who;	  /* WHO_ bits; zero: nobody */
	enum scope scope; /* zero: nobody */
	enum rate rate;
	enum tx tx;		  /* opened before the handler, committed after it */
	const struct shape *args; /* path and query parameters */
	enum body_kind body_kind;
	const struct shape *body;
	size_t max_body; /* bytes; 0: the family's */
	enum reply reply;
	const struct shape *shape, *extra;
	const char *media;		  /* REPLY_RAW, REPLY_STREAM */
	int status;			  /* of success; 0: 200, or 204 for REPLY_NONE */
	enum err_code errors[MAX_ERRORS]; /* beyond those every route can give */
	const char *successor;		  /* set: the route is deprecated in favour of this path */
	int64_t deprecated_s;		  /* since when */
	bool effect;			  /* a GET that changes something: no HEAD, no-store */
	bool no_store;			  /* the answer holds a secret */
	bool shared; /* a read whose reply is the same for everybody who may ask: cached */
	bool etag;   /* answer carries an ETag, If-None-Match gives 304 */
	bool while_password_change; /* may be called although the account must change its password
				       first */
	bool unlisted;		    /* not in OpenAPI */
	bool without_db;     /* runs although the database cannot be opened: db is NULL then */
	bool body_optional;  /* an absent body leaves the struct at its defaults */
	bool any_media;	     /* the Content-Type is not looked at */
	bool media_required; /* an absent Content-Type is as bad as a wrong one */
	const struct dialect *dialect; /* words the errors of this path instead of the family's */
	route_fn *fn;
};

/* A family of the API. */
struct family {
	const char *name;  /* "network" */
	const char *mount; /* "/network", or NULL: at the root only */
	const char *title, *version, *doc;
	const struct dialect *dialect;
	const struct route *routes; /* ends with fn NULL */
	const char *const *owns;    /* prefixes whose unknown paths it words; ends with NULL */
	const char *audience;	    /* of its JWTs, or NULL */
	size_t max_body;	    /* bytes; 0: ROUTE_MAX_BODY */
	/* origins that browsers may call from (list in the configuration), or NULL: none */
	const char *(*cors_origins)(const struct config *cfg);
};

const char *method_name(enum method m);
enum method method_find(const char *name);

struct match {
	const struct family *family;
	const struct route *route;
	const struct dialect *dialect;	     /* who words an error of the path */
	const char *mount;		     /* "" or the family's mount */
	const char *path;		     /* behind the mount, as sent */
	const char *values[MAX_PATH_PARAMS]; /* decoded, in the order of the pattern */
	char allow[64];			     /* ERR_METHOD, and OPTIONS: "GET, HEAD, OPTIONS" */
};

/* families ends with NULL; an earlier one wins where two claim a path at the root. common: rows
 * that every family has, searched behind its own, or NULL. ERR_NO_ROUTE and ERR_METHOD still set
 * family, mount and path, so that the error gets the right form. */
enum err_code route_find(const struct family *const *families, const struct route *common,
			 enum method m, const char *path, struct arena *a, struct match *out,
			 struct err *e);

#endif
