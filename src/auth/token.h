/* token.h: scoped tokens, tt_ and 32 characters of [A-Za-z0-9_-]; the text is shown once, stored is
 * its hash */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/scope.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

struct token {
	int64_t id, account_id;
	const char *username; /* of the owner */
	const char *kind, *name;
	const char *prefix; /* first 8 characters */
	const char *scopes; /* names with commas between */
	struct stamp created_at;
	struct maybe_stamp expires_at, last_used_at, revoked_at;
};

struct token_request {
	const char *username; /* the owner */
	const char *kind;
	const char *name;     /* 1-100 characters */
	const char *scopes;   /* names with commas between */
	int64_t expires_days; /* 0: never */
};

enum {
	TOKEN_TEXT = 40,	   /* room for the token */
	TOKEN_EXPIRES_DAYS = 3650, /* longest life */
};

/* ERR_INVALID: bad name, kind, scopes or days, with a text that says which; ERR_NOT_FOUND: no such
 * active account. */
enum err_code token_create(struct db *db, const struct token_request *rq, int64_t now,
			   char out[TOKEN_TEXT], struct err *e);
/* All tokens, revoked and expired ones too, by id; row is a struct token. */
enum err_code token_each(struct db *db, db_row_fn *fn, void *ctx, struct err *e);
/* ERR_NOT_FOUND: unknown or revoked already. */
enum err_code token_revoke(struct db *db, int64_t id, int64_t now, struct err *e);

/* The token that is neither revoked nor expired; ERR_NOT_FOUND. */
enum err_code token_find(struct db *db, const char *text, int64_t now, struct arena *a,
			 struct token *out, struct err *e);
/* Sets last_used_at. */
enum err_code token_touch(struct db *db, int64_t id, int64_t now, struct err *e);

#endif
