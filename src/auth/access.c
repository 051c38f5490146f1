/* access.c: see access.h */
#include "auth/access.h"

#include <string.h>

#include "auth/throttle.h"
#include "base/digest.h"
#include "base/text.h"

/* Under which failures are counted; no user name has a blank. */
static const char counted_as[] = "access token";

struct admin {
	int64_t id;
};

static const struct field admin_fields[] = { { FIELD(struct admin, id) }, { .key = NULL } };
static const struct shape admin_shape = { "AdminId", sizeof(struct admin), admin_fields };

QUERY(q_admin) = {
	.sql = "SELECT id FROM account WHERE role = 'admin' AND active = 1 ORDER BY id LIMIT 1",
	.out = &admin_shape,
};

bool access_version(const struct config *cfg, char out[ACCESS_VERSION])
{
	char hash[SHA256_HEX];

	if (!*cfg->auth.access_token)
		return false;
	sha256_hex(cfg->auth.access_token, hash);
	memcpy(out, hash, ACCESS_VERSION - 1);
	out[ACCESS_VERSION - 1] = '\0';
	return true;
}

/* Hashes are compared, so that the time tells nothing of the length either. */
static bool fits(const struct config *cfg, const char *token)
{
	char wanted[SHA256_HEX], given[SHA256_HEX];

	sha256_hex(cfg->auth.access_token, wanted);
	sha256_hex(token, given);
	return secret_equal(wanted, given) && *cfg->auth.access_token;
}

static enum err_code refuse(struct err *e)
{
	return err_set(e, ERR_UNAUTHENTICATED, "Invalid access token");
}

static enum err_code find_admin(const struct auth *auth, struct arena *a, struct account *out,
				struct err *e)
{
	struct admin admin;
	enum err_code code = db_get(auth->db, &q_admin, NULL, &admin, a, e);

	if (!code)
		code = account_find_id(auth->db, admin.id, a, out, e);
	return code == ERR_NOT_FOUND ? refuse(e) : code;
}

enum err_code access_check(const struct auth *auth, const char *token, const char *address,
			   struct arena *a, struct account *out, struct err *e)
{
	int64_t failures = 0;
	enum err_code code = throttle_check(auth, counted_as, address, &failures, e);

	if (code)
		return code;
	if (!fits(auth->cfg, token)) {
		code = throttle_add(auth, counted_as, address, e);
		return code ? code : refuse(e);
	}
	code = find_admin(auth, a, out, e);
	if (!code && failures)
		code = throttle_clear(auth, counted_as, address, e);
	return code;
}
