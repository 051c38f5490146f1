/* token.c: see token.h */
#include "auth/token.h"

#include <string.h>

#include "auth/account.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"

#define MARK "tt_"

enum {
	RANDOM_BYTES = 24, /* 192 bits, which no one guesses */
	RANDOM = 32,	   /* characters behind the mark */
	PREFIX = 8,	   /* characters that are kept to tell tokens apart */
	MAX_NAME = 100,	   /* code points */
	MAX_KIND = 32,	   /* characters */
};

static const struct field token_fields[] = {
	{ FIELD(struct token, id) },	     { FIELD(struct token, account_id) },
	{ FIELD(struct token, username) },   { FIELD(struct token, kind) },
	{ FIELD(struct token, name) },	     { FIELD(struct token, prefix) },
	{ FIELD(struct token, scopes) },     { FIELD(struct token, created_at) },
	{ FIELD(struct token, expires_at) }, { FIELD(struct token, last_used_at) },
	{ FIELD(struct token, revoked_at) }, { .key = NULL },
};
static const struct shape token_shape = { "ScopedToken", sizeof(struct token), token_fields };

struct binds {
	int64_t id, account_id, now;
	const char *kind, *name, *hash, *prefix, *scopes;
	struct maybe_stamp expires_at;
};

static const struct field bind_fields[] = {
	{ FIELD(struct binds, id) },	     { FIELD(struct binds, account_id) },
	{ FIELD(struct binds, now) },	     { FIELD(struct binds, kind) },
	{ FIELD(struct binds, name) },	     { FIELD(struct binds, hash) },
	{ FIELD(struct binds, prefix) },     { FIELD(struct binds, scopes) },
	{ FIELD(struct binds, expires_at) }, { .key = NULL },
};
static const struct shape bind_shape = { "ScopedTokenBinds", sizeof(struct binds), bind_fields };

#define SELECT \
	"SELECT t.id AS id, t.account_id AS account_id, a.username AS username, t.kind AS kind, t.name AS name," \
	" t.prefix AS prefix, t.scopes AS scopes, t.created_at AS created_at, t.expires_at AS expires_at," \
	" t.last_used_at AS last_used_at, t.revoked_at AS revoked_at" \
	" FROM token AS t JOIN account AS a ON a.id = t.account_id"

QUERY(q_add) = {
	.sql = "INSERT INTO token (account_id, kind, name, hash, prefix, scopes, created_at, expires_at)"
	       " VALUES (:account_id, :kind, :name, :hash, :prefix, :scopes, :now, :expires_at)",
	.in = &bind_shape,
};

QUERY(q_all) = { .sql = SELECT " ORDER BY t.id", .out = &token_shape, .scans = true };

QUERY(q_revoke) = {
	.sql = "UPDATE token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
	.in = &bind_shape,
};

QUERY(q_find) = {
	.sql = SELECT " WHERE t.hash = :hash AND t.revoked_at IS NULL"
		      " AND (t.expires_at IS NULL OR t.expires_at > :now)",
	.in = &bind_shape,
	.out = &token_shape,
};

QUERY(q_touch) = { .sql = "UPDATE token SET last_used_at = :now WHERE id = :id",
		   .in = &bind_shape };

/* Everything that is wrong with a request but its owner; the set of scopes is the result. */
static enum err_code check(const struct token_request *rq, scope_set *scopes, struct err *e)
{
	const char *bad;

	if (!rq->name || !*rq->name || utf8_length(rq->name) > MAX_NAME ||
	    !is_utf8(rq->name, strlen(rq->name)) || has_control(rq->name))
		return err_set(e, ERR_INVALID, "The name must have 1 to %d characters", MAX_NAME);
	if (!rq->kind || !*rq->kind || strlen(rq->kind) > MAX_KIND || has_control(rq->kind))
		return err_set(e, ERR_INVALID, "The kind must have 1 to %d characters", MAX_KIND);
	if (rq->expires_days < 0 || rq->expires_days > TOKEN_EXPIRES_DAYS)
		return err_set(e, ERR_INVALID,
			       "The token may live for 1 to %d days, or 0: without end",
			       TOKEN_EXPIRES_DAYS);
	if (!parse_scopes(rq->scopes ? rq->scopes : "", scopes, &bad))
		return err_set(e, ERR_INVALID, "Unknown scope: %.*s", (int)strcspn(bad, ", \t\r\n"),
			       bad);
	if (!*scopes)
		return err_set(e, ERR_INVALID, "At least one scope is required");
	return ERR_NONE;
}

enum err_code token_create(struct db *db, const struct token_request *rq, int64_t now,
			   char out[TOKEN_TEXT], struct err *e)
{
	char text[TOKEN_TEXT] = MARK, prefix[PREFIX + 1] = "", hash[SHA256_HEX], scopes[SCOPE_LIST];
	unsigned char bytes[RANDOM_BYTES];
	struct arena *a = arena_new();
	struct account account;
	scope_set set;
	struct binds in = {
		.kind = rq->kind, .name = rq->name, .hash = hash, .prefix = prefix, .scopes = scopes
	};
	enum err_code code = check(rq, &set, e);

	if (!code) {
		code = account_find(db, rq->username, a, &account, e);
		if (code == ERR_NOT_FOUND || (!code && !account.active))
			code = err_set(e, ERR_NOT_FOUND, "There is no active user with this name");
	}
	if (!code) {
		random_fill(bytes, sizeof(bytes));
		write_base64url(bytes, sizeof(bytes), text + strlen(MARK));
		memcpy(prefix, text, PREFIX);
		sha256_hex(text, hash);
		write_scopes(set, scopes);
		in.account_id = account.id;
		in.now = now;
		in.expires_at = (struct maybe_stamp){ now + DAY_S * rq->expires_days,
						      rq->expires_days > 0 };
		code = db_run(db, &q_add, &in, e);
	}
	if (!code)
		memcpy(out, text, sizeof(text));
	arena_free(a);
	return code;
}

enum err_code token_each(struct db *db, db_row_fn *fn, void *ctx, struct err *e)
{
	return db_each(db, &q_all, NULL, fn, ctx, e);
}

enum err_code token_revoke(struct db *db, int64_t id, int64_t now, struct err *e)
{
	enum err_code code = db_run(db, &q_revoke, &(struct binds){ .id = id, .now = now }, e);

	if (!code && db_changes(db) == 0)
		code = err_set(e, ERR_NOT_FOUND, "There is no token %lld that could be revoked",
			       (long long)id);
	return code;
}

enum err_code token_find(struct db *db, const char *text, int64_t now, struct arena *a,
			 struct token *out, struct err *e)
{
	char hash[SHA256_HEX];

	if (strlen(text) != strlen(MARK) + RANDOM || strncmp(text, MARK, strlen(MARK)) != 0)
		return err_code_set(e, ERR_NOT_FOUND);
	sha256_hex(text, hash);
	return db_get(db, &q_find, &(struct binds){ .hash = hash, .now = now }, out, a, e);
}

enum err_code token_touch(struct db *db, int64_t id, int64_t now, struct err *e)
{
	return db_run(db, &q_touch, &(struct binds){ .id = id, .now = now }, e);
}
