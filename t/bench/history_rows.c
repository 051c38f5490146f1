/* history_rows.c: the plain design: a row for each sample and bucket, time before subject, so that
 * writes stay together */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "history.h"

enum { MAX_SUBJECTS = 4096, MAX_PENDING = 100000, COLUMNS = 9, LATE_S = 30 };

static const char *const tables[TIERS] = { "row_raw", "row_minute", "row_5min", "row_30min",
					   "row_hour" };

static struct {
	struct series_sample samples[MAX_PENDING];
	int n;
	int64_t marks[TIERS];
	const char *names[MAX_SUBJECTS];
	int kinds[MAX_SUBJECTS];
	int subjects;
	sqlite3_stmt *insert, *roll[TIERS], *prune[TIERS], *past[TIERS], *chart[TIERS];
} rows;

static void run(struct db *db, const char *sql)
{
	char *text = NULL;

	if (sqlite3_exec(db_handle(db), sql, NULL, NULL, &text) != SQLITE_OK)
		fail(text);
}

static sqlite3_stmt *prepare(struct db *db, const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db_handle(db)));
	return s;
}

static void step(sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		fail("a statement of the rows design");
	sqlite3_reset(s);
}

/* "a0, a1, ..." with one letter in front of each number, each inside a printf format. */
static char *list(const char *format)
{
	char *text = sqlite3_mprintf("");

	for (int i = 0; i < COLUMNS; i++) {
		char *one = sqlite3_mprintf(format, i, i, i);
		char *more = sqlite3_mprintf("%s, %s", text, one);

		sqlite3_free(one);
		sqlite3_free(text);
		text = more;
	}
	return text;
}

static void tier_open(struct db *db, int t)
{
	char *columns = list(t == TIER_RAW ? "v%d" : "v%d, a%d, z%d");
	char *means = list(t == TIER_MINUTE ? "avg(v%d), min(v%d), max(v%d)"
					    : "sum(v%d * n) / sum(n), min(a%d), max(z%d)");
	char *binds = list(t == TIER_RAW ? "?" : "?, ?, ?");
	char *sql = sqlite3_mprintf("CREATE TABLE IF NOT EXISTS series.%s (ts INTEGER, subject"
				    " INTEGER, n INTEGER%s, PRIMARY KEY (ts, subject))"
				    " WITHOUT ROWID",
				    tables[t], columns);

	run(db, sql);
	sqlite3_free(sql);
	sql = sqlite3_mprintf("REPLACE INTO series.%s VALUES (?, ?, ?%s)", tables[t], binds);
	rows.past[t] = prepare(db, sql);
	sqlite3_free(sql);
	sql = sqlite3_mprintf("DELETE FROM series.%s WHERE ts < ?", tables[t]);
	rows.prune[t] = prepare(db, sql);
	sqlite3_free(sql);
	sql = sqlite3_mprintf("SELECT * FROM series.%s WHERE ts = ? AND subject = ?", tables[t]);
	rows.chart[t] = prepare(db, sql);
	sqlite3_free(sql);
	if (t > TIER_RAW) {
		sql = sqlite3_mprintf("INSERT INTO series.%s SELECT ts / %lld * %lld AS bucket,"
				      " subject, sum(n)%s FROM series.%s WHERE ts >= ? AND ts < ?"
				      " GROUP BY bucket, subject",
				      tables[t], (long long)series_tier_step_s((enum series_tier)t),
				      (long long)series_tier_step_s((enum series_tier)t), means,
				      tables[t - 1]);
		rows.roll[t] = prepare(db, sql);
		sqlite3_free(sql);
	}
	sqlite3_free(columns);
	sqlite3_free(means);
	sqlite3_free(binds);
}

static void rows_open(struct db *db)
{
	for (int t = 0; t < TIERS; t++)
		tier_open(db, t);
	rows.insert = rows.past[TIER_RAW];
}

static int subject_id(const struct series_kind *kind, const char *name)
{
	static int last;

	for (int i = 0; i < rows.subjects; i++) {
		int at = (last + i) % rows.subjects;

		if (rows.kinds[at] != kind->id || strcmp(rows.names[at], name) != 0)
			continue;
		last = at;
		return at;
	}
	if (rows.subjects == MAX_SUBJECTS)
		fail("too many subjects");
	rows.names[rows.subjects] = strdup(name);
	rows.kinds[rows.subjects] = kind->id;
	return rows.subjects++;
}

