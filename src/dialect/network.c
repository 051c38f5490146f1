/* network.c: how the network family words errors and pages (RFC 9457, limit/offset) */
#include <string.h>

#include "dialect/dialects.h"
#include "dialect/problem.h"

static const char *unauthenticated(const struct refusal *r)
{
	if (r->err->text[0] && strcmp(r->err->text, err_text(ERR_UNAUTHENTICATED)) != 0)
		return r->err->text; /* the login has its own words */
	/* key management takes no keys, so its text does not offer them */
	if (r->route && !(r->route->who & WHO_KEY))
		return "Missing or invalid JWT token";
	return "Missing or invalid authentication (API Key or Bearer token required)";
}

static const char *detail(const struct refusal *r)
{
	switch (r->err->code) {
	case ERR_UNAUTHENTICATED:
		return unauthenticated(r);
	case ERR_NO_ROUTE:
		return "Resource not found";
	default:
		return r->err->text;
	}
}

static const struct problem_words words = { detail, problem_fault };

static void write_error(struct jsonw *w, const struct refusal *r)
{
	problem_write(w, r, &words);
}

const struct dialect dialect_network = {
	PROBLEM_DIALECT,
	.name = "network",
	.write_error = write_error,
};
