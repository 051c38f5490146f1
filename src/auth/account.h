/* account.h: people who may log in */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

struct account {
	int64_t id;
	const char *uuid, *username;
	const char *role;	   /* admin, member, guest, expert */
	const char *password_hash; /* NULL: cannot log in with a password */
	bool active, force_password_change;
	int64_t token_version; /* JWTs of an older one are dead */
	struct stamp created_at;
};

/* File in DIR with the first password; goes when an admin changes the password that was forced on
 * them. */
#define ACCOUNT_FIRST_LOGIN "first-login.txt"

enum { USERNAME_TEXT = 65 }; /* with NUL */
/* Blanks around cut, ASCII letters in lower case. False when it is no user name: 1-64 of
 * [a-z0-9._@-]. */
bool parse_username(const char *text, char out[USERNAME_TEXT]);

/* Strings of out live in the arena. ERR_NOT_FOUND; a malformed user name is not found either. */
enum err_code account_find(struct db *db, const char *username, struct arena *a,
			   struct account *out, struct err *e);
enum err_code account_find_id(struct db *db, int64_t id, struct arena *a, struct account *out,
			      struct err *e);

/* For the command line. Hashes the password (NULL: none), then writes the account and a row of audit
 * in a transaction of its own. ERR_INVALID: bad user name, role or password; ERR_CONFLICT: the name
 * is taken. */
enum err_code account_add(struct db *db, const char *username, const char *role,
			  const char *password, bool force_change, int64_t now, int64_t *id,
			  struct err *e);

/* For the command line. Hashes, then writes in a transaction of its own: account_password_store()
 * without a session that stays, and a row of audit. ERR_INVALID: unfit password, ERR_NOT_FOUND: no
 * such account. */
enum err_code account_password_set(struct db *db, const char *username, const char *password,
				   bool force_change, int64_t now, struct err *e);
/* Puts a hash in, inside the caller's transaction: raises token_version and ends the account's
 * sessions except the one with this hash (NULL: all). */
enum err_code account_password_store(struct db *db, int64_t id, const char *hash, bool force_change,
				     const char *keep_session, struct err *e);
/* A newer hash of the same password; nothing else changes. Nothing happens when the account has
 * another hash than old by now. */
enum err_code account_rehash(struct db *db, int64_t id, const char *old, const char *hash,
			     struct err *e);

/* All accounts by id; row is a struct account. */
enum err_code account_each(struct db *db, db_row_fn *fn, void *ctx, struct err *e);

#endif
