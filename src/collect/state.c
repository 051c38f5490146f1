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

static const struct field times_fields[] = {
	{ FIELD(struct poll_state, row_due) },
	{ FIELD(struct poll_state, last_attempt) },
	{ FIELD(struct poll_state, last_success) },
	{ FIELD(struct poll_state, next_due) },
	{ .key = NULL },
};
static const struct shape times_shape = { "PollTimes", sizeof(struct poll_state), times_fields };

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

static uint64_t key_of(const char *source)
{
	return live_key("poll", source, "", 0);
}

/* The times that are newer than the row, unless somebody has changed it meanwhile. */
static void renew(struct db *db, struct poll_state *s)
{
	struct poll_state newer = *s;

	s->row_due = s->next_due;
	if (live_get(db_live(db), key_of(s->source), &times_shape, &newer) &&
	    newer.row_due == s->next_due)
		*s = newer;
}

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
	else
		renew(db, out);
	return code;
}

enum err_code poll_state_put(struct db *db, const struct poll_state *state, struct err *e)
{
	live_drop(db_live(db), key_of(state->source));
	return db_run(db, &q_put, state, e);
}

enum err_code poll_state_put_times(struct db *db, const struct poll_state *state, struct err *e)
{
	return live_put(db_live(db), key_of(state->source), &times_shape, state)
		       ? ERR_NONE
		       : poll_state_put(db, state, e);
}

enum err_code poll_state_hurry(struct db *db, const char *source, struct err *e)
{
	return db_run(db, &q_hurry, &(struct poll_state){ .source = source }, e);
}
