/* auth_test.c: scopes, passwords, tokens, sessions, the throttle, and who a request comes from */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <libscrypt.h>
#include <sqlite3.h>

#include "auth/account.h"
#include "auth/api_key.h"
#include "auth/audit.h"
#include "auth/jwt.h"
#include "auth/login.h"
#include "auth/password.h"
#include "auth/principal.h"
#include "auth/rate_table.h"
#include "auth/session.h"
#include "auth/throttle.h"
#include "auth/token.h"
#include "auth/trusted.h"
#include "base/seal.h"
#include "db/migrate.h"

enum { DAY = 86400, NOON = 1770000000 };

#define ADDRESS "192.168.1.20"
#define PASSWORD "correct horse battery"

/* A house with an admin (anna), a member (max), a guest (gast); all with the same password. */
struct house {
	char dir[64];
	struct db *db;
	struct config cfg;
	struct auth_keys keys;
	struct auth auth;
	struct arena *arena;
	int64_t anna, max, gast;
	char hash[PASSWORD_HASH];
};

static struct house house;

static void sql(const char *text)
{
	assert_int_equal(sqlite3_exec(db_handle(house.db), text, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t sql_int(const char *text)
{
	sqlite3_stmt *s;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(db_handle(house.db), text, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static int build(void **state)
{
	struct err e = { 0 };
	bool changed;

	(void)state;
	strcpy(house.dir, "/tmp/hearth-auth-XXXXXX");
	if (!mkdtemp(house.dir) || seal_key_create(house.dir, &changed, &e) ||
	    migrate(house.dir, &changed, &e) || db_open(&house.db, house.dir, DB_SERVE, &e) ||
	    auth_keys_load(&house.keys, house.dir, &e) || password_hash(PASSWORD, house.hash, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	config_defaults(&house.cfg);
	house.arena = arena_new();
	return 0;
}

static int clear(void **state)
{
	(void)state;
	arena_free(house.arena);
	db_close(house.db);
	if (chdir(house.dir) == 0) {
		static const char *const names[] = { "hearth.db",     "hearth.db-wal",
						     "hearth.db-shm", "series.db",
						     "series.db-wal", "series.db-shm",
						     "secret.key",    "run/migrate.lock",
						     "run/rate.shm",  "run/live" };

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			unlink(names[i]);
		rmdir("run");
	}
	return rmdir(house.dir);
}

static int64_t person(const char *name, const char *role)
{
	struct err e = { 0 };
	int64_t id = 0;

	assert_int_equal(account_add(house.db, name, role, NULL, false, NOON, &id, &e), ERR_NONE);
	assert_int_equal(account_password_store(house.db, id, house.hash, false, NULL, &e),
			 ERR_NONE);
	return id;
}

static int furnish(void **state)
{
	(void)state;
	arena_reset(house.arena);
	sql("DELETE FROM login_failure; DELETE FROM account; DELETE FROM series.event");
	house.auth = (struct auth){
		.db = house.db, .cfg = &house.cfg, .keys = &house.keys, .now = NOON
	};
	house.anna = person("anna", "admin");
	house.max = person("max", "member");
	house.gast = person("gast", "guest");
	sql("DELETE FROM audit");
	return 0;
}

static void scopes_are_named(void **state)
{
	char list[SCOPE_LIST];
	const char *bad;
	scope_set set;

	(void)state;
	for (unsigned i = SCOPE_SELF + 1; i < SCOPES; i++) {
		assert_true(parse_scopes(scope_name((enum scope)i), &set, &bad));
		assert_int_equal(set, SCOPE_BIT(i));
	}
	assert_false(parse_scopes("read:*", &set, &bad));
	assert_false(parse_scopes("READ:NETWORK", &set, &bad));
	assert_true(parse_scopes(" read:network, write:panel,read:network", &set, &bad));
	assert_int_equal(set, SCOPE_BIT(SCOPE_READ_NETWORK) | SCOPE_BIT(SCOPE_WRITE_PANEL));
	write_scopes(set, list);
	assert_string_equal(list, "write:panel,read:network");
	assert_true(parse_scopes("", &set, &bad));
	assert_int_equal(set, 0);
	assert_false(parse_scopes("read:network,write:*,nope", &set, &bad));
	assert_string_equal(bad, "write:*,nope");
	assert_int_equal(set, SCOPE_BIT(SCOPE_READ_NETWORK));
	write_scopes(~(scope_set)0, list);
	assert_non_null(strstr(list, "admin:all"));
}

static void roles_have_scopes(void **state)
{
	(void)state;
	for (unsigned i = SCOPE_ANYONE; i < SCOPES; i++)
		assert_true(has_scope(role_scopes("admin"), (enum scope)i));
	assert_true(has_scope(role_scopes("member"), SCOPE_READ_NETWORK));
	assert_true(has_scope(role_scopes("member"), SCOPE_WRITE_RECORDER));
	assert_false(has_scope(role_scopes("member"), SCOPE_WRITE_AIHUB));
	assert_false(has_scope(role_scopes("member"), SCOPE_ADMIN_ALL));
	assert_int_equal(role_scopes("guest"), 0);
	assert_int_equal(role_scopes("expert"), 0);
	assert_int_equal(role_scopes("root"), 0);
	assert_true(is_role("expert"));
	assert_false(is_role("root"));
	assert_true(has_scope(0, SCOPE_SELF));
	assert_false(has_scope(~(scope_set)0, SCOPE_NONE));
	assert_true(has_scope(SCOPE_BIT(SCOPE_ADMIN_ALL), SCOPE_READ_PANEL));
	assert_false(has_scope(SCOPE_BIT(SCOPE_READ_PANEL), SCOPE_WRITE_PANEL));
}

static void passwords_are_hashed(void **state)
{
	static const char salt[] = "MDEyMzQ1Njc4OWFiY2RlZg==";
	char other[PASSWORD_HASH], copy[PASSWORD_HASH], weaker[PASSWORD_HASH];
	struct err e = { 0 };

	(void)state;
	assert_memory_equal(house.hash, "$s1$0e0801$", 11);
	assert_int_equal(password_verify(PASSWORD, house.hash, &e), ERR_NONE);
	assert_int_equal(password_verify("correct horse batterz", house.hash, &e),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(password_verify("", house.hash, &e), ERR_UNAUTHENTICATED);
	assert_int_equal(password_hash(PASSWORD, other, &e), ERR_NONE);
	assert_string_not_equal(other, house.hash);
	strcpy(copy, house.hash);
	assert_true(libscrypt_check(copy, PASSWORD) > 0);
	assert_false(password_needs_rehash(house.hash));
	assert_int_equal(password_verify_dummy(PASSWORD, &e), ERR_UNAUTHENTICATED);
	/* other parameters count as long as they are sane */
	assert_true(libscrypt_hash(weaker, PASSWORD, 4096, 8, 1) > 0);
	assert_int_equal(password_verify(PASSWORD, weaker, &e), ERR_NONE);
	assert_true(password_needs_rehash(weaker));
	snprintf(copy, sizeof(copy), "$s1$1e0801$%s%s", salt, house.hash + 35);
	assert_int_equal(password_verify(PASSWORD, copy, &e), ERR_UNAUTHENTICATED);
	snprintf(copy, sizeof(copy), "$s1$0eff01$%s%s", salt, house.hash + 35);
	assert_int_equal(password_verify(PASSWORD, copy, &e), ERR_UNAUTHENTICATED);
	snprintf(copy, sizeof(copy), "%.*s", (int)strlen(house.hash) - 1, house.hash);
	assert_int_equal(password_verify(PASSWORD, copy, &e), ERR_UNAUTHENTICATED);
	assert_int_equal(password_verify("", "", &e), ERR_UNAUTHENTICATED);
	assert_int_equal(password_verify("x", "x", &e), ERR_UNAUTHENTICATED);
}

static void first_passwords_are_random(void **state)
{
	char a[PASSWORD_FIRST], b[PASSWORD_FIRST];

	(void)state;
	password_random(a);
	password_random(b);
	assert_int_equal(strlen(a), 20);
	assert_string_not_equal(a, b);
}

static void usernames_are_normalised(void **state)
{
	static const char *const bad[] = { "", "  ", "a b", "jürgen", "a\nb", "a/b", "<x>" };
	char out[USERNAME_TEXT], name[80] = "";

	(void)state;
	assert_true(parse_username(" Anna.B@Home_1-x\t", out));
	assert_string_equal(out, "anna.b@home_1-x");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_username(bad[i], out));
	memset(name, 'a', 64);
	assert_true(parse_username(name, out));
	name[64] = 'a';
	assert_false(parse_username(name, out));
}

static enum err_code count_row(void *row, void *ctx, struct err *e)
{
	(void)row;
	(void)e;
	++*(int *)ctx;
	return ERR_NONE;
}

static void accounts_are_kept(void **state)
{
	struct account account = { 0 };
	char token[SESSION_TOKEN];
	struct err e = { 0 };
	int64_t id, expires;
	int n = 0;

	(void)state;
	assert_int_equal(account_find(house.db, " ANNA ", house.arena, &account, &e), ERR_NONE);
	assert_int_equal(account.id, house.anna);
	assert_string_equal(account.role, "admin");
	assert_true(account.active);
	assert_int_equal(strlen(account.uuid), 36);
	assert_int_equal(account.uuid[14], '4');
	assert_int_equal(account_find(house.db, "nobody", house.arena, &account, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(account_find(house.db, "' OR 1=1", house.arena, &account, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(account_add(house.db, "Anna", "member", NULL, false, NOON, &id, &e),
			 ERR_CONFLICT);
	assert_int_equal(account_add(house.db, "a b", "member", NULL, false, NOON, &id, &e),
			 ERR_INVALID);
	assert_int_equal(account_add(house.db, "berta", "boss", NULL, false, NOON, &id, &e),
			 ERR_INVALID);
	assert_int_equal(account_add(house.db, "berta", "member", "", false, NOON, &id, &e),
			 ERR_INVALID);
	assert_int_equal(account_each(house.db, count_row, &n, &e), ERR_NONE);
	assert_int_equal(n, 3);

	assert_int_equal(session_create(&house.auth, house.anna, ADDRESS, "", token, &expires, &e),
			 ERR_NONE);
	assert_int_equal(account_password_set(house.db, "anna", "another password", true, NOON, &e),
			 ERR_NONE);
	assert_int_equal(account_find_id(house.db, house.anna, house.arena, &account, &e),
			 ERR_NONE);
	assert_true(account.force_password_change);
	assert_int_equal(account.token_version, 2); /* furnish() has set a password too */
	assert_int_equal(password_verify("another password", account.password_hash, &e), ERR_NONE);
	assert_int_equal(sql_int("SELECT count(*) FROM session"), 0);
	assert_int_equal(
		sql_int("SELECT count(*) FROM audit WHERE action = 'password.set' AND actor_id IS NULL"),
		1);
	assert_int_equal(
		account_password_set(house.db, "nobody", "another password", true, NOON, &e),
		ERR_NOT_FOUND);

	assert_int_equal(db_begin(house.db, TX_WRITE, &e), ERR_NONE);
	assert_int_equal(account_password_set(house.db, "anna", "third", true, NOON, &e),
			 ERR_INTERNAL);
	assert_true(db_in_transaction(house.db));
	db_rollback(house.db);
}

/* A token of header and claims as they are, signed with our key. */
static const char *forge(const char *header, const char *claims)
{
	unsigned char mac[SHA256_BYTES];
	size_t room = strlen(header) * 2 + strlen(claims) * 2 + 64;
	char *out = arena_alloc(house.arena, room);

	write_base64url(header, strlen(header), out);
	strcat(out, ".");
	write_base64url(claims, strlen(claims), out + strlen(out));
	hmac_sha256(house.keys.jwt, sizeof(house.keys.jwt), out, strlen(out), mac);
	strcat(out, ".");
	write_base64url(mac, sizeof(mac), out + strlen(out));
	return out;
}

static enum err_code verify(const char *token, struct jwt_claims *out)
{
	struct err e = { 0 };

	return jwt_verify(house.keys.jwt, token, strlen(token), "network", NOON, house.arena, out,
			  &e);
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static void jwts_are_verified(void **state)
{
	struct jwt_claims claims = {
		.sub = "7",
		.aud = "network",
		.type = "access",
		.iat = NOON,
		.exp = NOON + 1800,
		.ver = "3",
	};
	struct jwt_claims got;
	const char *token = jwt_sign(house.keys.jwt, &claims, house.arena);
	struct auth_keys other = { .jwt = { 1 } };
	struct err e = { 0 };
	char *copy;

	(void)state;
	assert_int_equal(verify(token, &got), ERR_NONE);
	assert_string_equal(got.sub, "7");
	assert_string_equal(got.ver, "3");
	assert_int_equal(got.exp, NOON + 1800);
	assert_int_equal(
		jwt_verify(other.jwt, token, strlen(token), "network", NOON, house.arena, &got, &e),
		ERR_UNAUTHENTICATED);
	assert_int_equal(jwt_verify(house.keys.jwt, token, strlen(token), "panel", NOON,
				    house.arena, &got, &e),
			 ERR_UNAUTHENTICATED);
	for (size_t n = 0; n < strlen(token); n++)
		assert_int_equal(jwt_verify(house.keys.jwt, token, n, "network", NOON, house.arena,
					    &got, &e),
				 ERR_UNAUTHENTICATED);
	for (size_t n = 0; n < strlen(token); n++) {
		copy = arena_strdup(house.arena, token);
		copy[n] = copy[n] == 'A' ? 'B' : 'A';
		assert_int_equal(verify(copy, &got), ERR_UNAUTHENTICATED);
	}
	assert_int_equal(verify(arena_printf(house.arena, "%s=", token), &got),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(verify(arena_printf(house.arena, "%s.", token), &got),
			 ERR_UNAUTHENTICATED);
}

static void jwt_clocks_may_differ(void **state)
{
	static const struct {
		int64_t iat, exp;
		enum err_code code;
	} cases[] = {
		{ NOON, NOON + 1, ERR_NONE },
		{ NOON - 100, NOON - 59, ERR_NONE },
		{ NOON - 100, NOON - 60, ERR_UNAUTHENTICATED },
		{ NOON + 60, NOON + 100, ERR_NONE },
		{ NOON + 61, NOON + 100, ERR_UNAUTHENTICATED },
		{ NOON, INT64_MAX, ERR_NONE },
		{ NOON, 0, ERR_UNAUTHENTICATED },
	};
	struct jwt_claims claims = { .sub = "7", .aud = "network", .type = "access", .ver = "1" },
			  got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		claims.iat = cases[i].iat;
		claims.exp = cases[i].exp;
		assert_int_equal(verify(jwt_sign(house.keys.jwt, &claims, house.arena), &got),
				 cases[i].code);
	}
}

static void forged_jwts_are_refused(void **state)
{
#define CLAIMS(more) \
	"{\"aud\":\"network\",\"type\":\"access\",\"iat\":1770000000,\"exp\":1770001800" more "}"
	static const char good[] = CLAIMS(",\"sub\":\"7\",\"ver\":\"1\"");
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
		"{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"hs256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"x\"]}",
		"{}",
		"",
	};
	static const char *const claims[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"sub\":",
		CLAIMS(",\"sub\":7,\"ver\":\"1\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":1"),
		CLAIMS(",\"sub\":\"7\""),
		CLAIMS(",\"ver\":\"1\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"exp\":\"1770001800\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"exp\":1e400"),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"exp\":-1"),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"type\":\"refresh\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"aud\":\"panel\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"aud\":[\"network\"]"),
	};
	struct jwt_claims got;
	const char *token = forge(HEADER, good);
	char *huge;

	(void)state;
	assert_int_equal(verify(token, &got), ERR_NONE);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(verify(forge(headers[i], good), &got), ERR_UNAUTHENTICATED);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		assert_int_equal(verify(forge(HEADER, claims[i]), &got), ERR_UNAUTHENTICATED);
	/* alg none with its signature left out, with and without the dot */
	token = forge("{\"alg\":\"none\"}", good);
	assert_int_equal(verify(arena_strndup(house.arena, token, strlen(token) - 43), &got),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(verify(arena_strndup(house.arena, token, strlen(token) - 44), &got),
			 ERR_UNAUTHENTICATED);
	huge = arena_alloc(house.arena, 8192);
	snprintf(huge, 8192, CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"x\":\"%03000d\""), 0);
	assert_true(strlen(forge(HEADER, huge)) > JWT_MAX_BYTES);
	assert_int_equal(verify(forge(HEADER, huge), &got), ERR_UNAUTHENTICATED);
#undef CLAIMS
}

static void sessions_live_and_end(void **state)
{
	char token[SESSION_TOKEN], again[SESSION_TOKEN];
	struct session session = { 0 };
	struct auth *auth = &house.auth;
	struct err e = { 0 };
	int64_t expires = 0, renewed;
	bool more;

	(void)state;
	assert_int_equal(
		session_create(auth, house.max, ADDRESS, "Mozilla\r\n", token, &expires, &e),
		ERR_NONE);
	assert_int_equal(session_create(auth, house.max, ADDRESS, "", again, &expires, &e),
			 ERR_NONE);
	assert_int_equal(strlen(token), 43);
	assert_string_not_equal(token, again);
	assert_int_equal(expires, NOON + 30 * DAY);
	assert_int_equal(
		sql_int("SELECT count(*) FROM session WHERE user_agent = 'Mozilla' AND length(hash) = 64"),
		1);
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NONE);
	assert_int_equal(session.account_id, house.max);
	assert_int_equal(session_find(auth, session.hash, house.arena, &session, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(session_find(auth, "", house.arena, &session, &e), ERR_NOT_FOUND);

	/* once a day, and never back */
	auth->now = NOON + DAY - 1;
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NOT_FOUND);
	auth->now = NOON + DAY;
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NONE);
	assert_int_equal(renewed, NOON + 31 * DAY);
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NOT_FOUND);
	auth->now = NOON + 2 * DAY;
	house.cfg.auth.session_idle_days = 1;
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NONE);
	assert_int_equal(renewed, NOON + 31 * DAY);
	house.cfg.auth.session_idle_days = 30;

	/* the last day */
	for (int day = 3; day <= 89; day++) {
		auth->now = NOON + day * DAY;
		assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NONE);
	}
	assert_int_equal(renewed, NOON + 90 * DAY);
	auth->now = NOON + 90 * DAY - 1;
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NONE);
	auth->now = NOON + 90 * DAY;
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NOT_FOUND);
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NOT_FOUND);

	assert_int_equal(session_sweep(auth, &more, &e), ERR_NONE);
	assert_false(more);
	assert_int_equal(sql_int("SELECT count(*) FROM session"), 0);
}

static void sessions_are_revoked(void **state)
{
	char token[SESSION_TOKEN], keep[SESSION_TOKEN], hash[SHA256_HEX];
	struct session session = { 0 };
	struct auth *auth = &house.auth;
	struct err e = { 0 };
	int64_t expires;

	(void)state;
	assert_int_equal(session_create(auth, house.anna, ADDRESS, "", token, &expires, &e),
			 ERR_NONE);
	assert_int_equal(session_create(auth, house.max, ADDRESS, "", keep, &expires, &e),
			 ERR_NONE);
	assert_int_equal(session_create(auth, house.max, ADDRESS, "", token, &expires, &e),
			 ERR_NONE);
	sha256_hex(keep, hash);
	assert_int_equal(session_revoke_others(house.db, house.max, hash, &e), ERR_NONE);
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NOT_FOUND);
	assert_int_equal(session_find(auth, keep, house.arena, &session, &e), ERR_NONE);
	assert_int_equal(sql_int("SELECT count(*) FROM session"), 2);
	assert_int_equal(session_revoke(house.db, hash, &e), ERR_NONE);
	assert_int_equal(session_revoke(house.db, hash, &e), ERR_NONE);
	assert_int_equal(session_find(auth, keep, house.arena, &session, &e), ERR_NOT_FOUND);
	/* the newest of a crowd stay */
	for (int i = 0; i < SESSIONS_PER_ACCOUNT + 3; i++) {
		auth->now++;
		assert_int_equal(session_create(auth, house.max, ADDRESS, "", i == 0 ? keep : token,
						&expires, &e),
				 ERR_NONE);
	}
	assert_int_equal(sql_int("SELECT count(*) FROM session"), SESSIONS_PER_ACCOUNT + 1);
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NONE);
	assert_int_equal(session_find(auth, keep, house.arena, &session, &e), ERR_NOT_FOUND);
}

static void cookies_are_worded(void **state)
{
	(void)state;
	assert_string_equal(session_cookie(house.arena, &house.cfg, "abc", 60),
			    "hearth_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
	house.cfg.app.public_url = "https://hearth.example";
	assert_string_equal(session_cookie(house.arena, &house.cfg, "", 0),
			    "hearth_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
	house.cfg.app.public_url = "";
}

static void failures_close_the_door(void **state)
{
	struct auth *auth = &house.auth;
	struct err e = { 0 };
	int64_t failures = -1;
	bool more;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_NONE);
		assert_int_equal(failures, i);
		assert_int_equal(throttle_add(auth, "anna", ADDRESS, &e), ERR_NONE);
		auth->now += 10;
	}
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_RATE);
	assert_int_equal(e.retry_after_s, 800);
	assert_string_equal(e.text, "Too many failed logins. Try again later.");
	assert_int_equal(throttle_check(auth, "max", ADDRESS, &failures, &e), ERR_NONE);
	assert_int_equal(failures, 0);
	assert_int_equal(throttle_check(auth, "anna", "192.168.1.21", &failures, &e), ERR_NONE);
	auth->now = NOON + 899;
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_RATE);
	assert_int_equal(e.retry_after_s, 1);
	auth->now = NOON + 900;
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_NONE);
	assert_int_equal(failures, 9);
	assert_int_equal(throttle_sweep(auth, &more, &e), ERR_NONE);
	assert_int_equal(sql_int("SELECT count(*) FROM login_failure"), 9);
	assert_int_equal(throttle_clear(auth, "anna", ADDRESS, &e), ERR_NONE);
	assert_int_equal(sql_int("SELECT count(*) FROM login_failure"), 0);

	/* many names from one address; a clock set back does not lock for longer than the window */
	for (int i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(throttle_add(auth, name, ADDRESS, &e), ERR_NONE);
	}
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_RATE);
	assert_int_equal(e.retry_after_s, 900);
	assert_int_equal(throttle_check(auth, "anna", "::1", &failures, &e), ERR_NONE);
	auth->now = NOON;
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_RATE);
	assert_int_equal(e.retry_after_s, 900);
}