static void bind(sqlite3_stmt *s, const struct series_sample *sample, int copies)
{
	int at = 4;

	sqlite3_bind_int64(s, 1, sample->ts);
	sqlite3_bind_int64(s, 2, subject_id(sample->kind, sample->subject));
	sqlite3_bind_int64(s, 3, 1);
	for (int i = 0; i < COLUMNS; i++)
		for (int copy = 0; copy < copies; copy++, at++)
			if (isnan(sample->values[i]))
				sqlite3_bind_null(s, at);
			else if (sample->values[i] == floor(sample->values[i]))
				sqlite3_bind_int64(s, at, (int64_t)sample->values[i]);
			else
				sqlite3_bind_double(s, at, sample->values[i]);
}

static void rows_add(struct db *db, const struct series_sample *s)
{
	(void)db;
	if (rows.n == MAX_PENDING)
		fail("too many samples at once");
	rows.samples[rows.n++] = *s;
}

static void roll(int t, int64_t now)
{
	int64_t step_s = series_tier_step_s((enum series_tier)t);
	int64_t to = (now - LATE_S) / step_s * step_s;

	if (to <= rows.marks[t])
		return;
	sqlite3_bind_int64(rows.roll[t], 1, rows.marks[t]);
	sqlite3_bind_int64(rows.roll[t], 2, to);
	step(rows.roll[t]);
	rows.marks[t] = to;
}

static void rows_store(struct db *db, const struct config *cfg, int64_t now)
{
	const int64_t keep_s[TIERS] = {
		cfg->app.metrics_raw_hours * HOUR_S, cfg->app.metrics_minute_days * DAY_S,
		cfg->app.metrics_5min_days * DAY_S,  cfg->app.metrics_30min_days * DAY_S,
		cfg->app.metrics_hour_days * DAY_S,
	};

	run(db, "BEGIN IMMEDIATE");
	for (int i = 0; i < rows.n; i++) {
		bind(rows.insert, &rows.samples[i], 1);
		step(rows.insert);
	}
	for (int t = TIER_MINUTE; t < TIERS && rows.n; t++) {
		if (!rows.marks[t])
			rows.marks[t] = rows.samples[0].ts;
		roll(t, now);
	}
	rows.n = 0;
	if (now % HOUR_S < MINUTE_S)
		for (int t = 0; t < TIERS; t++) {
			sqlite3_bind_int64(rows.prune[t], 1, now - keep_s[t]);
			step(rows.prune[t]);
		}
	run(db, "COMMIT");
}

static void rows_past(struct db *db, enum series_tier tier, const struct series_sample *s)
{
	(void)db;
	bind(rows.past[tier], s, tier == TIER_RAW ? 1 : 3);
	step(rows.past[tier]);
}

static void rows_past_store(struct db *db, int64_t now)
{
	(void)now;
	run(db, "COMMIT");
	run(db, "BEGIN IMMEDIATE");
}

/* Point by point: a walk through the times would meet all subjects. */
static int64_t rows_chart(struct db *db, const struct series_kind *kind, const char *subject,
			  enum series_tier tier, int64_t from, int64_t to, int64_t limit)
{
	int64_t step_s = tier == TIER_RAW ? kind->raw_step_s : series_tier_step_s(tier), n = 0;
	sqlite3_stmt *s = rows.chart[tier];

	(void)db;
	for (int64_t ts = (to - 1) / step_s * step_s; ts >= from && n < limit; ts -= step_s) {
		sqlite3_bind_int64(s, 1, ts);
		sqlite3_bind_int64(s, 2, subject_id(kind, subject));
		if (sqlite3_step(s) == SQLITE_ROW) {
			double sum = 0;

			for (int i = 0; i < sqlite3_column_count(s); i++)
				sum += sqlite3_column_double(s, i);
			n += !isnan(sum);
		}
		sqlite3_reset(s);
	}
	return n;
}

const struct design design_rows = {
	.open = rows_open,
	.add = rows_add,
	.store = rows_store,
	.past = rows_past,
	.past_store = rows_past_store,
	.chart = rows_chart,
	.raw_tables = "'row_raw'",
};
