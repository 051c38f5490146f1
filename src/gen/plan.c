/* plan.c: see plan.h; the wording of plans: https://www.sqlite.org/eqp.html */
#include "gen/plan.h"

#include <stdbool.h>
#include <string.h>

#include <sqlite3.h>

enum { MAX_NAMES = 16, NAME = 64 };

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

int gen_plan_query(struct db *db, const struct query *q, FILE *out)
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

struct walk {
	struct db *db;
	FILE *out;
	int faults;
};

static bool query_visit(struct query *q, void *ctx)
{
	struct walk *w = ctx;

	w->faults += gen_plan_query(w->db, q, w->out);
	return true;
}

int gen_plan(struct db *db, FILE *out)
{
	struct walk w = { .db = db, .out = out };

	query_each(query_visit, &w);
	return w.faults;
}