static int64_t events(const char *subject)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "SELECT count(*) FROM series.event WHERE kind = 'auth.login_throttled' AND"
		 " area = 'auth' AND subject LIKE '%s'",
		 subject);
	return sql_int(text);
}

static void knock(const char *username, const char *address, int times)
{
	struct err e = { 0 };

	for (int i = 0; i < times; i++)
		assert_int_equal(throttle_add(&house.auth, username, address, &e), ERR_NONE);
}

/* One event a window, however often somebody knocks. */
static void a_closed_door_is_told(void **state)
{
	struct auth *auth = &house.auth;
	char address[32];

	(void)state;
	knock("anna", ADDRESS, 9);
	assert_int_equal(events("%"), 0);
	knock("anna", ADDRESS, 1);
	assert_int_equal(events(ADDRESS), 1);
	assert_int_equal(
		sql_int("SELECT count(*) FROM series.event WHERE data = '{\"username\":\"anna\"}'"),
		1);
	knock("anna", ADDRESS, 1);
	knock("max", ADDRESS, 10);
	auth->now += 899;
	knock("anna", ADDRESS, 10);
	assert_int_equal(events(ADDRESS), 1);
	auth->now += 1;
	knock("anna", ADDRESS, 1);
	assert_int_equal(events(ADDRESS), 2);

	/* many names from one network of many addresses */
	for (int i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user%d", i);
		snprintf(address, sizeof(address), "2001:db8::%d", i + 1);
		assert_int_equal(events("2001:db8:%"), 0);
		knock(name, address, 1);
	}
	assert_int_equal(events("2001:db8:%"), 1);

	/* many networks */
	for (int i = 0; i < 150; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i);
		knock("anna", address, 10);
	}
	assert_int_equal(events("%"), 101);
}

