/* login.c: see login.h */
#include "auth/login.h"

#include <string.h>

#include "auth/slots.h"
#include "auth/throttle.h"
#include "base/log.h"

static enum err_code refuse(struct err *e)
{
	return err_set(e, ERR_UNAUTHENTICATED, "Invalid username or password");
}

/* Hashes in any case, so that the answer's time tells nothing about the account. */
static enum err_code password_test(const struct auth *auth, const char *username,
				   const char *password, struct arena *a, struct account *out,
				   struct err *e)
{
	enum err_code code = account_find(auth->db, username, a, out, e), busy;
	int slot;

	if (code && code != ERR_NOT_FOUND)
		return code;
	busy = slot_take(auth->slots, &slot, e);
	if (busy)
		return busy;
	if (code || !out->active || !out->password_hash || strlen(password) > PASSWORD_MAX_BYTES)
		code = password_verify_dummy(password, e);
	else
		code = password_verify(password, out->password_hash, e);
	slot_release(auth->slots, slot);
	return code;
}

enum err_code login_hash(const struct auth *auth, const char *password, char out[PASSWORD_HASH],
			 struct err *e)
{
	int slot;
	enum err_code code = slot_take(auth->slots, &slot, e);

	if (code)
		return code;
	code = password_hash(password, out, e);
	slot_release(auth->slots, slot);
	return code;
}

static enum err_code count_failure(const struct auth *auth, const char *username,
				   const char *address, struct err *e)
{
	enum err_code code = throttle_add(auth, username, address, e);

	return code ? code : refuse(e);
}

/* What a success leaves in the database; most leave nothing. */
static enum err_code write_success(const struct auth *auth, const struct account *account,
				   const char *hash, const char *username, const char *address,
				   struct err *e)
{
	enum err_code code = db_begin(auth->db, TX_WRITE, e);

	if (code)
		return code;
	code = throttle_clear(auth, username, address, e);
	if (!code && hash)
		code = account_rehash(auth->db, account->id, account->password_hash, hash, e);
	if (!code)
		code = db_commit(auth->db, e);
	if (code)
		db_rollback(auth->db);
	return code;
}

enum err_code login_check(const struct auth *auth, const char *username, const char *password,
			  const char *address, struct arena *a, struct account *out, struct err *e)
{
	char name[USERNAME_TEXT], hash[PASSWORD_HASH];
	struct account account = { 0 };
	int64_t failures = 0;
	bool rehash;
	enum err_code code;

	if (db_in_transaction(auth->db)) {
		log_line(LOG_ERROR, "a login is to be tested inside a transaction");
		return err_code_set(e, ERR_INTERNAL);
	}
	if (!parse_username(username, name))
		name[0] = '\0';
	code = throttle_check(auth, name, address, &failures, e);
	if (code)
		return code;
	code = password_test(auth, name, password, a, &account, e);
	if (code == ERR_UNAUTHENTICATED)
		return count_failure(auth, name, address, e);
	/* a renewal that cannot be now can be at the next login */
	rehash = !code && password_needs_rehash(account.password_hash) &&
		 !login_hash(auth, password, hash, e);
	if (!code && (rehash || failures))
		code = write_success(auth, &account, rehash ? hash : NULL, name, address, e);
	if (!code)
		*out = account;
	return code;
}
