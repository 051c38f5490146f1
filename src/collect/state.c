/* state.c: see state.h */
#include "collect/state.h"

static const struct field state_fields[] = {
	{ FIELD(struct poll_state, source) },
	{ FIELD(struct poll_state, last_attempt) },
	{ FIELD(struct poll_state, last_success) },
	{ FIELD(struct poll_state, failures) },
	{ FIELD(struct poll_state, next_due) },
	{ FIELD(struct poll_state, held) },
	{ FIELD(struct poll_state, error_code) },
	{ FIELD(struct poll_state, error_text) },
	{ FIELD(struct poll_state, memory) },
	{ FIELD(struct poll_state, settings) },
	{ .key = NULL },
};
static const struct shape state_shape = { "PollState", sizeof(struct poll_state), state_fields };

QUERY(q_get) = {
	.sql = "SELECT source, last_attempt, last_success, failures, next_due, held, error_code, error_text, memory,"
	       " settings FROM series.poll_state WHERE source = :source",
	.in = &state_shape,
	.out = &state_shape,
};

QUERY(q_put) = {
	.sql = "REPLACE INTO series.poll_state (source, last_attempt, last_success, failures, next_due, held,"
	       " error_code, error_text, memory, settings)"
	       " VALUES (:source, :last_attempt, :last_success, :failures, :next_due, :held,"
	       " :error_code, :error_text, :memory, :settings)",
	.in = &state_shape,
};

QUERY(q_hurry) = {
	.sql = "UPDATE series.poll_state SET next_due = 0 WHERE source = :source AND held = 0",
	.in = &state_shape,
};

enum err_code poll_state_get(struct db *db, const char *source, struct arena *a,
			     struct poll_state *out, struct err *e)
{
	struct poll_state key = { .source = source };
	struct err missing;
	enum err_code code = db_get(db, &q_get, &key, out, a, &missing);

	if (code == ERR_NOT_FOUND) {
		*out = (struct poll_state){ .source = source, .memory = "", .settings = "" };
		return ERR_NONE;
	}
	if (code)
		*e = missing;
	return code;
}

enum err_code poll_state_put(struct db *db, const struct poll_state *state, struct err *e)
{
	return db_run(db, &q_put, state, e);
}

enum err_code poll_state_hurry(struct db *db, const char *source, struct err *e)
{
	return db_run(db, &q_hurry, &(struct poll_state){ .source = source }, e);
}