/* What the database cannot count is counted all the same. */
static void uncounted_failures_count(void **state)
{
	struct auth *auth = &house.auth;
	struct err e = { 0 };
	int64_t failures = 0;
	struct db *other;

	(void)state;
	assert_int_equal(rate_table_open(&auth->rates, house.dir, &e), ERR_NONE);
	assert_int_equal(db_open(&other, house.dir, DB_SERVE, &e), ERR_NONE);
	assert_int_equal(db_begin(other, TX_WRITE, &e), ERR_NONE);
	db_casual(house.db, true); /* waits for no lock */
	for (int i = 0; i < 10; i++) {
		assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_NONE);
		assert_int_equal(throttle_add(auth, "anna", ADDRESS, &e), ERR_BUSY);
		auth->now += 10;
	}
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_RATE);
	assert_int_equal(e.retry_after_s, 800);
	assert_int_equal(throttle_check(auth, "max", ADDRESS, &failures, &e), ERR_NONE);
	for (int i = 0; i < 40; i++)
		assert_int_equal(throttle_add(auth, "", ADDRESS, &e), ERR_BUSY);
	assert_int_equal(throttle_check(auth, "max", ADDRESS, &failures, &e), ERR_RATE);
	assert_int_equal(throttle_check(auth, "max", "::1", &failures, &e), ERR_NONE);
	db_close(other);
	db_casual(house.db, false);
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_RATE);
	auth->now = NOON + 900;
	assert_int_equal(throttle_check(auth, "anna", ADDRESS, &failures, &e), ERR_NONE);
	rate_table_close(auth->rates);
	auth->rates = NULL;
}

