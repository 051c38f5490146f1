/* session_test.c: sessions of browsers: how they live, how they end, and their cookies */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/account.h"
#include "auth/session.h"
#include "house.h"

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
	assert_int_equal(expires, NOON + 30 * DAY_S);
	assert_int_equal(
		house_int(
			"SELECT count(*) FROM session WHERE user_agent = 'Mozilla' AND length(hash) = 64"),
		1);
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NONE);
	assert_int_equal(session.account_id, house.max);
	assert_int_equal(session_find(auth, session.hash, house.arena, &session, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(session_find(auth, "", house.arena, &session, &e), ERR_NOT_FOUND);

	/* once a day, and never back */
	auth->now = NOON + DAY_S - 1;
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NOT_FOUND);
	auth->now = NOON + DAY_S;
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NONE);
	assert_int_equal(renewed, NOON + 31 * DAY_S);
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NOT_FOUND);
	auth->now = NOON + 2 * DAY_S;
	house.cfg.auth.session_idle_days = 1;
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NONE);
	assert_int_equal(renewed, NOON + 31 * DAY_S);
	house.cfg.auth.session_idle_days = 30;

	/* the last day */
	for (int day = 3; day <= 89; day++) {
		auth->now = NOON + day * DAY_S;
		assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NONE);
	}
	assert_int_equal(renewed, NOON + 90 * DAY_S);
	auth->now = NOON + 90 * DAY_S - 1;
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NONE);
	auth->now = NOON + 90 * DAY_S;
	assert_int_equal(session_find(auth, token, house.arena, &session, &e), ERR_NOT_FOUND);
	assert_int_equal(session_renew(auth, session.hash, &renewed, &e), ERR_NOT_FOUND);

	assert_int_equal(session_sweep(auth, &more, &e), ERR_NONE);
	assert_false(more);
	assert_int_equal(house_int("SELECT count(*) FROM session"), 0);
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
	assert_int_equal(house_int("SELECT count(*) FROM session"), 2);
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
	assert_int_equal(house_int("SELECT count(*) FROM session"), SESSIONS_PER_ACCOUNT + 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sessions_live_and_end, house_furnish),
		cmocka_unit_test_setup(sessions_are_revoked, house_furnish),
		cmocka_unit_test_setup(cookies_are_worded, house_furnish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, house_build, house_clear);
}
