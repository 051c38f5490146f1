/* account.c: see account.h */
#include "auth/account.h"

#include <stdio.h>
#include <string.h>

#include "auth/audit.h"
#include "auth/password.h"
#include "auth/scope.h"
#include "auth/session.h"
#include "base/digest.h"
#include "base/log.h"

enum { UUID_TEXT = 37 }; /* with NUL */

static const struct field account_fields[] = {
	{ FIELD(struct account, id) },
	{ FIELD(struct account, uuid) },
	{ FIELD(struct account, username) },
	{ FIELD(struct account, role) },
	{ FIELD(struct account, password_hash) },
	{ FIELD(struct account, active) },
	{ FIELD(struct account, force_password_change) },
	{ FIELD(struct account, token_version) },
	{ FIELD(struct account, created_at) },
	{ .key = NULL },
};
static const struct shape account_shape = { "Account", sizeof(struct account), account_fields };

#define COLUMNS \
	"id, uuid, username, role, password_hash, active, force_password_change, token_version, created_at"

QUERY(q_find) = {
	.sql = "SELECT " COLUMNS " FROM account WHERE username = :username",
	.in = &account_shape,
	.out = &account_shape,
};

QUERY(q_find_id) = {
	.sql = "SELECT " COLUMNS " FROM account WHERE id = :id",
	.in = &account_shape,
	.out = &account_shape,
};

QUERY(q_all) = {
	.sql = "SELECT " COLUMNS " FROM account ORDER BY id",
	.out = &account_shape,
	.scans = true,
};

QUERY(q_add) = {
	.sql = "INSERT INTO account (uuid, username, role, password_hash, force_password_change, created_at)"
	       " VALUES (:uuid, :username, :role, :password_hash, :force_password_change, :created_at)",
	.in = &account_shape,
};

QUERY(q_store) = {
	.sql = "UPDATE account SET password_hash = :password_hash, force_password_change = :force_password_change,"
	       " token_version = token_version + 1 WHERE id = :id",
	.in = &account_shape,
};

struct rehash {
	int64_t id;
	const char *old, *hash;
};

static const struct field rehash_fields[] = {
	{ FIELD(struct rehash, id) },
	{ FIELD(struct rehash, old) },
	{ FIELD(struct rehash, hash) },
	{ .key = NULL },
};
static const struct shape rehash_shape = { "Rehash", sizeof(struct rehash), rehash_fields };

QUERY(q_rehash) = {
	.sql = "UPDATE account SET password_hash = :hash WHERE id = :id AND password_hash = :old",
	.in = &rehash_shape,
};

bool parse_username(const char *text, char out[USERNAME_TEXT])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._@-";
	static const char blanks[] = " \t\r\n";
	size_t n;

	text += strspn(text, blanks);
	n = strlen(text);
	while (n && strchr(blanks, text[n - 1]))
		n--;
	if (n < 1 || n >= USERNAME_TEXT)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!strchr(letters, c))
			return false;
		out[i] = c;
	}
	out[n] = '\0';
	return true;
}

