/* house.c: how Hearth's own family words errors and pages (RFC 9457, limit/offset) */
#include "dialect/dialects.h"
#include "dialect/problem.h"

static const char *detail(const struct refusal *r)
{
	switch (r->err->code) {
	case ERR_UNAUTHENTICATED:
		return r->presented ? "The credential is invalid or has expired - log in again"
				    : "Log in, or send an access token";
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

const struct dialect dialect_house = {
	PROBLEM_DIALECT,
	.name = "house",
	.write_error = write_error,
};
