/* migrate_test.c: databases are made, brought forward, and never half-way */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "base/embedded.h"
#include "base/log.h"
#include "db/migrate.h"

#define STEP_1 \
	"CREATE TABLE house (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;" \
	"CREATE TABLE room (id INTEGER PRIMARY KEY, house INTEGER NOT NULL REFERENCES house (id)) STRICT;" \
	"CREATE TABLE effort (n INTEGER NOT NULL) STRICT;"
/* fails where two houses have one name */
#define STEP_2 "CREATE UNIQUE INDEX house_name ON house (name);"
/* takes as long as effort says, and leaves orphans when a house is called Ruin */
#define STEP_3 \
	"DELETE FROM house WHERE name = 'Ruin';" \
	"WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c" \
	"  WHERE x < (SELECT coalesce(max(n), 1) FROM effort))" \
	" UPDATE house SET name = name || (SELECT min(x) FROM c);"

/* Instead of the program's own. */
const struct embedded embedded_files[] = {
	{ "schema/hearth/0001-house.sql", STEP_1, sizeof(STEP_1) - 1 },
	{ "schema/hearth/0002-unique.sql", STEP_2, sizeof(STEP_2) - 1 },
	{ "schema/hearth/0003-effort.sql", STEP_3, sizeof(STEP_3) - 1 },
	{ "schema/series/0001-sample.sql", "CREATE TABLE sample (ts INTEGER PRIMARY KEY) STRICT",
	  51 },
	{ "templates/0004-not-a-step.sql", "nonsense", 8 },
	{ 0 },
};

static char dir[64], path[128], copy_path[128];

static int begin(void **state)
{
	(void)state;
	log_level_set(LOG_ERROR);
	snprintf(dir, sizeof(dir), "/tmp/migrate_test.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/hearth.db", dir);
	snprintf(copy_path, sizeof(copy_path), "%s/hearth.db.v1.bak", dir);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? -1 : 0;
}

