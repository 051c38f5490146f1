/* session.c: see session.h */
#include "auth/session.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum {
	TOKEN_BYTES = 32,     /* as SESSION_TOKEN has room for */
	MAX_USER_AGENT = 256, /* bytes kept of it */
};

static const struct field session_fields[] = {
	{ FIELD(struct session, hash) },       { FIELD(struct session, account_id) },
	{ FIELD(struct session, created_at) }, { FIELD(struct session, renewed_at) },
	{ FIELD(struct session, expires_at) }, { .key = NULL },
};
static const struct shape session_shape = { "Session", sizeof(struct session), session_fields };

/* What the statements are bound to. */
struct binds {
	const char *hash, *address, *user_agent;
	const char *keep; /* hash of the session that stays, or "" */
	int64_t account_id;
	int64_t rows; /* so many may stay, or go */
	int64_t now, expires_at, idle_s, max_s, renew_s;
};

static const struct field bind_fields[] = {
	{ FIELD(struct binds, hash) },	     { FIELD(struct binds, address) },
	{ FIELD(struct binds, user_agent) }, { FIELD(struct binds, keep) },
	{ FIELD(struct binds, account_id) }, { FIELD(struct binds, rows) },
	{ FIELD(struct binds, now) },	     { FIELD(struct binds, expires_at) },
	{ FIELD(struct binds, idle_s) },     { FIELD(struct binds, max_s) },
	{ FIELD(struct binds, renew_s) },    { .key = NULL },
};
static const struct shape bind_shape = { "SessionBinds", sizeof(struct binds), bind_fields };

QUERY(q_add) = {
	.sql = "INSERT INTO session (hash, account_id, created_at, renewed_at, expires_at, address, user_agent)"
	       " VALUES (:hash, :account_id, :now, :now, :expires_at, :address, :user_agent)",
	.in = &bind_shape,
};

QUERY(q_crowd) = {
	.sql = "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE account_id = :account_id"
	       " ORDER BY expires_at DESC LIMIT -1 OFFSET :rows)",
	.in = &bind_shape,
};

QUERY(q_find) = {
	.sql = "SELECT hash, account_id, created_at, renewed_at, expires_at FROM session"
	       " WHERE hash = :hash AND expires_at > :now",
	.in = &bind_shape,
	.out = &session_shape,
};

/* Two requests may race here: the second finds nothing to do. */
QUERY(q_renew) = {
	.sql = "UPDATE session SET renewed_at = :now,"
	       " expires_at = max(expires_at, min(:now + :idle_s, created_at + :max_s))"
	       " WHERE hash = :hash AND expires_at > :now AND renewed_at <= :now - :renew_s RETURNING expires_at",
	.in = &bind_shape,
	.out = &session_shape,
};

QUERY(q_revoke) = { .sql = "DELETE FROM session WHERE hash = :hash", .in = &bind_shape };

QUERY(q_revoke_others) = {
	.sql = "DELETE FROM session WHERE account_id = :account_id AND hash <> :keep",
	.in = &bind_shape,
};

QUERY(q_sweep) = {
	.sql = "DELETE FROM session WHERE hash IN"
	       " (SELECT hash FROM session WHERE expires_at <= :now ORDER BY expires_at LIMIT :rows)",
	.in = &bind_shape,
};

enum err_code session_create(const struct auth *auth, int64_t account_id, const char *address,
			     const char *user_agent, char token[SESSION_TOKEN], int64_t *expires_s,
			     struct err *e)
{
	unsigned char bytes[TOKEN_BYTES];
	char hash[SHA256_HEX];
	struct arena *a = arena_new();
	struct binds in = {
		.hash = hash,
		.address = address,
		.user_agent = text_clean(a, user_agent, strlen(user_agent), MAX_USER_AGENT),
		.account_id = account_id,
		.rows = SESSIONS_PER_ACCOUNT - 1,
		.now = auth->now,
	};
	int64_t idle = auth->cfg->auth.session_idle_days, max = auth->cfg->auth.session_max_days;
	enum err_code code;

	random_fill(bytes, sizeof(bytes));
	write_base64url(bytes, sizeof(bytes), token);
	sha256_hex(token, hash);
	in.expires_at = auth->now + DAY_S * (idle < max ? idle : max);
	code = db_run(auth->db, &q_crowd, &in, e);
	if (!code)
		code = db_run(auth->db, &q_add, &in, e);
	if (!code)
		*expires_s = in.expires_at;
	arena_free(a);
	return code;
}

enum err_code session_find(const struct auth *auth, const char *token, struct arena *a,
			   struct session *out, struct err *e)
{
	char hash[SHA256_HEX];

	if (strlen(token) != SESSION_TOKEN - 1)
		return err_code_set(e, ERR_NOT_FOUND);
	sha256_hex(token, hash);
	return db_get(auth->db, &q_find, &(struct binds){ .hash = hash, .now = auth->now }, out, a,
		      e);
}

enum err_code session_renew(const struct auth *auth, const char *hash, int64_t *expires_s,
			    struct err *e)
{
	struct binds in = {
		.hash = hash,
		.now = auth->now,
		.idle_s = DAY_S * auth->cfg->auth.session_idle_days,
		.max_s = DAY_S * auth->cfg->auth.session_max_days,
		.renew_s = SESSION_RENEW_S,
	};
	struct session row = { 0 };
	enum err_code code = db_get(auth->db, &q_renew, &in, &row, NULL, e);

	if (!code)
		*expires_s = row.expires_at.s;
	return code;
}

enum err_code session_revoke(struct db *db, const char *hash, struct err *e)
{
	return db_run(db, &q_revoke, &(struct binds){ .hash = hash }, e);
}

enum err_code session_revoke_others(struct db *db, int64_t account_id, const char *keep,
				    struct err *e)
{
	struct binds in = { .account_id = account_id, .keep = keep ? keep : "" };

	return db_run(db, &q_revoke_others, &in, e);
}

enum err_code session_sweep(const struct auth *auth, bool *more, struct err *e)
{
	enum err_code code = db_run(auth->db, &q_sweep,
				    &(struct binds){ .now = auth->now, .rows = DB_SWEEP_ROWS }, e);

	if (!code)
		*more = db_changes(auth->db) == DB_SWEEP_ROWS;
	return code;
}

void session_csrf(const struct auth_keys *keys, const char *token, char out[SHA256_B64])
{
	unsigned char mac[SHA256_BYTES];

	hmac_sha256(keys->installation, sizeof(keys->installation), token, strlen(token), mac);
	write_base64url(mac, sizeof(mac), out);
}

const char *session_cookie(struct arena *a, const struct config *cfg, const char *token,
			   int64_t max_age_s)
{
	bool secure = cfg->app.public_url && strncmp(cfg->app.public_url, "https://", 8) == 0;

	return arena_printf(a, SESSION_COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
			    token, (long long)max_age_s, secure ? "; Secure" : "");
}
