/* session.c: logging in and out of the panel, and changing the password */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/account.h"
#include "auth/audit.h"
#include "auth/login.h"
#include "auth/password.h"
#include "auth/session.h"
#include "base/log.h"
#include "base/text.h"
#include "http/req.h"
#include "recorder/recorder.h"

struct user_reply {
	const char *username;
	bool force_password_change;
	const char *role;
};

static const struct field user_fields[] = {
	{ FIELD(struct user_reply, username) },
	{ FIELD(struct user_reply, force_password_change) },
	{ FIELD(struct user_reply, role) },
	{ .key = NULL },
};
static const struct shape user_shape = { "SessionUser", sizeof(struct user_reply), user_fields };

struct session_reply {
	const char *user, *csrf_token;
	struct stamp expires_at;
};

static const struct field session_fields[] = {
	{ FIELD(struct session_reply, user), .json = true, .object = &user_shape,
	  .doc = "username, force_password_change (all else is refused until it is changed), role" },
	{ FIELD(struct session_reply, csrf_token),
	  .doc = "to be sent as X-CSRF-Token with everything but GET" },
	{ FIELD(struct session_reply, expires_at), .doc = "moves on while the session is used" },
	{ .key = NULL },
};
const struct shape session_reply_shape = { "SessionResponse", sizeof(struct session_reply),
					   session_fields };

struct login_body {
	const char *username, *password;
};

static const struct field login_fields[] = {
	{ FIELD(struct login_body, username), .required = true, .min = 1, .max = 64 },
	{ FIELD(struct login_body, password), .required = true, .min = 1,
	  .max = PASSWORD_MAX_BYTES },
	{ .key = NULL },
};
const struct shape session_login_shape = { "LoginRequest", sizeof(struct login_body),
					   login_fields };

struct password_body {
	const char *current_password, *new_password, *confirm_password;
};

static const struct field password_fields[] = {
	{ FIELD(struct password_body, current_password), .required = true,
	  .max = PASSWORD_MAX_BYTES },
	{ FIELD(struct password_body, new_password), .required = true, .max = PASSWORD_MAX_BYTES,
	  .doc = "at least 12 characters, another one than the current" },
	{ FIELD(struct password_body, confirm_password), .required = true,
	  .max = PASSWORD_MAX_BYTES },
	{ .key = NULL },
};
const struct shape session_password_shape = { "PasswordChangeRequest", sizeof(struct password_body),
					      password_fields };

/* The limit of a password counts bytes, that of a field code points. */
static enum err_code check_bytes(struct req *rq, const struct shape *s, const void *body,
				 struct err *e)
{
	for (const struct field *f = s->fields; f->key; f++)
		if (strlen(*(const char *const *)field_in(f, body)) > PASSWORD_MAX_BYTES)
			fault_add(rq->faults, FAULT_LONG, IN_BODY, f);
	return rq->faults->count ? err_code_set(e, ERR_INVALID) : ERR_NONE;
}

static void reply(struct req *rq, struct res *rs, const struct user_reply *user, const char *csrf,
		  int64_t expires_s)
{
	struct buf json = { 0 };
	struct jsonw w;

	jsonw_init(&w, &json, rs->dialect->stamp);
	jsonw_shape(&w, &user_shape, user);
	res_object(rq, rs,
		   &(struct session_reply){
			   .user = arena_strndup(rq->arena, json.data, json.size),
			   .csrf_token = csrf,
			   .expires_at = { expires_s },
		   });
	buf_done(&json);
}

enum err_code session_show(struct req *rq, struct res *rs, struct err *e)
{
	const struct principal *who = rq->who;

	(void)e;
	reply(rq, rs, &(struct user_reply){ who->username, who->force_password_change, who->role },
	      who->csrf, who->session_expires_s);
	return ERR_NONE;
}

