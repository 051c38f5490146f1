/* house.c: see house.h */
#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "base/seal.h"
#include "db/migrate.h"

struct house house;

void house_sql(const char *text)
{
	assert_int_equal(sqlite3_exec(db_handle(house.db), text, NULL, NULL, NULL), SQLITE_OK);
}

int64_t house_int(const char *text)
{
	sqlite3_stmt *s;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(db_handle(house.db), text, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

int house_build(void **state)
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

int house_clear(void **state)
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

int house_furnish(void **state)
{
	(void)state;
	arena_reset(house.arena);
	house_sql("DELETE FROM login_failure; DELETE FROM account; DELETE FROM series.event");
	house.auth = (struct auth){
		.db = house.db, .cfg = &house.cfg, .keys = &house.keys, .now = NOON
	};
	house.anna = person("anna", "admin");
	house.max = person("max", "member");
	house.gast = person("gast", "guest");
	house_sql("DELETE FROM audit");
	return 0;
}

enum err_code house_count_row(void *row, void *ctx, struct err *e)
{
	(void)row;
	(void)e;
	++*(int *)ctx;
	return ERR_NONE;
}
