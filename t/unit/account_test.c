/* account_test.c: scopes and roles, passwords, accounts, and the audit of what they do */
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
#include "auth/audit.h"
#include "auth/password.h"
#include "auth/session.h"
#include "house.h"

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
	assert_int_equal(account_each(house.db, house_count_row, &n, &e), ERR_NONE);
	assert_int_equal(n, 3);

	assert_int_equal(session_create(&house.auth, house.anna, ADDRESS, "", token, &expires, &e),
			 ERR_NONE);
	assert_int_equal(account_password_set(house.db, "anna", "another password", true, NOON, &e),
			 ERR_NONE);
	assert_int_equal(account_find_id(house.db, house.anna, house.arena, &account, &e),
			 ERR_NONE);
	assert_true(account.force_password_change);
	assert_int_equal(account.token_version, 2); /* house_furnish() has set a password too */
	assert_int_equal(password_verify("another password", account.password_hash, &e), ERR_NONE);
	assert_int_equal(house_int("SELECT count(*) FROM session"), 0);
	assert_int_equal(
		house_int(
			"SELECT count(*) FROM audit WHERE action = 'password.set' AND actor_id IS NULL"),
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

static void audit_names_the_actor(void **state)
{
	struct principal max = { .who = WHO_SESSION, .user_id = house.max, .username = "max" };
	struct principal machine = { .who = WHO_TRUSTED };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(audit_add(house.db, NOON, &max, "a", "s", "{\"keys\":[]}", &e), ERR_NONE);
	assert_int_equal(audit_add(house.db, NOON, &machine, "b", NULL, NULL, &e), ERR_NONE);
	assert_int_equal(audit_add(house.db, NOON, NULL, "c", NULL, NULL, &e), ERR_NONE);
	assert_int_equal(
		house_int("SELECT actor_id FROM audit WHERE action = 'a' AND actor = 'max'"),
		house.max);
	assert_int_equal(
		house_int("SELECT count(*) FROM audit WHERE actor_id IS NULL AND data = '{}' AND"
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
		cmocka_unit_test_setup(accounts_are_kept, house_furnish),
		cmocka_unit_test_setup(audit_names_the_actor, house_furnish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, house_build, house_clear);
}