static enum err_code try_login(const char *username, const char *password, struct err *e)
{
	struct account account = { 0 };
	enum err_code code =
		login_check(&house.auth, username, password, ADDRESS, house.arena, &account, e);

	if (!code)
		assert_string_equal(account.username, "anna");
	return code;
}

static void logins_are_tested(void **state)
{
	char old[PASSWORD_HASH], long_one[PASSWORD_MAX_BYTES + 2];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_NONE);
	assert_int_equal(try_login(" ANNA ", PASSWORD, &e), ERR_NONE);
	assert_int_equal(try_login("anna", "wrong", &e), ERR_UNAUTHENTICATED);
	assert_string_equal(e.text, "Invalid username or password");
	assert_int_equal(try_login("nobody", PASSWORD, &e), ERR_UNAUTHENTICATED);
	assert_string_equal(e.text, "Invalid username or password");
	assert_int_equal(try_login("no such name", PASSWORD, &e), ERR_UNAUTHENTICATED);
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(try_login("anna", long_one, &e), ERR_UNAUTHENTICATED);
	assert_int_equal(sql_int("SELECT count(*) FROM login_failure WHERE username = 'anna'"), 2);
	assert_int_equal(sql_int("SELECT count(*) FROM login_failure"), 4);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_NONE);
	assert_int_equal(sql_int("SELECT count(*) FROM login_failure"), 2);
	sql("UPDATE account SET active = 0 WHERE username = 'max'");
	sql("UPDATE account SET password_hash = NULL WHERE username = 'gast'");
	assert_int_equal(try_login("max", PASSWORD, &e), ERR_UNAUTHENTICATED);
	assert_int_equal(try_login("gast", "", &e), ERR_UNAUTHENTICATED);
	/* an old hash is renewed, and nothing else of the account changes */
	assert_true(libscrypt_hash(old, PASSWORD, 4096, 8, 1) > 0);
	assert_int_equal(account_password_store(house.db, house.anna, old, true, NULL, &e),
			 ERR_NONE);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_NONE);
	assert_int_equal(
		sql_int("SELECT password_hash LIKE '$s1$0e0801$%' AND force_password_change = 1 AND"
			" token_version = 2 FROM account WHERE username = 'anna'"),
		1);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_NONE);
	/* never while others wait for the database */
	assert_int_equal(db_begin(house.db, TX_WRITE, &e), ERR_NONE);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_INTERNAL);
	db_rollback(house.db);
	for (int i = 0; i < 10; i++)
		assert_int_equal(throttle_add(&house.auth, "anna", ADDRESS, &e), ERR_NONE);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_RATE);
	assert_int_equal(sql_int("SELECT count(*) FROM login_failure WHERE username = 'anna'"), 10);
}

