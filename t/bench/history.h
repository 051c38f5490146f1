/* history.h: a house, or a data centre, whose samples fill a history store */
#ifndef BENCH_HISTORY_H
#define BENCH_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "collect/series.h"
#include "db/db.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* A way to store samples. The rows design is what the blocks of src/collect/series*.c are compared
 * with. Every function but open ends the process when something fails. */
struct design {
	void (*open)(struct db *db);
	void (*add)(struct db *db, const struct series_sample *s);
	/* One transaction or more: what was added, and what follows from it. */
	void (*store)(struct db *db, const struct config *cfg, int64_t now);
	/* A bucket of the past, for long charts. Inside a transaction. */
	void (*past)(struct db *db, enum series_tier tier, const struct series_sample *s);
	/* Ends the transaction of past() and begins another. */
	void (*past_store)(struct db *db, int64_t now);
	/* How many points there were. */
	int64_t (*chart)(struct db *db, const struct series_kind *kind, const char *subject,
			 enum series_tier tier, int64_t from, int64_t to, int64_t limit);
	const char *raw_tables; /* as a list for SQL */
};

extern const struct design design_blocks, design_rows;

/* Prints and ends the process. */
void fail(const char *what) __attribute__((noreturn));

#endif
