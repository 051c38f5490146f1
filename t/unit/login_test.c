/* login_test.c: logins, and the door that too many failures close */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libscrypt.h>

#include "auth/account.h"
#include "auth/login.h"
#include "auth/password.h"
#include "auth/rate_table.h"
#include "auth/throttle.h"
#include "house.h"

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
	assert_int_equal(house_int("SELECT count(*) FROM login_failure"), 9);
	assert_int_equal(throttle_clear(auth, "anna", ADDRESS, &e), ERR_NONE);
	assert_int_equal(house_int("SELECT count(*) FROM login_failure"), 0);

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
	return house_int(text);
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
		house_int(
			"SELECT count(*) FROM series.event WHERE data = '{\"username\":\"anna\"}'"),
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
	assert_int_equal(house_int("SELECT count(*) FROM login_failure WHERE username = 'anna'"),
			 2);
	assert_int_equal(house_int("SELECT count(*) FROM login_failure"), 4);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_NONE);
	assert_int_equal(house_int("SELECT count(*) FROM login_failure"), 2);
	house_sql("UPDATE account SET active = 0 WHERE username = 'max'");
	house_sql("UPDATE account SET password_hash = NULL WHERE username = 'gast'");
	assert_int_equal(try_login("max", PASSWORD, &e), ERR_UNAUTHENTICATED);
	assert_int_equal(try_login("gast", "", &e), ERR_UNAUTHENTICATED);
	/* an old hash is renewed, and nothing else of the account changes */
	assert_true(libscrypt_hash(old, PASSWORD, 4096, 8, 1) > 0);
	assert_int_equal(account_password_store(house.db, house.anna, old, true, NULL, &e),
			 ERR_NONE);
	assert_int_equal(try_login("anna", PASSWORD, &e), ERR_NONE);
	assert_int_equal(
		house_int(
			"SELECT password_hash LIKE '$s1$0e0801$%' AND force_password_change = 1 AND"
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
	assert_int_equal(house_int("SELECT count(*) FROM login_failure WHERE username = 'anna'"),
			 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(failures_close_the_door, house_furnish),
		cmocka_unit_test_setup(a_closed_door_is_told, house_furnish),
		cmocka_unit_test_setup(uncounted_failures_count, house_furnish),
		cmocka_unit_test_setup(logins_are_tested, house_furnish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, house_build, house_clear);
}