/* Version 4, RFC 9562: all random but six bits. */
static void write_uuid(char out[UUID_TEXT])
{
	unsigned char b[16];

	random_fill(b, sizeof(b));
	b[6] = (unsigned char)(0x40 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	snprintf(out, UUID_TEXT,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
}

enum err_code account_find(struct db *db, const char *username, struct arena *a,
			   struct account *out, struct err *e)
{
	char name[USERNAME_TEXT];

	if (!parse_username(username, name))
		return err_code_set(e, ERR_NOT_FOUND);
	return db_get(db, &q_find, &(struct account){ .username = name }, out, a, e);
}

enum err_code account_find_id(struct db *db, int64_t id, struct arena *a, struct account *out,
			      struct err *e)
{
	return db_get(db, &q_find_id, &(struct account){ .id = id }, out, a, e);
}

/* Hashing takes so long that it would keep every other writer waiting. */
static enum err_code hash_outside(struct db *db, const char *password, char out[PASSWORD_HASH],
				  struct err *e)
{
	if (db_in_transaction(db)) {
		log_line(LOG_ERROR, "a password is to be hashed inside a transaction");
		return err_code_set(e, ERR_INTERNAL);
	}
	if (!*password || strlen(password) > PASSWORD_MAX_BYTES)
		return err_set(e, ERR_INVALID, "The password must have 1 to %d bytes",
			       PASSWORD_MAX_BYTES);
	return password_hash(password, out, e);
}

/* In a transaction of its own. */
static enum err_code insert(struct db *db, const struct account *row, int64_t *id, struct err *e)
{
	enum err_code code = db_begin(db, TX_WRITE, e);
	int64_t new_id = 0;

	if (code)
		return code;
	code = db_run(db, &q_add, row, e);
	if (code == ERR_CONFLICT)
		err_set(e, code, "There is a user %s already", row->username);
	if (!code) {
		new_id = db_last_id(db);
		code = audit_add(db, row->created_at.s, NULL, "user.add", row->username, NULL, e);
	}
	if (!code)
		code = db_commit(db, e);
	if (code)
		db_rollback(db);
	else
		*id = new_id;
	return code;
}

enum err_code account_add(struct db *db, const char *username, const char *role,
			  const char *password, bool force_change, int64_t now, int64_t *id,
			  struct err *e)
{
	char name[USERNAME_TEXT], uuid[UUID_TEXT], hash[PASSWORD_HASH];
	struct account row = {
		.uuid = uuid,
		.username = name,
		.role = role,
		.force_password_change = force_change,
		.created_at = { now },
	};

	if (!parse_username(username, name))
		return err_set(e, ERR_INVALID,
			       "The user name must be 1 to 64 of the characters a-z 0-9 . _ @ -");
	if (!is_role(role))
		return err_set(e, ERR_INVALID, "The role must be admin, member, guest or expert");
	if (password) {
		enum err_code code = hash_outside(db, password, hash, e);

		if (code)
			return code;
		row.password_hash = hash;
	}
	write_uuid(uuid);
	return insert(db, &row, id, e);
}

enum err_code account_password_store(struct db *db, int64_t id, const char *hash, bool force_change,
				     const char *keep_session, struct err *e)
{
	struct account row = { .id = id,
			       .password_hash = hash,
			       .force_password_change = force_change };
	enum err_code code = db_run(db, &q_store, &row, e);

	if (!code && db_changes(db) == 0)
		code = err_code_set(e, ERR_NOT_FOUND);
	return code ? code : session_revoke_others(db, id, keep_session, e);
}

/* In a transaction of its own. */
static enum err_code password_set(struct db *db, const struct account *account, const char *hash,
				  bool force_change, int64_t now, struct err *e)
{
	enum err_code code = db_begin(db, TX_WRITE, e);

	if (code)
		return code;
	code = account_password_store(db, account->id, hash, force_change, NULL, e);
	if (!code)
		code = audit_add(db, now, NULL, "password.set", account->username, NULL, e);
	if (!code)
		code = db_commit(db, e);
	if (code)
		db_rollback(db);
	return code;
}

enum err_code account_password_set(struct db *db, const char *username, const char *password,
				   bool force_change, int64_t now, struct err *e)
{
	char hash[PASSWORD_HASH];
	struct arena *a = arena_new();
	struct account account;
	enum err_code code = account_find(db, username, a, &account, e);

	if (code == ERR_NOT_FOUND)
		code = err_set(e, ERR_NOT_FOUND, "There is no user with this name");
	if (!code)
		code = hash_outside(db, password, hash, e);
	if (!code)
		code = password_set(db, &account, hash, force_change, now, e);
	arena_free(a);
	return code;
}

enum err_code account_rehash(struct db *db, int64_t id, const char *old, const char *hash,
			     struct err *e)
{
	return db_run(db, &q_rehash, &(struct rehash){ .id = id, .old = old, .hash = hash }, e);
}

enum err_code account_each(struct db *db, db_row_fn *fn, void *ctx, struct err *e)
{
	return db_each(db, &q_all, NULL, fn, ctx, e);
}