static void sql(const char *file, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first column of the first row as text. */
static const char *ask(const char *file, const char *text)
{
	static char out[128];
	sqlite3_stmt *s;
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	snprintf(out, sizeof(out), "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
	return out;
}

static int mode_of(const char *file)
{
	struct stat st;

	return stat(file, &st) ? -1 : (int)(st.st_mode & 0777);
}

static enum err_code run(bool *changed)
{
	struct err e = { 0 };
	enum err_code code = migrate(dir, changed, &e);

	assert_int_equal(code, e.code);
	return code;
}

/* hearth.db as version 1 of the program left it. */
static void make_old(const char *more)
{
	sql(path, STEP_1
	    "PRAGMA journal_mode = WAL; PRAGMA user_version = 1; PRAGMA application_id = 1213355080");
	sql(path, more);
	chmod(path, 0600);
}

static void versions_are_counted(void **state)
{
	(void)state;
	assert_int_equal(migrate_version("hearth"), 3);
	assert_int_equal(migrate_version("series"), 1);
	assert_int_equal(migrate_version("nothing"), 0);
}

static void new_databases_are_made(void **state)
{
	bool changed = false;

	(void)state;
	assert_int_equal(run(&changed), ERR_NONE);
	assert_true(changed);
	assert_string_equal(ask(path, "PRAGMA user_version"), "3");
	assert_string_equal(ask(path, "PRAGMA journal_mode"), "wal");
	assert_string_equal(ask(path, "PRAGMA application_id"), "1213355080");
	assert_string_equal(ask(path, "SELECT count(*) FROM house"), "0");
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(mode_of(copy_path), -1);
	assert_int_equal(run(&changed), ERR_NONE);
	assert_false(changed);
}

static void old_databases_are_copied_first(void **state)
{
	char new_path[160];
	bool changed;

	(void)state;
	make_old("INSERT INTO house (name) VALUES ('Casa')");
	assert_int_equal(run(&changed), ERR_NONE);
	assert_true(changed);
	assert_string_equal(ask(path, "PRAGMA user_version"), "3");
	assert_string_equal(ask(path, "SELECT name FROM house"), "Casa1");
	assert_string_equal(ask(copy_path, "PRAGMA user_version"), "1");
	assert_string_equal(ask(copy_path, "SELECT name FROM house"), "Casa");
	assert_int_equal(mode_of(copy_path), 0600);
	snprintf(new_path, sizeof(new_path), "%s.new", copy_path);
	assert_int_equal(mode_of(new_path), -1);
}

static void failed_steps_change_nothing(void **state)
{
	(void)state;
	make_old("INSERT INTO house (name) VALUES ('Casa'), ('Casa')");
	assert_int_equal(run(NULL), ERR_INTERNAL);
	assert_string_equal(ask(path, "PRAGMA user_version"), "1");
	assert_string_equal(ask(path, "SELECT count(*) FROM house WHERE name = 'Casa'"), "2");
	sql(path, "UPDATE house SET name = 'Villa' WHERE id = 2");
	assert_int_equal(run(NULL), ERR_NONE);
	assert_string_equal(ask(path, "PRAGMA user_version"), "3");
}

static void orphans_are_refused(void **state)
{
	(void)state;
	make_old(
		"INSERT INTO house (id, name) VALUES (1, 'Ruin'); INSERT INTO room (house) VALUES (1)");
	assert_int_equal(run(NULL), ERR_INTERNAL);
	assert_string_equal(ask(path, "PRAGMA user_version"), "1");
	assert_string_equal(ask(path, "SELECT name FROM house"), "Ruin");
}

static void foreign_files_are_refused(void **state)
{
	(void)state;
	sql(path, "PRAGMA user_version = 4; PRAGMA application_id = 1213355080");
	assert_int_equal(run(NULL), ERR_SCHEMA);
	assert_string_equal(ask(path, "PRAGMA user_version"), "4");
	sql(path, "PRAGMA user_version = 1; PRAGMA application_id = 42");
	assert_int_equal(run(NULL), ERR_SCHEMA);
	sql(path, "PRAGMA user_version = 0; PRAGMA application_id = 0; CREATE TABLE mine (x)");
	assert_int_equal(run(NULL), ERR_SCHEMA);
	assert_string_equal(ask(path, "SELECT count(*) FROM sqlite_schema"), "1");
}

static void kills_leave_the_old_version(void **state)
{
	int status;
	pid_t child;

	(void)state;
	make_old(
		"INSERT INTO house (name) VALUES ('Casa'); INSERT INTO effort VALUES (1000000000000)");
	child = fork();
	if (child == 0) {
		struct err e;

		_exit(migrate(dir, NULL, &e) ? 1 : 0);
	}
	assert_true(child > 0);
	while (mode_of(copy_path) < 0 && waitpid(child, &status, WNOHANG) == 0)
		usleep(1000);
	usleep(50000); /* into the third step */
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_string_equal(ask(path, "PRAGMA user_version"), "1");
	assert_string_equal(ask(path, "SELECT name FROM house"), "Casa");
	assert_string_equal(ask(path, "PRAGMA integrity_check"), "ok");
	sql(path, "DELETE FROM effort");
	assert_int_equal(run(NULL), ERR_NONE);
	assert_string_equal(ask(path, "SELECT name FROM house"), "Casa1");
}

static void only_one_migrates(void **state)
{
	int changes = 0;

	(void)state;
	make_old("INSERT INTO house (name) VALUES ('Casa'); INSERT INTO effort VALUES (200000)");
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			struct err e;
			bool changed;

			_exit(migrate(dir, &changed, &e) ? 2 : changed);
		}
	for (int i = 0; i < 4; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) < 2);
		changes += WEXITSTATUS(status);
	}
	assert_int_equal(changes, 1);
	assert_string_equal(ask(path, "SELECT name FROM house"), "Casa1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(versions_are_counted, begin, end),
		cmocka_unit_test_setup_teardown(new_databases_are_made, begin, end),
		cmocka_unit_test_setup_teardown(old_databases_are_copied_first, begin, end),
		cmocka_unit_test_setup_teardown(failed_steps_change_nothing, begin, end),
		cmocka_unit_test_setup_teardown(orphans_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(foreign_files_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(kills_leave_the_old_version, begin, end),
		cmocka_unit_test_setup_teardown(only_one_migrates, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
