/* login.c: the access token for a JWT */
#include "auth/access.h"
#include "auth/audit.h"
#include "auth/jwt.h"
#include "base/clock.h"
#include "base/err.h"
#include "http/req.h"
#include "panel/routes.h"

enum { TOKEN_MAX = 256 }; /* characters, as AUTH_ACCESS_TOKEN may have */

struct login {
	const char *token;
};

static const struct field body_fields[] = {
	{ FIELD(struct login, token), .required = true, .min = 1, .max = TOKEN_MAX,
	  .doc = "AUTH_ACCESS_TOKEN of the configuration" },
	{ .key = NULL },
};
const struct shape panel_login_body = { "LoginRequest", sizeof(struct login), body_fields };

struct token {
	const char *access_token, *token_type;
	int64_t expires_in;
};

static const struct field token_fields[] = {
	{ FIELD(struct token, access_token), .doc = "JWT, HS256" },
	{ FIELD(struct token, token_type), .example = "bearer" },
	{ FIELD(struct token, expires_in), .doc = "Seconds", .example = "604800" },
	{ .key = NULL },
};
const struct shape panel_login_shape = { "TokenResponse", sizeof(struct token), token_fields };

static const char *sign(struct req *rq, const struct account *admin, int64_t life_s)
{
	char version[ACCESS_VERSION] = "", scopes[SCOPE_LIST];
	struct jwt_claims claims = {
		.sub = arena_printf(rq->arena, "%lld", (long long)admin->id),
		.aud = ACCESS_AUDIENCE,
		.type = "access",
		.iat = rq->now,
		.exp = rq->now + life_s,
		.ver = version,
		.scope = scopes,
	};

	access_version(rq->cfg, version);
	write_scopes(ACCESS_SCOPES, scopes);
	for (char *p = scopes; *p; p++)
		if (*p == ',') /* as OAuth 2.0 writes lists of scopes */
			*p = ' ';
	return jwt_sign(rq->auth->keys->jwt, &claims, rq->arena);
}

static enum err_code write_audit(struct req *rq, const struct account *admin, struct err *e)
{
	struct principal who = { .who = WHO_JWT,
				 .user_id = admin->id,
				 .username = admin->username };
	enum err_code code = db_begin(rq->db, TX_WRITE, e);

	if (!code)
		code = audit_add(rq->db, rq->now, &who, "panel.login", rq->address, NULL, e);
	if (!code)
		code = db_commit(rq->db, e);
	db_rollback(rq->db);
	return code;
}

enum err_code panel_login(struct req *rq, struct res *rs, struct err *e)
{
	const struct login *in = rq->body;
	struct account admin = { 0 };
	int64_t life_s = rq->cfg->auth.panel_jwt_days * DAY_S;
	enum err_code code = access_check(rq->auth, in->token, rq->address, rq->arena, &admin, e);

	if (!code)
		code = write_audit(rq, &admin, e);
	if (code)
		return code;
	res_object(rq, rs, &(struct token){ sign(rq, &admin, life_s), "bearer", life_s });
	return ERR_NONE;
}
