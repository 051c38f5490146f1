/* api_key.h: keys of the network family, ha_ and 32 characters of [a-z0-9]; shown once, stored is
 * the hash */
#ifndef AUTH_API_KEY_H
#define AUTH_API_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

enum {
	API_KEY_TEXT = 36,    /* room for a key */
	API_KEYS_ACTIVE = 50, /* of an account */
	API_KEYS_OF_ALL = -1, /* as account_id: whoever owns them */
};

struct api_key {
	int64_t id, account_id;
	const char *name;
	const char *prefix; /* first 8 characters; not set by api_key_create() */
	struct stamp created_at;
	struct maybe_stamp last_used_at;
	bool is_active;
	char key[API_KEY_TEXT]; /* filled by api_key_create() only */
};
/* Its members but account_id and key, as the API shows them. */
extern const struct shape api_key_shape;

/* name: trimmed and tested by the caller, kept by reference in out.
 * ERR_CONFLICT: there are API_KEYS_ACTIVE. One statement: needs no transaction. */
enum err_code api_key_create(struct db *db, int64_t account_id, const char *name, int64_t now,
			     struct api_key *out, struct err *e);
/* Active keys of the account, or API_KEYS_OF_ALL, by id; row is a struct api_key. */
enum err_code api_key_each(struct db *db, int64_t account_id, db_row_fn *fn, void *ctx,
			   struct err *e);
/* ERR_NOT_FOUND: unknown, of another account (unless API_KEYS_OF_ALL), or revoked already. */
enum err_code api_key_revoke(struct db *db, int64_t account_id, int64_t id, int64_t now,
			     struct err *e);

/* The active key with this text; ERR_NOT_FOUND. */
enum err_code api_key_find(struct db *db, const char *text, struct arena *a, struct api_key *out,
			   struct err *e);
/* Sets last_used_at. */
enum err_code api_key_touch(struct db *db, int64_t id, int64_t now, struct err *e);

#endif
