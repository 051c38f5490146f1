/* queries_test.c: every statement of the program fits the schema and walks through no large table;
 * transactions; linked with the whole library */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
	static const char *const names[] = { "hearth.db",	 "hearth.db-wal", "hearth.db-shm",
					     "series.db",	 "series.db-wal", "series.db-shm",
					     "run/migrate.lock", "run/live",	  "run" };
	char path[64];

	(void)state;
	db_close(db);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	return rmdir(dir);
}

enum { MAX_NAMES = 16, NAME = 64 };

/* What SQLite would do for a statement. */
struct plan {
	const struct query *q;
	FILE *out;
	int faults;
	bool sorts; /* a LIMIT does not end the walk: all rows are sorted first */
	char scanned[MAX_NAMES][NAME]; /* tables, subqueries and common table expressions */
	char inner[MAX_NAMES][NAME];   /* of these, what the statement itself makes */
	int n_scanned, n_inner;
};

static void fault(struct plan *p, const char *what, const char *name)
{
	p->faults++;
	fprintf(p->out, "%s %s: %.300s\n", what, name, p->q->sql);
}

static void fields_check(struct plan *p, sqlite3_stmt *stmt)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
		const char *name = sqlite3_bind_parameter_name(stmt, i);

		if (!name || !p->q->in || !field_find(p->q->in, name + 1, strlen(name + 1)))
			fault(p, "no field for the bind", name ? name : "?");
	}
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *name = sqlite3_column_name(stmt, i);

		if (!p->q->out || !field_find(p->q->out, name, strlen(name)))
			fault(p, "no field for the column", name);
	}
}

/* The word behind a prefix of a plan's line, into names. */
static void name_add(const char *line, const char *prefix, char names[MAX_NAMES][NAME], int *n)
{
	size_t length = strlen(prefix);

	if (strncmp(line, prefix, length) != 0 || *n == MAX_NAMES)
		return;
	line += length;
	snprintf(names[(*n)++], NAME, "%.*s", (int)strcspn(line, " "), line);
}

static void line_read(struct plan *p, const char *line)
{
	if (strstr(line, "VIRTUAL TABLE") || strcmp(line, "SCAN CONSTANT ROW") == 0)
		return;
	name_add(line, "SCAN ", p->scanned, &p->n_scanned);
	name_add(line, "MATERIALIZE ", p->inner, &p->n_inner);
	name_add(line, "CO-ROUTINE ", p->inner, &p->n_inner);
	if (strncmp(line, "USE TEMP B-TREE", 15) == 0)
		p->sorts = true;
}

static bool is_inner(const struct plan *p, const char *name)
{
	for (int i = 0; i < p->n_inner; i++)
		if (strcmp(p->inner[i], name) == 0)
			return true;
	return *name == '(';
}

static void plan_check(struct plan *p)
{
	bool ends = strstr(p->q->sql, "LIMIT") && !p->sorts;

	for (int i = 0; i < p->n_scanned && !p->q->scans && !ends; i++)
		if (!is_inner(p, p->scanned[i]))
			fault(p, "reads the whole of", p->scanned[i]);
}

/* Says what is wrong with the statement and returns how much: it cannot be prepared against the
 * schema, a bind or a column has no field, or it walks through a whole table though it does not say
 * that it scans. A walk in the order of a key that ends at a LIMIT is none. The wording of plans:
 * https://www.sqlite.org/eqp.html */
static int query_check(const struct query *q, FILE *out)
{
	struct plan p = { .q = q, .out = out };
	sqlite3 *handle = db_handle(db);
	char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", q->sql);
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(handle, q->sql, -1, &stmt, NULL) != SQLITE_OK) {
		fault(&p, "cannot be prepared:", sqlite3_errmsg(handle));
		sqlite3_free(explain);
		return p.faults;
	}
	fields_check(&p, stmt);
	sqlite3_finalize(stmt);
	if (sqlite3_prepare_v2(handle, explain, -1, &stmt, NULL) == SQLITE_OK)
		while (sqlite3_step(stmt) == SQLITE_ROW)
			line_read(&p, (const char *)sqlite3_column_text(stmt, 3));
	sqlite3_finalize(stmt);
	sqlite3_free(explain);
	plan_check(&p);
	return p.faults;
}

struct tally {
	int queries, faults;
};

static bool query_visit(struct query *q, void *ctx)
{
	struct tally *t = ctx;

	t->queries++;
	t->faults += query_check(q, stderr);
	return true;
}

static void all_queries_are_sound(void **state)
{
	struct tally t = { 0 };

	(void)state;
	query_each(query_visit, &t);
	assert_true(t.queries > 50);
	assert_int_equal(t.faults, 0);
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
	int n = query_check(&q, out);

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

static void writers_have_the_lock_from_the_beginning(void **state)
{
	struct db *other;
	struct err e;

	(void)state;
	assert_int_equal(db_open(&other, dir, DB_COLLECT, &e), ERR_NONE);
	db_casual(other, true); /* does not wait */
	assert_int_equal(db_begin(db, TX_WRITE, &e), ERR_NONE);
	assert_int_equal(db_begin(other, TX_WRITE, &e), ERR_BUSY);
	assert_false(db_in_transaction(other));
	assert_int_equal(db_begin(other, TX_READ, &e), ERR_NONE);
	db_rollback(other);
	db_rollback(db);
	assert_int_equal(db_begin(other, TX_WRITE, &e), ERR_NONE);
	db_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_queries_are_sound),
		cmocka_unit_test(unsound_queries_are_found),
		cmocka_unit_test(writers_have_the_lock_from_the_beginning),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, prepare, clean);
}
