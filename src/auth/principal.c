/* principal.c: see principal.h */
#include "auth/principal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/access.h"
#include "auth/account.h"
#include "auth/api_key.h"
#include "auth/jwt.h"
#include "auth/session.h"
#include "auth/token.h"
#include "base/log.h"
#include "base/net.h"
#include "base/seal.h"
#include "base/text.h"

enum { LAST_USED_S = 60 }; /* last_used is written at most so often */

enum err_code auth_keys_load(struct auth_keys *keys, const char *dir, struct err *e)
{
	static const char purpose[] = "jwt";
	enum err_code code = seal_key_load(dir, keys->installation, e);

	if (!code)
		hmac_sha256(keys->installation, sizeof(keys->installation), purpose,
			    strlen(purpose), keys->jwt);
	return code;
}

static enum err_code bad(struct err *e)
{
	return err_code_set(e, ERR_UNAUTHENTICATED);
}

/* A credential that is not found is a bad one. */
static enum err_code unless_found(enum err_code code, struct err *e)
{
	return code == ERR_NOT_FOUND ? bad(e) : code;
}

/* The holder of a credential that was found; it gives what the account's role has. */
static enum err_code find_holder(const struct auth *auth, int64_t account_id, struct arena *a,
				 struct account *account, struct principal *out, struct err *e)
{
	enum err_code code = account_find_id(auth->db, account_id, a, account, e);

	if (code)
		return unless_found(code, e);
	if (!account->active)
		return bad(e);
	out->user_id = account->id;
	out->username = account->username;
	out->role = account->role;
	out->scopes = role_scopes(account->role);
	return ERR_NONE;
}

static bool is_used_long_ago(const struct auth *auth, const struct maybe_stamp *last_used)
{
	return !last_used->is || last_used->s <= auth->now - LAST_USED_S;
}

/* What the claim ver must be today: of the access token for JWTs that it was exchanged for, else of
 * the account. */
static bool is_current(const struct auth *auth, const struct jwt_claims *claims,
		       const struct account *account)
{
	char version[24];

	if (strcmp(claims->aud, ACCESS_AUDIENCE) == 0) {
		if (!access_version(auth->cfg, version))
			return false;
	} else {
		snprintf(version, sizeof(version), "%lld", (long long)account->token_version);
	}
	return strcmp(claims->ver, version) == 0;
}

static enum err_code find_jwt(const struct auth *auth, const char *text, const char *audience,
			      struct arena *a, struct principal *out, struct err *e)
{
	struct jwt_claims claims;
	struct account account;
	int64_t id;
	enum err_code code;

	if (!audience)
		return bad(e);
	code = jwt_verify(auth->keys->jwt, text, strlen(text), audience, auth->now, a, &claims, e);
	if (code)
		return code;
	if (!parse_int(claims.sub, &id))
		return bad(e);
	code = find_holder(auth, id, a, &account, out, e);
	if (code)
		return code;
	if (!is_current(auth, &claims, &account))
		return bad(e);
	if (strcmp(audience, ACCESS_AUDIENCE) == 0)
		out->scopes &= ACCESS_SCOPES;
	out->who = WHO_JWT;
	out->force_password_change = account.force_password_change;
	return ERR_NONE;
}

static enum err_code find_token(const struct auth *auth, const char *text, struct arena *a,
				struct principal *out, struct err *e)
{
	struct token token = { 0 };
	struct account account;
	const char *unknown; /* scopes of an older program count for nothing */
	scope_set scopes;
	enum err_code code = token_find(auth->db, text, auth->now, a, &token, e);

	if (code)
		return unless_found(code, e);
	code = find_holder(auth, token.account_id, a, &account, out, e);
	if (code)
		return code;
	parse_scopes(token.scopes, &scopes, &unknown);
	out->who = WHO_TOKEN;
	out->id = token.id;
	out->scopes &= scopes;
	out->touch_due = is_used_long_ago(auth, &token.last_used_at);
	return ERR_NONE;
}

static enum err_code find_key(const struct auth *auth, const char *text, struct arena *a,
			      struct principal *out, struct err *e)
{
	struct api_key key = { 0 };
	struct account account;
	enum err_code code = api_key_find(auth->db, text, a, &key, e);

	if (code)
		return unless_found(code, e);
	code = find_holder(auth, key.account_id, a, &account, out, e);
	if (code)
		return code;
	out->who = WHO_KEY;
	out->id = key.id;
	out->scopes &= SCOPE_BIT(SCOPE_READ_NETWORK);
	out->touch_due = is_used_long_ago(auth, &key.last_used_at);
	return ERR_NONE;
}