static void make_token(const char *username, const char *scopes, int64_t days, char out[TOKEN_TEXT])
{
	struct token_request rq = {
		.username = username,
		.kind = "scoped",
		.name = "Test",
		.scopes = scopes,
		.expires_days = days,
	};
	struct err e = { 0 };

	assert_int_equal(token_create(house.db, &rq, NOON, out, &e), ERR_NONE);
}

static void tokens_are_kept(void **state)
{
	static const struct token_request bad[] = {
		{ "anna", "scoped", "", "read:network", 0 },
		{ "anna", "scoped", "a\nb", "read:network", 0 },
		{ "anna", NULL, "x", "read:network", 0 },
		{ "anna", "scoped", "x", "read:network,nope", 0 },
		{ "anna", "scoped", "x", "", 0 },
		{ "anna", "scoped", "x", "read:network", -1 },
		{ "anna", "scoped", "x", "read:network", TOKEN_EXPIRES_DAYS + 1 },
	};
	struct token_request rq = { "nobody", "scoped", "x", "read:network", 0 };
	char text[TOKEN_TEXT], other[TOKEN_TEXT];
	struct token token = { 0 };
	struct err e = { 0 };
	int n = 0;

	(void)state;
	make_token("max", "write:panel, read:network", 7, text);
	make_token("max", "read:network", 0, other);
	assert_int_equal(strlen(text), 35);
	assert_memory_equal(text, "tt_", 3);
	assert_int_equal(token_find(house.db, text, NOON, house.arena, &token, &e), ERR_NONE);
	assert_string_equal(token.username, "max");
	assert_string_equal(token.scopes, "write:panel,read:network");
	assert_memory_equal(token.prefix, text, 8);
	assert_int_equal(strlen(token.prefix), 8);
	assert_true(token.expires_at.is);
	assert_false(token.last_used_at.is);
	assert_int_equal(token_find(house.db, text, NOON + 7 * DAY - 1, house.arena, &token, &e),
			 ERR_NONE);
	assert_int_equal(token_find(house.db, text, NOON + 7 * DAY, house.arena, &token, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(
		token_find(house.db, other, NOON + 9999 * (int64_t)DAY, house.arena, &token, &e),
		ERR_NONE);
	assert_int_equal(token_touch(house.db, token.id, NOON + 5, &e), ERR_NONE);
	assert_int_equal(token_find(house.db, other, NOON, house.arena, &token, &e), ERR_NONE);
	assert_int_equal(token.last_used_at.s, NOON + 5);
	assert_int_equal(token_revoke(house.db, token.id, NOON, &e), ERR_NONE);
	assert_int_equal(token_revoke(house.db, token.id, NOON, &e), ERR_NOT_FOUND);
	assert_int_equal(token_find(house.db, other, NOON, house.arena, &token, &e), ERR_NOT_FOUND);
	assert_int_equal(token_each(house.db, count_row, &n, &e), ERR_NONE);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(token_create(house.db, &bad[i], NOON, text, &e), ERR_INVALID);
	assert_int_equal(token_create(house.db, &rq, NOON, text, &e), ERR_NOT_FOUND);
	sql("UPDATE account SET active = 0 WHERE username = 'max'");
	rq.username = "max";
	assert_int_equal(token_create(house.db, &rq, NOON, text, &e), ERR_NOT_FOUND);
}

static void api_keys_are_kept(void **state)
{
	struct api_key key = { 0 }, found = { 0 };
	struct err e = { 0 };
	int n = 0;

	(void)state;
	assert_int_equal(api_key_create(house.db, house.max, "Grafana", NOON, &key, &e), ERR_NONE);
	assert_int_equal(strlen(key.key), 35);
	assert_memory_equal(key.key, "ha_", 3);
	assert_int_equal(strspn(key.key + 3, "abcdefghijklmnopqrstuvwxyz0123456789"), 32);
	assert_int_equal(api_key_find(house.db, key.key, house.arena, &found, &e), ERR_NONE);
	assert_int_equal(found.id, key.id);
	assert_string_equal(found.name, "Grafana");
	assert_memory_equal(found.prefix, key.key, 8);
	assert_true(found.is_active);
	assert_int_equal(api_key_find(house.db, "ha_", house.arena, &found, &e), ERR_NOT_FOUND);
	for (int i = 1; i < API_KEYS_ACTIVE; i++)
		assert_int_equal(api_key_create(house.db, house.max, "Grafana", NOON, &found, &e),
				 ERR_NONE);
	assert_int_equal(api_key_create(house.db, house.max, "one more", NOON, &found, &e),
			 ERR_CONFLICT);
	assert_string_equal(e.text, "Too many active API keys (50)");
	assert_int_equal(api_key_create(house.db, house.anna, "hers", NOON, &found, &e), ERR_NONE);
	assert_int_equal(api_key_revoke(house.db, house.anna, key.id, NOON, &e), ERR_NOT_FOUND);
	assert_int_equal(api_key_revoke(house.db, house.max, key.id, NOON, &e), ERR_NONE);
	assert_int_equal(api_key_revoke(house.db, house.max, key.id, NOON, &e), ERR_NOT_FOUND);
	assert_int_equal(api_key_find(house.db, key.key, house.arena, &found, &e), ERR_NOT_FOUND);
	assert_int_equal(api_key_each(house.db, house.max, count_row, &n, &e), ERR_NONE);
	assert_int_equal(n, API_KEYS_ACTIVE - 1);
	assert_int_equal(api_key_create(house.db, house.max, "room again", NOON, &found, &e),
			 ERR_NONE);
}

/* One of each credential, all of max. */
struct purse {
	const char *jwt, *panel_jwt, *expired_jwt;
	char key[API_KEY_TEXT], token[TOKEN_TEXT], session[SESSION_TOKEN];
};

static const char *jwt_of(int64_t id, const char *audience, const char *version, int64_t iat)
{
	struct jwt_claims claims = {
		.sub = arena_printf(house.arena, "%lld", (long long)id),
		.aud = audience,
		.type = "access",
		.iat = iat,
		.exp = iat + 1800,
		.ver = version,
	};

	return jwt_sign(house.keys.jwt, &claims, house.arena);
}

static void fill(struct purse *p, int64_t id, const char *username)
{
	struct api_key key;
	struct err e = { 0 };
	int64_t expires;

	p->jwt = jwt_of(id, "network", "1", NOON);
	p->panel_jwt = jwt_of(id, "panel", "1", NOON);
	p->expired_jwt = jwt_of(id, "network", "1", NOON - DAY);
	assert_int_equal(api_key_create(house.db, id, "k", NOON, &key, &e), ERR_NONE);
	memcpy(p->key, key.key, sizeof(p->key));
	make_token(username, "read:network,write:aihub,admin:all", 0, p->token);
	assert_int_equal(session_create(&house.auth, id, ADDRESS, "", p->session, &expires, &e),
			 ERR_NONE);
}

static const char *bearer(const char *text)
{
	return arena_printf(house.arena, "Bearer %s", text);
}

/* WHO_ bit of who asks, WHO_NOBODY when refused. */
static enum who who_is(const struct credentials *c, unsigned accepts, struct principal *p)
{
	struct principal ignored = { 0 };
	struct err e = { 0 };
	bool presented = !c->authorization && !c->api_key && !c->session;
	enum err_code code = principal_find(&house.auth, c, accepts, "network", house.arena,
					    p ? p : &ignored, &presented, &e);

	assert_int_equal(presented, c->authorization || c->api_key || c->session);
	if (code) {
		assert_int_equal(code, ERR_UNAUTHENTICATED);
		return WHO_NOBODY;
	}
	return p ? p->who : ignored.who;
}

enum {
	NETWORK = WHO_JWT | WHO_KEY | WHO_SESSION | WHO_TOKEN,
	MACHINE = WHO_SESSION | WHO_TOKEN | WHO_TRUSTED
};

struct
try {
	struct credentials c;
	unsigned accepts;
	enum who who;
};

static void credentials_have_an_order(void **state)
{
	struct purse p;
	struct try cases[64];
	size_t n = 0;

	(void)state;
	fill(&p, house.max, "max");
#define CASE(takes, result, ...) \
	cases[n++] = (struct try){ .c = { __VA_ARGS__ }, .accepts = (takes), .who = (result) }
	/* each alone */
	CASE(NETWORK, WHO_JWT, .authorization = bearer(p.jwt));
	CASE(NETWORK, WHO_JWT, .authorization = arena_printf(house.arena, "bEARER   %s", p.jwt));
	CASE(NETWORK, WHO_TOKEN, .authorization = bearer(p.token));
	CASE(NETWORK, WHO_TOKEN, .api_key = p.token);
	CASE(NETWORK, WHO_KEY, .api_key = p.key);
	CASE(NETWORK, WHO_SESSION, .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .session = NULL);
	/* the first present decides */
	CASE(NETWORK, WHO_JWT, .authorization = bearer(p.jwt), .api_key = p.key,
	     .session = p.session);
	CASE(NETWORK, WHO_JWT, .authorization = bearer(p.jwt), .api_key = "bad", .session = "bad");
	CASE(NETWORK, WHO_KEY, .api_key = p.key, .session = p.session);
	CASE(NETWORK, WHO_KEY, .api_key = p.key, .session = "bad");
	/* and a bad one never falls back */
	CASE(NETWORK, WHO_NOBODY, .authorization = bearer("bad"), .api_key = p.key,
	     .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .authorization = "", .api_key = p.key);
	CASE(NETWORK, WHO_NOBODY, .authorization = "Basic YTpi", .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .authorization = "Bearer", .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .authorization = "Bearer ", .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .api_key = "ha_00000000000000000000000000000000",
	     .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .api_key = "", .session = p.session);
	CASE(NETWORK, WHO_NOBODY, .session = "bad");
	CASE(NETWORK, WHO_NOBODY, .session = "");
	/* each in its own place only */
	CASE(NETWORK, WHO_NOBODY, .authorization = bearer(p.key));
	CASE(NETWORK, WHO_NOBODY, .authorization = bearer(p.session));
	CASE(NETWORK, WHO_NOBODY, .authorization = p.token);
	CASE(NETWORK, WHO_NOBODY, .api_key = p.jwt);
	CASE(NETWORK, WHO_NOBODY, .api_key = p.session);
	CASE(NETWORK, WHO_NOBODY, .session = p.token);
	CASE(NETWORK, WHO_NOBODY, .authorization = bearer(p.panel_jwt));
	CASE(NETWORK, WHO_NOBODY, .authorization = bearer(p.expired_jwt));
	/* a kind that the route does not take is a bad one */
	CASE(MACHINE, WHO_NOBODY, .authorization = bearer(p.jwt), .session = p.session);
	CASE(MACHINE, WHO_NOBODY, .api_key = p.key, .session = p.session);
	CASE(MACHINE, WHO_TOKEN, .authorization = bearer(p.token));
	CASE(WHO_SESSION, WHO_NOBODY, .authorization = bearer(p.token), .session = p.session);
	CASE(WHO_JWT | WHO_KEY, WHO_NOBODY, .session = p.session);
	CASE(WHO_JWT | WHO_SESSION, WHO_NOBODY, .api_key = p.token);
	CASE(WHO_NOBODY, WHO_NOBODY, .session = p.session);
	/* the trusted network is for those who bring nothing */
	CASE(MACHINE, WHO_TRUSTED, .address = "127.0.0.1");
	CASE(MACHINE, WHO_TRUSTED, .address = "::1");
	CASE(MACHINE, WHO_NOBODY, .address = "127.0.0.1", .forwarded = true);
	CASE(MACHINE, WHO_NOBODY, .address = "127.0.0.1", .authorization = "");
	CASE(MACHINE, WHO_NOBODY, .address = "127.0.0.1", .session = "bad");
	CASE(MACHINE, WHO_NOBODY, .address = "192.168.1.20");
	CASE(MACHINE, WHO_NOBODY, .address = "");
	CASE(MACHINE, WHO_NOBODY, .address = NULL);
	CASE(NETWORK, WHO_NOBODY, .address = "127.0.0.1");
	CASE(WHO_ANYONE, WHO_ANYONE, .authorization = "bad");
#undef CASE
	assert_true(n <= sizeof(cases) / sizeof(cases[0]));
	for (size_t i = 0; i < n; i++)
		if (who_is(&cases[i].c, cases[i].accepts, NULL) != cases[i].who)
			fail_msg("case %d: %d, not %d", (int)i,
				 who_is(&cases[i].c, cases[i].accepts, NULL), cases[i].who);
}

static scope_set scopes_of(const struct credentials *c, unsigned accepts)
{
	struct principal p = { 0 };

	assert_int_not_equal(who_is(c, accepts, &p), WHO_NOBODY);
	return p.scopes;
}

static void principals_have_scopes(void **state)
{
	const scope_set network = SCOPE_BIT(SCOPE_READ_NETWORK);
	struct credentials c = { 0 };
	struct purse anna, max, gast;

	(void)state;
	fill(&anna, house.anna, "anna");
	fill(&max, house.max, "max");
	fill(&gast, house.gast, "gast");
	c.api_key = anna.key;
	assert_int_equal(scopes_of(&c, NETWORK), network);
	c.api_key = max.key;
	assert_int_equal(scopes_of(&c, NETWORK), network);
	c.api_key = gast.key;
	assert_int_equal(scopes_of(&c, NETWORK), 0);
	/* the same three scopes in each token */
	c.api_key = anna.token;
	assert_true(has_scope(scopes_of(&c, NETWORK), SCOPE_WRITE_RECORDER));
	c.api_key = max.token;
	assert_int_equal(scopes_of(&c, NETWORK), network);
	c.api_key = gast.token;
	assert_int_equal(scopes_of(&c, NETWORK), 0);
	c = (struct credentials){ .session = max.session };
	assert_int_equal(scopes_of(&c, NETWORK), role_scopes("member"));
	c = (struct credentials){ .authorization = bearer(max.jwt) };
	assert_int_equal(scopes_of(&c, NETWORK), role_scopes("member"));
	c = (struct credentials){ .address = "127.0.0.1" };
	assert_int_equal(scopes_of(&c, MACHINE), SCOPE_BIT(SCOPE_WRITE_RECORDER));
	/* the role counts as it is now */
	sql("UPDATE account SET role = 'guest' WHERE username = 'max'");
	c = (struct credentials){ .api_key = max.key };
	assert_int_equal(scopes_of(&c, NETWORK), 0);
	c = (struct credentials){ .session = max.session };
	assert_int_equal(scopes_of(&c, NETWORK), 0);
}

static void inactive_accounts_are_nobody(void **state)
{
	struct purse p;
	struct err e = { 0 };

	(void)state;
	fill(&p, house.max, "max");
	sql("UPDATE account SET active = 0 WHERE username = 'max'");
	assert_int_equal(
		who_is(&(struct credentials){ .authorization = bearer(p.jwt) }, NETWORK, NULL),
		WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .api_key = p.key }, NETWORK, NULL),
			 WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .api_key = p.token }, NETWORK, NULL),
			 WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .session = p.session }, NETWORK, NULL),
			 WHO_NOBODY);
	sql("UPDATE account SET active = 1 WHERE username = 'max'");
	assert_int_equal(
		who_is(&(struct credentials){ .authorization = bearer(p.jwt) }, NETWORK, NULL),
		WHO_JWT);
	/* a new password ends JWTs and sessions, not keys and tokens */
	assert_int_equal(account_password_store(house.db, house.max, house.hash, false, NULL, &e),
			 ERR_NONE);
	assert_int_equal(
		who_is(&(struct credentials){ .authorization = bearer(p.jwt) }, NETWORK, NULL),
		WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .session = p.session }, NETWORK, NULL),
			 WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .api_key = p.key }, NETWORK, NULL), WHO_KEY);
	assert_int_equal(who_is(&(struct credentials){ .api_key = p.token }, NETWORK, NULL),
			 WHO_TOKEN);
}