/* Ends the session that the browser had, so that nobody can have planted it, and opens another. */
static enum err_code open_session(struct req *rq, const struct account *account,
				  char token[SESSION_TOKEN], int64_t *expires_s, struct err *e)
{
	struct principal who = { .who = WHO_SESSION,
				 .user_id = account->id,
				 .username = account->username };
	char old[SHA256_HEX];
	enum err_code code = db_begin(rq->db, TX_WRITE, e);

	if (code)
		return code;
	if (rq->session) {
		sha256_hex(rq->session, old);
		code = session_revoke(rq->db, old, e);
	}
	if (!code)
		code = session_create(rq->auth, account->id, rq->address, rq->user_agent, token,
				      expires_s, e);
	if (!code)
		code = audit_add(rq->db, rq->now, &who, "session.login", rq->address, NULL, e);
	if (!code)
		code = db_commit(rq->db, e);
	if (code)
		db_rollback(rq->db);
	return code;
}

enum err_code session_login(struct req *rq, struct res *rs, struct err *e)
{
	const struct login_body *body = rq->body;
	struct account account = { 0 };
	char token[SESSION_TOKEN], csrf[SHA256_B64];
	int64_t expires_s = 0;
	enum err_code code = check_bytes(rq, &session_login_shape, body, e);

	if (!code)
		code = login_check(rq->auth, body->username, body->password, rq->address, rq->arena,
				   &account, e);
	if (!code)
		code = open_session(rq, &account, token, &expires_s, e);
	if (code)
		return code;
	session_csrf(rq->auth->keys, token, csrf);
	res_header(rs, "Set-Cookie",
		   session_cookie(rq->arena, rq->cfg, token, expires_s - rq->now));
	reply(rq, rs,
	      &(struct user_reply){ account.username, account.force_password_change, account.role },
	      csrf, expires_s);
	return ERR_NONE;
}

enum err_code session_logout(struct req *rq, struct res *rs, struct err *e)
{
	enum err_code code = session_revoke(rq->db, rq->who->session_hash, e);

	if (!code)
		code = audit_add(rq->db, rq->now, rq->who, "session.logout", rq->address, NULL, e);
	if (!code)
		res_header(rs, "Set-Cookie", session_cookie(rq->arena, rq->cfg, "", 0));
	return code;
}

static bool is_acceptable(const struct password_body *body)
{
	return utf8_length(body->new_password) >= PASSWORD_MIN_CHARS &&
	       strcmp(body->new_password, body->current_password) != 0 &&
	       strcmp(body->new_password, body->confirm_password) == 0;
}

static enum err_code store(struct req *rq, const char *hash, struct err *e)
{
	enum err_code code = db_begin(rq->db, TX_WRITE, e);

	if (code)
		return code;
	code = account_password_store(rq->db, rq->who->user_id, hash, false, rq->who->session_hash,
				      e);
	if (!code)
		code = audit_add(rq->db, rq->now, rq->who, "password.change", rq->who->username,
				 NULL, e);
	if (!code)
		code = db_commit(rq->db, e);
	if (code)
		db_rollback(rq->db);
	return code;
}

/* The first password has served its turn: the file that shows it goes. */
static void forget_first_login(const struct req *rq)
{
	const char *path = arena_printf(rq->arena, "%s/" ACCOUNT_FIRST_LOGIN, rq->dir);

	if (unlink(path) && access(path, F_OK) == 0)
		log_line(LOG_WARNING, "cannot remove %s", path);
}

enum err_code session_password(struct req *rq, struct res *rs, struct err *e)
{
	const struct password_body *body = rq->body;
	struct account account = { 0 };
	char hash[PASSWORD_HASH];
	enum err_code code = check_bytes(rq, &session_password_shape, body, e);

	(void)rs;
	if (!code)
		code = login_check(rq->auth, rq->who->username, body->current_password, rq->address,
				   rq->arena, &account, e);
	if (code == ERR_UNAUTHENTICATED || (!code && !is_acceptable(body)))
		code = err_set(e, ERR_BAD_REQUEST, "Password could not be changed");
	if (!code)
		code = login_hash(rq->auth, body->new_password, hash, e);
	if (!code)
		code = store(rq, hash, e);
	if (!code && account.force_password_change && strcmp(account.role, "admin") == 0)
		forget_first_login(rq);
	return code;
}
