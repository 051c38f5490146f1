/* event.c: see event.h */
#include "db/event.h"

#include "base/field.h"

struct event_row {
	int64_t at, before, rows;
	const char *kind, *subject, *data;
};

static const struct field event_fields[] = {
	{ FIELD(struct event_row, at) },
	{ FIELD(struct event_row, before) },
	{ FIELD(struct event_row, rows) },
	{ FIELD(struct event_row, kind) },
	{ FIELD(struct event_row, subject) },
	{ FIELD(struct event_row, data) },
	{ .key = NULL },
};
static const struct shape event_shape = { "EventRow", sizeof(struct event_row), event_fields };

QUERY(q_add) = {
	.sql = "INSERT INTO series.event (at, area, kind, subject, data)"
	       " VALUES (:at, substr(:kind, 1, instr(:kind, '.') - 1), :kind, :subject, :data)",
	.in = &event_shape,
};

/* Ids follow the time, so only the oldest ones need a look. */
QUERY(q_prune) = {
	.sql = "DELETE FROM series.event WHERE id IN ("
	       " SELECT id FROM (SELECT id, at FROM series.event ORDER BY id LIMIT :rows) WHERE at < :before)",
	.in = &event_shape,
	.scans = true,
};

enum err_code event_add(struct db *db, int64_t at, const char *kind, const char *subject,
			const char *data, struct err *e)
{
	struct event_row row = {
		.at = at, .kind = kind, .subject = subject, .data = data ? data : "{}"
	};

	return db_run(db, &q_add, &row, e);
}

enum err_code event_prune(struct db *db, int64_t before, bool *more, struct err *e)
{
	struct event_row row = { .before = before, .rows = DB_SWEEP_ROWS };
	enum err_code code = db_run(db, &q_prune, &row, e);

	*more = !code && db_changes(db) == DB_SWEEP_ROWS;
	return code;
}