static void use_is_written_now_and_then(void **state)
{
	struct principal who = { 0 };
	struct credentials c = { 0 };
	struct purse p;

	(void)state;
	fill(&p, house.max, "max");
	c.api_key = p.key;
	assert_int_equal(who_is(&c, NETWORK, &who), WHO_KEY);
	principal_touch(&house.auth, &who);
	assert_int_equal(sql_int("SELECT last_used_at FROM api_key"), NOON);
	house.auth.now += 59;
	who_is(&c, NETWORK, &who);
	principal_touch(&house.auth, &who);
	assert_int_equal(sql_int("SELECT last_used_at FROM api_key"), NOON);
	house.auth.now++;
	who_is(&c, NETWORK, &who);
	principal_touch(&house.auth, &who);
	assert_int_equal(sql_int("SELECT last_used_at FROM api_key"), NOON + 60);
	c.api_key = p.token;
	who_is(&c, NETWORK, &who);
	principal_touch(&house.auth, &who);
	assert_int_equal(sql_int("SELECT last_used_at FROM token"), NOON + 60);

	c = (struct credentials){ .session = p.session };
	assert_int_equal(who_is(&c, NETWORK, &who), WHO_SESSION);
	principal_touch(&house.auth, &who);
	assert_false(who.session_renewed);
	house.auth.now = NOON + DAY;
	who_is(&c, NETWORK, &who);
	assert_int_equal(who.session_expires_s, NOON + 30 * DAY);
	principal_touch(&house.auth, &who);
	assert_true(who.session_renewed);
	assert_int_equal(who.session_expires_s, NOON + 31 * DAY);
	principal_touch(&house.auth, &who);
	assert_int_equal(who.session_expires_s, NOON + 31 * DAY);
}

