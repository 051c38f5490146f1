/* queries_test.c: every statement of the program fits the schema and walks through no large table;
 * linked with the whole library */
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

#include "db/db.h"
#include "db/migrate.h"
#include "gen/plan.h"

static char dir[] = "/tmp/hearth-queries-XXXXXX";
static struct db *db;

static int prepare(void **state)
{
	bool changed;
	struct err e;

	(void)state;
	if (!mkdtemp(dir) || migrate(dir, &changed, &e) || db_open(&db, dir, DB_COLLECT, &e)) {
		fprintf(stderr, "# %s\n", e.text);
		return -1;
	}
	return 0;
}

static int clean(void **state)
{
	static const char *const names[] = { "hearth.db",	 "hearth.db-wal",
					     "hearth.db-shm",	 "series.db",
					     "series.db-wal",	 "series.db-shm",
					     "run/migrate.lock", "run" };
	char path[64];

	(void)state;
	db_close(db);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	return rmdir(dir);
}

static bool query_count(struct query *q, void *ctx)
{
	(void)q;
	++*(int *)ctx;
	return true;
}

static void the_program_has_queries(void **state)
{
	int n = 0;

	(void)state;
	query_each(query_count, &n);
	assert_true(n > 50);
}

static void all_queries_are_sound(void **state)
{
	(void)state;
	assert_int_equal(gen_plan(db, stderr), 0);
}

struct row {
	int64_t id, k, limit;
	const char *t;
};
static const struct field row_fields[] = {
	{ FIELD(struct row, id) },    { FIELD(struct row, k) }, { FIELD(struct row, t) },
	{ FIELD(struct row, limit) }, { .key = NULL },
};
static const struct shape row = { "Row", sizeof(struct row), row_fields };

/* How many faults a statement has, on a table of its own. */
static int faults_of(const char *sql, bool scans)
{
	const struct query q = { .sql = sql, .in = &row, .out = &row, .scans = scans };
	FILE *out = tmpfile();
	int n = gen_plan_query(db, &q, out);

	fclose(out);
	return n;
}

static void unsound_queries_are_found(void **state)
{
	(void)state;
	assert_int_equal(
		sqlite3_exec(db_handle(db),
			     "CREATE TEMP TABLE thing (id INTEGER PRIMARY KEY, k INTEGER, t TEXT);"
			     "CREATE INDEX thing_k ON thing (k)",
			     NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(faults_of("SELECT t FROM thing WHERE id = :id", false), 0);
	assert_int_equal(faults_of("SELECT t FROM thing WHERE k = :k ORDER BY t", false), 0);
	assert_int_equal(faults_of("SELECT t FROM thing ORDER BY k LIMIT :limit", false), 0);
	assert_int_equal(faults_of("SELECT t FROM thing ORDER BY id LIMIT :limit", false), 0);
	assert_int_equal(
		faults_of(
			"WITH x AS MATERIALIZED (SELECT t FROM thing WHERE k = :k) SELECT t FROM x",
			false),
		0);
	assert_int_equal(faults_of("SELECT t FROM thing", true), 0);
	/* bad ones */
	assert_int_equal(faults_of("SELECT t FROM thing", false), 1);
	assert_int_equal(faults_of("SELECT t FROM thing WHERE t = :t", false), 1);
	assert_int_equal(faults_of("SELECT t FROM thing ORDER BY t LIMIT :limit", false), 1);
	assert_int_equal(faults_of("DELETE FROM thing WHERE t = :t", false), 1);
	assert_int_equal(faults_of("SELECT nothing FROM thing WHERE id = :id", false), 1);
	assert_int_equal(faults_of("SELECT t AS other FROM thing WHERE id = :id", false), 1);
	assert_int_equal(faults_of("SELECT t FROM thing WHERE id = :other", false), 1);
	assert_int_equal(faults_of("SELECT t FROM thing WHERE id = ?", false), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_has_queries),
		cmocka_unit_test(all_queries_are_sound),
		cmocka_unit_test(unsound_queries_are_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, prepare, clean);
}