static enum err_code find_session(const struct auth *auth, const char *cookie, struct arena *a,
				  struct principal *out, struct err *e)
{
	struct session session = { 0 };
	struct account account;
	enum err_code code = session_find(auth, cookie, a, &session, e);

	if (code)
		return unless_found(code, e);
	code = find_holder(auth, session.account_id, a, &account, out, e);
	if (code)
		return code;
	out->who = WHO_SESSION;
	out->force_password_change = account.force_password_change;
	snprintf(out->session_hash, sizeof(out->session_hash), "%s", session.hash);
	session_csrf(auth->keys, cookie, out->csrf);
	out->session_expires_s = session.expires_at.s;
	out->touch_due = session.renewed_at.s <= auth->now - SESSION_RENEW_S;
	return ERR_NONE;
}

/* The token behind the scheme Bearer, or NULL. */
static const char *bearer(const char *header)
{
	static const char scheme[] = "Bearer ";

	if (strncasecmp(header, scheme, strlen(scheme)) != 0)
		return NULL;
	header += strlen(scheme);
	return header + strspn(header, " ");
}

static bool has_mark(const char *text, const char *mark)
{
	return strncmp(text, mark, strlen(mark)) == 0;
}

static enum err_code find_bearer(const struct auth *auth, const char *header, unsigned accepts,
				 const char *audience, struct arena *a, struct principal *out,
				 struct err *e)
{
	const char *text = bearer(header);

	if (!text)
		return bad(e);
	if (has_mark(text, "tt_"))
		return accepts & WHO_TOKEN ? find_token(auth, text, a, out, e) : bad(e);
	return accepts & WHO_JWT ? find_jwt(auth, text, audience, a, out, e) : bad(e);
}

static enum err_code find_header_key(const struct auth *auth, const char *text, unsigned accepts,
				     struct arena *a, struct principal *out, struct err *e)
{
	if (has_mark(text, "tt_") && (accepts & WHO_TOKEN))
		return find_token(auth, text, a, out, e);
	if (has_mark(text, "ha_") && (accepts & WHO_KEY))
		return find_key(auth, text, a, out, e);
	return bad(e);
}

/* Without credentials: the machine endpoints are open to the house's own networks, for what they
 * record. */
static enum err_code find_trusted(const struct auth *auth, const struct credentials *c,
				  struct principal *out, struct err *e)
{
	struct address address;

	if (c->forwarded || !c->address || !parse_address(c->address, &address) ||
	    !network_list_has(auth->cfg->auth.trusted_networks, &address))
		return bad(e);
	out->who = WHO_TRUSTED;
	out->scopes = SCOPE_BIT(SCOPE_WRITE_RECORDER);
	return ERR_NONE;
}

enum err_code principal_find(const struct auth *auth, const struct credentials *c, unsigned accepts,
			     const char *audience, struct arena *a, struct principal *out,
			     bool *presented, struct err *e)
{
	struct principal p = { .who = WHO_NOBODY };
	enum err_code code;

	*presented = c->authorization || c->api_key || c->session;
	if (accepts & WHO_ANYONE) {
		*out = (struct principal){ .who = WHO_ANYONE };
		return ERR_NONE;
	}
	if (c->authorization)
		code = find_bearer(auth, c->authorization, accepts, audience, a, &p, e);
	else if (c->api_key)
		code = find_header_key(auth, c->api_key, accepts, a, &p, e);
	else if (c->session)
		code = accepts & WHO_SESSION ? find_session(auth, c->session, a, &p, e) : bad(e);
	else
		code = accepts & WHO_TRUSTED ? find_trusted(auth, c, &p, e) : bad(e);
	if (!code)
		*out = p;
	return code;
}

void principal_touch(const struct auth *auth, struct principal *p)
{
	struct err e = { 0 };
	enum err_code code = ERR_NONE;

	if (!p->touch_due)
		return;
	p->touch_due = false;
	db_casual(auth->db, true); /* the answer waits for this */
	switch (p->who) {
	case WHO_SESSION:
		code = session_renew(auth, p->session_hash, &p->session_expires_s, &e);
		p->session_renewed = code == ERR_NONE;
		break;
	case WHO_KEY:
		code = api_key_touch(auth->db, p->id, auth->now, &e);
		break;
	case WHO_TOKEN:
		code = token_touch(auth->db, p->id, auth->now, &e);
		break;
	default:
		break;
	}
	db_casual(auth->db, false);
	if (code && code != ERR_BUSY && code != ERR_NOT_FOUND)
		log_line(LOG_WARNING, "last use of a credential was not written: %s", e.text);
}

bool principal_csrf_ok(const struct principal *p, const struct credentials *c)
{
	return p->who == WHO_SESSION && c->csrf && secret_equal(p->csrf, c->csrf);
}