static void csrf_tokens_fit_one_session(void **state)
{
	struct principal who = { 0 }, other = { 0 };
	struct credentials c = { 0 };
	struct purse p, q;
	char again[SHA256_B64];

	(void)state;
	fill(&p, house.max, "max");
	fill(&q, house.max, "max");
	c.session = q.session;
	who_is(&c, NETWORK, &other);
	c.session = p.session;
	assert_int_equal(who_is(&c, NETWORK, &who), WHO_SESSION);
	assert_int_equal(strlen(who.csrf), 43);
	session_csrf(&house.keys, p.session, again);
	assert_string_equal(who.csrf, again);
	assert_false(principal_csrf_ok(&who, &c));
	c.csrf = "";
	assert_false(principal_csrf_ok(&who, &c));
	c.csrf = other.csrf;
	assert_false(principal_csrf_ok(&who, &c));
	c.csrf = again;
	assert_true(principal_csrf_ok(&who, &c));
	assert_false(principal_csrf_ok(&(struct principal){ .who = WHO_TRUSTED },
				       &(struct credentials){ .csrf = "" }));
}

static void clients_behind_proxies(void **state)
{
	static const struct {
		const char *peer, *forwarded_for, *forwarded, *proxies, *client;
		bool hidden;
	} cases[] = {
		{ "192.168.1.5", NULL, NULL, "", "192.168.1.5", false },
		{ "::ffff:192.168.1.5", NULL, NULL, "", "192.168.1.5", false },
		{ "127.0.0.1", "8.8.8.8", NULL, "", "127.0.0.1", true },
		{ "127.0.0.1", NULL, "for=8.8.8.8", "", "127.0.0.1", true },
		{ "127.0.0.1", "", NULL, "", "127.0.0.1", true },
		{ "127.0.0.1", "8.8.8.8", NULL, "127.0.0.1", "8.8.8.8", false },
		{ "127.0.0.1", NULL, NULL, "127.0.0.1", "127.0.0.1", false },
		{ "127.0.0.1", NULL, "for=8.8.8.8", "127.0.0.1", "127.0.0.1", true },
		{ "10.0.0.1", "127.0.0.1, 8.8.8.8 , 10.0.0.2", NULL, "10.0.0.0/8", "8.8.8.8",
		  false },
		{ "10.0.0.1", "10.0.0.3,10.0.0.2", NULL, "10.0.0.0/8", "10.0.0.3", false },
		{ "10.0.0.1", "127.0.0.1,unknown,10.0.0.2", NULL, "10.0.0.0/8", "10.0.0.2", true },
		{ "10.0.0.1", "2001:DB8::1", NULL, "10.0.0.0/8", "2001:db8::1", false },
		{ "10.0.0.1", "", NULL, "10.0.0.0/8", "10.0.0.1", false },
		{ "10.0.0.1", ",", NULL, "10.0.0.0/8", "10.0.0.1", true },
		{ "", NULL, NULL, "", "", true },
		{ "unix:", "8.8.8.8", NULL, "127.0.0.1", "unix:", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool hidden;
		const char *client =
			trusted_client(house.arena, cases[i].peer, cases[i].forwarded_for,
				       cases[i].forwarded, cases[i].proxies, &hidden);

		assert_string_equal(client, cases[i].client);
		assert_int_equal(hidden, cases[i].hidden);
	}
}

static void audit_names_the_actor(void **state)
{
	struct principal max = { .who = WHO_SESSION, .user_id = house.max, .username = "max" };
	struct principal machine = { .who = WHO_TRUSTED };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(audit_add(house.db, NOON, &max, "a", "s", "{\"keys\":[]}", &e), ERR_NONE);
	assert_int_equal(audit_add(house.db, NOON, &machine, "b", NULL, NULL, &e), ERR_NONE);
	assert_int_equal(audit_add(house.db, NOON, NULL, "c", NULL, NULL, &e), ERR_NONE);
	assert_int_equal(sql_int("SELECT actor_id FROM audit WHERE action = 'a' AND actor = 'max'"),
			 house.max);
	assert_int_equal(
		sql_int("SELECT count(*) FROM audit WHERE actor_id IS NULL AND data = '{}' AND"
			" actor IN ('trusted network', 'command line')"),
		2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes_are_named),
		cmocka_unit_test(roles_have_scopes),
		cmocka_unit_test(passwords_are_hashed),
		cmocka_unit_test(first_passwords_are_random),
		cmocka_unit_test(usernames_are_normalised),
		cmocka_unit_test_setup(accounts_are_kept, furnish),
		cmocka_unit_test_setup(jwts_are_verified, furnish),
		cmocka_unit_test_setup(jwt_clocks_may_differ, furnish),
		cmocka_unit_test_setup(forged_jwts_are_refused, furnish),
		cmocka_unit_test_setup(sessions_live_and_end, furnish),
		cmocka_unit_test_setup(sessions_are_revoked, furnish),
		cmocka_unit_test_setup(cookies_are_worded, furnish),
		cmocka_unit_test_setup(failures_close_the_door, furnish),
		cmocka_unit_test_setup(a_closed_door_is_told, furnish),
		cmocka_unit_test_setup(uncounted_failures_count, furnish),
		cmocka_unit_test_setup(logins_are_tested, furnish),
		cmocka_unit_test_setup(tokens_are_kept, furnish),
		cmocka_unit_test_setup(api_keys_are_kept, furnish),
		cmocka_unit_test_setup(credentials_have_an_order, furnish),
		cmocka_unit_test_setup(principals_have_scopes, furnish),
		cmocka_unit_test_setup(inactive_accounts_are_nobody, furnish),
		cmocka_unit_test_setup(use_is_written_now_and_then, furnish),
		cmocka_unit_test_setup(csrf_tokens_fit_one_session, furnish),
		cmocka_unit_test_setup(clients_behind_proxies, furnish),
		cmocka_unit_test_setup(audit_names_the_actor, furnish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, build, clear);
}
