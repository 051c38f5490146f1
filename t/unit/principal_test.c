/* principal_test.c: who a request comes from: scoped tokens, API keys, the order of credentials, CSRF, proxies */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/account.h"
#include "auth/api_key.h"
#include "auth/jwt.h"
#include "auth/password.h"
#include "auth/session.h"
#include "auth/token.h"
#include "auth/trusted.h"
#include "house.h"

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
	assert_int_equal(token_find(house.db, text, NOON + 7 * DAY_S - 1, house.arena, &token, &e),
			 ERR_NONE);
	assert_int_equal(token_find(house.db, text, NOON + 7 * DAY_S, house.arena, &token, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(
		token_find(house.db, other, NOON + 9999 * (int64_t)DAY_S, house.arena, &token, &e),
		ERR_NONE);
	assert_int_equal(token_touch(house.db, token.id, NOON + 5, &e), ERR_NONE);
	assert_int_equal(token_find(house.db, other, NOON, house.arena, &token, &e), ERR_NONE);
	assert_int_equal(token.last_used_at.s, NOON + 5);
	assert_int_equal(token_revoke(house.db, token.id, NOON, &e), ERR_NONE);
	assert_int_equal(token_revoke(house.db, token.id, NOON, &e), ERR_NOT_FOUND);
	assert_int_equal(token_find(house.db, other, NOON, house.arena, &token, &e), ERR_NOT_FOUND);
	assert_int_equal(token_each(house.db, house_count_row, &n, &e), ERR_NONE);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(token_create(house.db, &bad[i], NOON, text, &e), ERR_INVALID);
	assert_int_equal(token_create(house.db, &rq, NOON, text, &e), ERR_NOT_FOUND);
	house_sql("UPDATE account SET active = 0 WHERE username = 'max'");
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
	assert_int_equal(api_key_each(house.db, house.max, house_count_row, &n, &e), ERR_NONE);
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
	p->expired_jwt = jwt_of(id, "network", "1", NOON - DAY_S);
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

struct attempt {
	struct credentials c;
	unsigned accepts;
	enum who who;
};

static void credentials_have_an_order(void **state)
{
	struct purse p;
	struct attempt cases[64];
	size_t n = 0;

	(void)state;
	fill(&p, house.max, "max");
#define CASE(takes, result, ...) \
	cases[n++] = (struct attempt){ .c = { __VA_ARGS__ }, .accepts = (takes), .who = (result) }
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
	house_sql("UPDATE account SET role = 'guest' WHERE username = 'max'");
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
	house_sql("UPDATE account SET active = 0 WHERE username = 'max'");
	assert_int_equal(
		who_is(&(struct credentials){ .authorization = bearer(p.jwt) }, NETWORK, NULL),
		WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .api_key = p.key }, NETWORK, NULL),
			 WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .api_key = p.token }, NETWORK, NULL),
			 WHO_NOBODY);
	assert_int_equal(who_is(&(struct credentials){ .session = p.session }, NETWORK, NULL),
			 WHO_NOBODY);
	house_sql("UPDATE account SET active = 1 WHERE username = 'max'");
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
	assert_int_equal(house_int("SELECT last_used_at FROM api_key"), NOON);
	house.auth.now += 59;
	who_is(&c, NETWORK, &who);
	principal_touch(&house.auth, &who);
	assert_int_equal(house_int("SELECT last_used_at FROM api_key"), NOON);
	house.auth.now++;
	who_is(&c, NETWORK, &who);
	principal_touch(&house.auth, &who);
	assert_int_equal(house_int("SELECT last_used_at FROM api_key"), NOON + 60);
	c.api_key = p.token;
	who_is(&c, NETWORK, &who);
	principal_touch(&house.auth, &who);
	assert_int_equal(house_int("SELECT last_used_at FROM token"), NOON + 60);

	c = (struct credentials){ .session = p.session };
	assert_int_equal(who_is(&c, NETWORK, &who), WHO_SESSION);
	principal_touch(&house.auth, &who);
	assert_false(who.session_renewed);
	house.auth.now = NOON + DAY_S;
	who_is(&c, NETWORK, &who);
	assert_int_equal(who.session_expires_s, NOON + 30 * DAY_S);
	principal_touch(&house.auth, &who);
	assert_true(who.session_renewed);
	assert_int_equal(who.session_expires_s, NOON + 31 * DAY_S);
	principal_touch(&house.auth, &who);
	assert_int_equal(who.session_expires_s, NOON + 31 * DAY_S);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tokens_are_kept, house_furnish),
		cmocka_unit_test_setup(api_keys_are_kept, house_furnish),
		cmocka_unit_test_setup(credentials_have_an_order, house_furnish),
		cmocka_unit_test_setup(principals_have_scopes, house_furnish),
		cmocka_unit_test_setup(inactive_accounts_are_nobody, house_furnish),
		cmocka_unit_test_setup(use_is_written_now_and_then, house_furnish),
		cmocka_unit_test_setup(csrf_tokens_fit_one_session, house_furnish),
		cmocka_unit_test_setup(clients_behind_proxies, house_furnish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, house_build, house_clear);
}
