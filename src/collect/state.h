/* state.h: what the collector remembers of each source between its rounds */
#ifndef COLLECT_STATE_H
#define COLLECT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

struct poll_state {
	const char *source;
	struct maybe_stamp last_attempt, last_success;
	int64_t failures; /* rounds in a row with an error */
	int64_t next_due;
	bool held;		/* not even on demand before next_due */
	const char *error_code; /* of the last round, NULL when all went well */
	const char *error_text; /* for people */
	const char *memory;	/* of the source's client, "" at first */
	const char *settings;	/* keyed hash of the account it was asked with */
	int64_t row_due;	/* next_due of the row, which the live times belong to */
};

/* A source that was never asked has all zero, "" and NULL. Strings live in the arena. */
enum err_code poll_state_get(struct db *db, const char *source, struct arena *a,
			     struct poll_state *out, struct err *e);
/* Nothing but the times has changed since poll_state_get(). */
enum err_code poll_state_put_times(struct db *db, const struct poll_state *state, struct err *e);
/* Inside the caller's transaction. */
enum err_code poll_state_put(struct db *db, const struct poll_state *state, struct err *e);
/* Makes the source due at once, unless it is held. Inside the caller's transaction. */
enum err_code poll_state_hurry(struct db *db, const char *source, struct err *e);

#endif
