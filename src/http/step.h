/* step.h: one request on its way: dispatch.c brings it to its handler, reply.c brings out the answer */
#ifndef HTTP_STEP_H
#define HTTP_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/principal.h"
#include "base/err.h"
#include "base/fault.h"
#include "http/dispatch.h"
#include "http/rate.h"
#include "http/req.h"
#include "http/route.h"
#include "http/server.h"

/* Lives on the stack of dispatch(); what it points to, in the arena of the request. */
struct step {
	struct server *s;
	const struct exchange *x;
	struct req rq;
	struct res rs;
	struct auth auth;
	struct principal who;
	struct credentials credentials;
	struct match match;
	struct faults faults;
	struct err err;
	struct rate_state rate;
	enum method method;
	const char *method_text, *path, *query; /* path: whole, as sent */
	const char *body;
	size_t body_size;
	int status;
	bool presented;	   /* a credential was sent */
	bool no_scope;	   /* refused for lack of the scope */
	bool sent;	   /* the head of a streamed reply is out */
	bool cut;	   /* the rest of it does not follow */
	bool known_path;   /* OPTIONS may be answered */
	const char *slash; /* where a path with a trailing slash really is */
};

/* A variable of the front; NULL also when it is empty. */
static inline const char *step_param(const struct step *st, const char *name)
{
	const char *v = st->x->param(st->x->ctx, name);

	return v && *v ? v : NULL;
}

/* The answers; each but reply_flush() ends the request. reply_refuse() words st->err. */
void reply_success(struct step *st);
void reply_refuse(struct step *st);
void reply_redirect(struct step *st);
void reply_options(struct step *st);
/* A streamed reply sends its head with the first rows; later errors can only end it. */
enum err_code reply_flush(struct res *rs, struct err *e);
/* The rest of what reply_flush() has begun, or with a code an end that shows that it is none. */
void reply_end(struct step *st, enum err_code code);

#endif
