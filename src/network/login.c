/* login.c: user name and password by form, a JWT back */
#include "auth/login.h"

#include <string.h>

#include "auth/jwt.h"
#include "base/clock.h"
#include "base/err.h"
#include "http/req.h"
#include "network/routes.h"

struct login {
	const char *username, *password, *grant_type;
};

/* scope, client_id and client_secret of OAuth2 forms are not looked at. */
static const struct field body_fields[] = {
	{ FIELD(struct login, username), .required = true, .min = 1, .example = "admin" },
	{ FIELD(struct login, password), .required = true, .min = 1 },
	{ FIELD(struct login, grant_type), .doc = "Absent, empty or password" },
	{ .key = NULL },
};
const struct shape login_body = { "Login", sizeof(struct login), body_fields };

struct token {
	const char *access_token, *token_type;
	int64_t expires_in;
};

static const struct field token_fields[] = {
	{ FIELD(struct token, access_token), .doc = "JWT, HS256" },
	{ FIELD(struct token, token_type), .example = "bearer" },
	{ FIELD(struct token, expires_in), .doc = "Seconds", .example = "1800" },
	{ .key = NULL },
};
const struct shape login_shape = { "AccessToken", sizeof(struct token), token_fields };

enum err_code login_form(struct req *rq, struct res *rs, struct err *e)
{
	const struct login *in = rq->body;
	int64_t life_s = rq->cfg->auth.network_jwt_minutes * MINUTE_S;
	struct account account;
	struct jwt_claims claims;
	struct token out;
	enum err_code code;

	if (in->grant_type && in->grant_type[0] && strcmp(in->grant_type, "password") != 0) {
		fault_rule(rq->faults, IN_FORM, "grant_type", "grant_type must be password");
		return err_code_set(e, ERR_INVALID);
	}
	code = login_check(rq->auth, in->username, in->password, rq->address, rq->arena, &account,
			   e);
	if (code == ERR_UNAUTHENTICATED)
		return err_set(e, code, "Incorrect username or password");
	if (code)
		return code;
	if (account.force_password_change)
		return err_code_set(e, ERR_PASSWORD_CHANGE);
	claims = (struct jwt_claims){
		.sub = arena_printf(rq->arena, "%lld", (long long)account.id),
		.aud = rq->family->audience,
		.type = "access",
		.iat = rq->now,
		.exp = rq->now + life_s,
		.ver = arena_printf(rq->arena, "%lld", (long long)account.token_version),
	};
	out = (struct token){
		.access_token = jwt_sign(rq->auth->keys->jwt, &claims, rq->arena),
		.token_type = "bearer",
		.expires_in = life_s,
	};
	res_object(rq, rs, &out);
	return ERR_NONE;
}
