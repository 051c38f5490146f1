/* api_key.c: see api_key.h */
#include "auth/api_key.h"

#include <string.h>

#include "base/digest.h"

#define MARK "ha_"

enum {
	RANDOM = 32, /* characters behind the mark */
	PREFIX = 8,  /* characters that are kept to tell keys apart */
};

static const struct field api_key_fields[] = {
	{ FIELD(struct api_key, id) },
	{ FIELD(struct api_key, name), .max = 100 },
	{ FIELD(struct api_key, created_at) },
	{ FIELD(struct api_key, last_used_at), .doc = "to the minute; null: never" },
	{ FIELD(struct api_key, is_active) },
	{ FIELD(struct api_key, prefix), .doc = "first 8 characters of the key" },
	{ FIELD(struct api_key, account_id), .hidden = true },
	{ .key = NULL },
};
const struct shape api_key_shape = { "APIKey", sizeof(struct api_key), api_key_fields };

struct binds {
	int64_t id, account_id, now, max;
	const char *name, *hash, *prefix;
};

static const struct field bind_fields[] = {
	{ FIELD(struct binds, id) },	 { FIELD(struct binds, account_id) },
	{ FIELD(struct binds, now) },	 { FIELD(struct binds, max) },
	{ FIELD(struct binds, name) },	 { FIELD(struct binds, hash) },
	{ FIELD(struct binds, prefix) }, { .key = NULL },
};
static const struct shape bind_shape = { "APIKeyBinds", sizeof(struct binds), bind_fields };

#define COLUMNS \
	"id, account_id, name, prefix, created_at, last_used_at, revoked_at IS NULL AS is_active"

QUERY(q_add) = {
	.sql = "INSERT INTO api_key (account_id, name, hash, prefix, created_at)"
	       " SELECT :account_id, :name, :hash, :prefix, :now WHERE"
	       " (SELECT count(*) FROM api_key WHERE account_id = :account_id AND revoked_at IS NULL) < :max",
	.in = &bind_shape,
};

QUERY(q_list) = {
	.sql = "SELECT " COLUMNS
	       " FROM api_key WHERE account_id = :account_id AND revoked_at IS NULL ORDER BY id",
	.in = &bind_shape,
	.out = &api_key_shape,
};

QUERY(q_list_all) = {
	.sql = "SELECT " COLUMNS " FROM api_key WHERE revoked_at IS NULL ORDER BY id",
	.in = &bind_shape,
	.out = &api_key_shape,
	.scans = true,
};

QUERY(q_revoke) = {
	.sql = "UPDATE api_key SET revoked_at = :now"
	       " WHERE id = :id AND account_id = :account_id AND revoked_at IS NULL",
	.in = &bind_shape,
};

QUERY(q_revoke_any) = {
	.sql = "UPDATE api_key SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
	.in = &bind_shape,
};

QUERY(q_find) = {
	.sql = "SELECT " COLUMNS " FROM api_key WHERE hash = :hash AND revoked_at IS NULL",
	.in = &bind_shape,
	.out = &api_key_shape,
};

QUERY(q_touch) = { .sql = "UPDATE api_key SET last_used_at = :now WHERE id = :id",
		   .in = &bind_shape };

enum err_code api_key_create(struct db *db, int64_t account_id, const char *name, int64_t now,
			     struct api_key *out, struct err *e)
{
	char key[API_KEY_TEXT] = MARK, prefix[PREFIX + 1] = "", hash[SHA256_HEX];
	struct binds in = {
		.account_id = account_id,
		.name = name,
		.hash = hash,
		.prefix = prefix,
		.now = now,
		.max = API_KEYS_ACTIVE,
	};
	enum err_code code;

	random_text(key + strlen(MARK), RANDOM);
	memcpy(prefix, key, PREFIX);
	sha256_hex(key, hash);
	code = db_run(db, &q_add, &in, e);
	if (code)
		return code;
	if (db_changes(db) == 0)
		return err_set(e, ERR_CONFLICT, "Too many active API keys (%d)", API_KEYS_ACTIVE);
	*out = (struct api_key){
		.id = db_last_id(db),
		.account_id = account_id,
		.name = name,
		.created_at = { now },
		.is_active = true,
	};
	memcpy(out->key, key, sizeof(key));
	return ERR_NONE;
}

enum err_code api_key_each(struct db *db, int64_t account_id, db_row_fn *fn, void *ctx,
			   struct err *e)
{
	struct binds in = { .account_id = account_id };

	return db_each(db, account_id == API_KEYS_OF_ALL ? &q_list_all : &q_list, &in, fn, ctx, e);
}

enum err_code api_key_revoke(struct db *db, int64_t account_id, int64_t id, int64_t now,
			     struct err *e)
{
	struct binds in = { .id = id, .account_id = account_id, .now = now };
	enum err_code code =
		db_run(db, account_id == API_KEYS_OF_ALL ? &q_revoke_any : &q_revoke, &in, e);

	if (!code && db_changes(db) == 0)
		code = err_code_set(e, ERR_NOT_FOUND);
	return code;
}

enum err_code api_key_find(struct db *db, const char *text, struct arena *a, struct api_key *out,
			   struct err *e)
{
	char hash[SHA256_HEX];

	if (strlen(text) != strlen(MARK) + RANDOM || strncmp(text, MARK, strlen(MARK)) != 0)
		return err_code_set(e, ERR_NOT_FOUND);
	sha256_hex(text, hash);
	return db_get(db, &q_find, &(struct binds){ .hash = hash }, out, a, e);
}

enum err_code api_key_touch(struct db *db, int64_t id, int64_t now, struct err *e)
{
	return db_run(db, &q_touch, &(struct binds){ .id = id, .now = now }, e);
}
