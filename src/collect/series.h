/* series.h: samples of many subjects over years, in tiers, kind to a small disk; docs/history.md
 * tells how and why */
#ifndef COLLECT_SERIES_H
#define COLLECT_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/err.h"
#include "db/db.h"

enum {
	MAX_METRICS = 16, /* of one kind */
	MAX_DECIMALS = 4,
};

enum metric_kind {
	METRIC_GAUGE, /* a bucket keeps mean, minimum and maximum */
	METRIC_LAST,  /* a counter or a state: a bucket keeps the last value */
};

struct metric {
	const char *name; /* "cpu_percent"; NULL ends the table */
	enum metric_kind kind;
	int decimals; /* kept of each value; 0: whole numbers. At most MAX_DECIMALS */
};

/* What is sampled of one sort of subject. Ids are stored: never change or reuse one. The same holds
 * for the metrics: their order, kinds and decimals stay, new ones are added at the end. */
struct series_kind {
	int id;		  /* 1 server, 2 guest, 3 automation */
	const char *name; /* "server" */
	int64_t raw_step_s; /* seconds between raw samples, 5 or more; their times are multiples of it */
	const struct metric *metrics;
};

enum series_tier { TIER_RAW, TIER_MINUTE, TIER_5MIN, TIER_30MIN, TIER_HOUR, TIERS };

/* Name as the API says it ("raw", "minute", "5min", "30min", "hour"), and width of a bucket
 * (TIER_RAW: 0). */
const char *series_tier_name(enum series_tier tier);
int64_t series_tier_step_s(enum series_tier tier);

/* One raw sample. Values in the order of the kind's metrics, NAN = absent (also what is beyond
 * 9e15 units of the last decimal kept). The time is brought down to a multiple of the kind's step;
 * a sample of the same step replaces, a late one (its minute is complete) is dropped without an
 * error. Kept in the memory of this process and stored by series_flush() or series_roll(). */
struct series_sample {
	const struct series_kind *kind;
	const char *subject; /* "pve-node1", "pve/100": made known by its first sample */
	size_t group; /* so many first bytes of the name say whose it is: of one owner and kind at
			 most 8000 subjects get a history, the others are left out; 0: nobody's */
	int64_t ts;   /* Unix seconds */
	double values[MAX_METRICS];
};
enum err_code series_add(struct db *db, const struct series_sample *sample, struct err *e);

/* Buckets from elsewhere (a hypervisor's own history), straight into a tier; only where the tier has
 * none yet and makes none of its own. Collected in memory until series_import_store() writes them,
 * inside the caller's write transaction, behind the samples that wait; whether it succeeds or not,
 * they are forgotten then. */
void series_import(enum series_tier tier, const struct series_sample *sample);
enum err_code series_import_store(struct db *db, int64_t now, struct err *e);

/* Inside the caller's write transaction: stores what series_add() collected, and what a transaction
 * that was rolled back did not keep. When the process ends. */
enum err_code series_flush(struct db *db, int64_t now, struct err *e);
/* Inside the caller's write transaction, half a minute after each full one: flushes, tells that the
 * minutes are complete which ended 30 s ago, fills each tier from the next finer one up to its mark,
 * then prunes what the retention, or the limit in bytes, does not allow and the next tier has
 * already taken. At most so much work a call; *more: call again. While the clock is behind what was
 * stored, nothing is; after an hour of it, what was stored of the time to come is deleted. */
enum err_code series_roll(struct db *db, const struct config *cfg, int64_t now, bool *more,
			  struct err *e);
/* Forgets what series_add() and series_import() collected. */
void series_forget(void);

struct series_point {
	int64_t ts;	 /* start of the bucket, or time of the raw sample */
	int64_t samples; /* raw: 1 */
	double mean[MAX_METRICS], min[MAX_METRICS], max[MAX_METRICS]; /* NAN = absent; METRIC_LAST
									 and raw: mean only */
};
typedef enum err_code series_fn(const struct series_point *p, void *ctx, struct err *e);

/* The newest `limit` points with from <= ts < to, newest first; only complete buckets. The cost
 * follows the points returned. An unknown subject has none. Inside a transaction, or the collector
 * may move what is being read. */
enum err_code series_read(struct db *db, const struct series_kind *kind, const char *subject,
			  enum series_tier tier, int64_t from, int64_t to, int64_t limit,
			  series_fn *fn, void *ctx, struct err *e);

/* For hearthctl doctor: what is stored, and what it will be when every retention, or the limit, is
 * reached. */
struct series_forecast {
	int64_t subjects;
	bool crowded; /* soon there is no room for more of them */
	int64_t bytes_now, bytes_final;
	int64_t bytes_per_day;	/* written by the collector, all in all */
	bool limited, cramped;	/* by the limit; which is less than charts need */
	int64_t reach_s[TIERS]; /* how far back each tier goes then */
};
enum err_code series_forecast(struct db *db, const struct config *cfg, int64_t now,
			      struct series_forecast *out, struct err *e);

#endif
