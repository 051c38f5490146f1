/* series_test.c: blocks hold what was put in, and every tier equals a recomputation from the raw
 * samples, whatever the clock and the samples do */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/log.h"
#include "collect/series.h"
#include "collect/series_codec.h"
#include "db/migrate.h"

enum {
	T0 = 1770940800, /* 2026-02-13 00:00 UTC, a full hour */
	MINUTE_S = 60,
	HOUR_S = 3600,
	DAY_S = 86400,
	FOREVER = 100000,
};

static const struct metric metrics[] = {
	{ "load", METRIC_GAUGE, 2 },
	{ "memory", METRIC_GAUGE, 0 },
	{ "sent", METRIC_LAST, 0 },
	{ NULL, METRIC_GAUGE, 0 },
};
enum { LOAD, MEMORY, SENT, METRICS };
static const struct series_kind server = { 1, "server", 10, metrics };
static const struct series_kind guest = { 2, "guest", 30, metrics };

struct fixture {
	char dir[64];
	struct db *db;
	struct config cfg;
};

static void reopen(struct fixture *f)
{
	struct err e = { 0 };

	db_close(f->db);
	series_forget();
	if (db_open(&f->db, f->dir, DB_COLLECT, &e))
		fail_msg("%s", e.text);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err e = { 0 };
	bool changed;

	assert_non_null(f);
	strcpy(f->dir, "/tmp/hearth-series-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	if (migrate(f->dir, &changed, &e))
		fail_msg("%s", e.text);
	reopen(f);
	config_defaults(&f->cfg);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "hearth.db",	"hearth.db-wal", "hearth.db-shm",
					     "series.db",	"series.db-wal", "series.db-shm",
					     "run/migrate.lock" };
	struct fixture *f = *state;
	char path[128];

	db_close(f->db);
	series_forget();
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/run", f->dir);
	rmdir(path);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* First column of the first row; -1 when there is none. */
static int64_t number(struct fixture *f, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	assert_int_equal(sqlite3_prepare_v2(db_handle(f->db), sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static void add(struct fixture *f, const struct series_kind *kind, const char *subject, int64_t ts,
		double load, double memory, double sent)
{
	struct series_sample s = { kind, subject, 0, ts, { load, memory, sent } };
	struct err e = { 0 };

	assert_int_equal(series_add(f->db, &s, &e), ERR_NONE);
}

static void flush(struct fixture *f, int64_t now, bool commit)
{
	struct err e = { 0 };

	if (db_begin(f->db, TX_WRITE, &e) || series_flush(f->db, now, &e))
		fail_msg("%s", e.text);
	if (!commit)
		db_rollback(f->db);
	else if (db_commit(f->db, &e))
		fail_msg("%s", e.text);
}

static void roll(struct fixture *f, int64_t now)
{
	struct err e = { 0 };
	bool more = true;

	while (more)
		if (db_begin(f->db, TX_WRITE, &e) || series_roll(f->db, &f->cfg, now, &more, &e) ||
		    db_commit(f->db, &e))
			fail_msg("%s", e.text);
}

/* What was read, newest first. */
struct points {
	struct series_point *v;
	size_t n;
};

static enum err_code point_keep(const struct series_point *p, void *ctx, struct err *e)
{
	struct points *points = ctx;

	(void)e;
	points->v = realloc(points->v, (points->n + 1) * sizeof(*p));
	assert_non_null(points->v);
	points->v[points->n++] = *p;
	return ERR_NONE;
}

static struct points points_read(struct fixture *f, const struct series_kind *kind,
				 const char *subject, enum series_tier tier, int64_t from,
				 int64_t to, int64_t limit)
{
	struct points points = { 0 };
	struct err e = { 0 };

	if (series_read(f->db, kind, subject, tier, from, to, limit, point_keep, &points, &e))
		fail_msg("%s", e.text);
	return points;
}

static size_t count(struct fixture *f, enum series_tier tier, int64_t from, int64_t to)
{
	struct points p = points_read(f, &server, "a", tier, from, to, FOREVER);

	free(p.v);
	return p.n;
}

/* ---- blocks ---- */

static struct series_rows rows_random(size_t n, enum series_tier tier, struct series_form form)
{
	struct series_rows rows = { .form = form };
	int64_t value = rand(), step = 1 << rand() % 30;

	for (size_t i = 0; i < n; i++) {
		struct series_row *r = series_rows_add(&rows);

		r->ts = T0 + 10 * (int64_t)i + (rand() % 9 ? 0 : 3);
		r->samples = tier == TIER_RAW ? 1 : 1 + rand() % 9;
		for (size_t m = 0; m < form.metrics; m++) {
			struct series_cell *c = &r->cells[m];

			if (rand() % 20 == 0)
				continue;
			value += (rand() % 5 - 2) * step;
			c->n = 1;
			c->sum = c->min = c->max = rand() % 50 ? value : (int64_t)9e15 - rand();
			if (tier == TIER_RAW || form.last >> m & 1)
				continue;
			c->n = r->samples;
			c->sum = c->min * c->n + rand() % 100;
			c->max += 100;
		}
	}
	return rows;
}

static void blocks_hold_what_was_put_in(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 60, 360, MAX_BLOCK_ROWS };

	(void)state;
	srand(1);
	for (int turn = 0; turn < 200; turn++) {
		enum series_tier tier = rand() % 2 ? TIER_RAW : TIER_HOUR;
		struct series_form form = { (size_t)rand() % (MAX_METRICS + 1), 0 };
		struct series_rows rows, out = { 0 };
		struct buf b = { 0 };

		form.last = (uint64_t)rand() & (((uint64_t)1 << form.metrics) - 1);
		rows = rows_random(sizes[turn % 7], tier, form);
		series_codec_write(&b, form, tier, rows.v, rows.n);
		assert_true(series_codec_read(b.data, b.size, tier, &out));
		assert_int_equal(out.n, rows.n);
		assert_int_equal(out.form.metrics, form.metrics);
		assert_int_equal(out.form.last, form.last);
		assert_memory_equal(out.v, rows.v, rows.n * sizeof(*rows.v));
		series_rows_done(&rows);
		series_rows_done(&out);
		buf_done(&b);
	}
}

static void what_is_predicted_takes_no_room(void **state)
{
	struct series_form form = { 2, 2 };
	struct series_rows rows = { .form = form };
	struct buf b = { 0 };

	(void)state;
	for (int64_t i = 0; i < 360; i++) {
		struct series_row *r = series_rows_add(&rows);

		*r = (struct series_row){ .ts = T0 + 10 * i, .samples = 1 };
		r->cells[0] = (struct series_cell){ 1, 8000, 8000, 8000 };
		r->cells[1] = (struct series_cell){ 1, 10 * i, 10 * i, 10 * i };
	}
	series_codec_write(&b, form, TIER_RAW, rows.v, rows.n);
	assert_true(b.size < 32);
	buf_done(&b);
	series_rows_done(&rows);
}

static void damaged_blocks_are_told(void **state)
{
	struct series_form form = { 5, 3 };
	struct series_rows rows = rows_random(50, TIER_MINUTE, form), out = { 0 };
	struct buf b = { 0 };

	(void)state;
	srand(2);
	series_codec_write(&b, form, TIER_MINUTE, rows.v, rows.n);
	for (size_t n = 0; n + 1 < b.size; n++) {
		assert_false(series_codec_read(b.data, n, TIER_MINUTE, &out));
		assert_int_equal(out.n, 0);
	}
	/* any answer will do, but an answer */
	for (int turn = 0; turn < 5000; turn++) {
		char *copy = malloc(b.size);

		assert_non_null(copy);
		memcpy(copy, b.data, b.size);
		copy[(size_t)rand() % b.size] ^= (char)(1 << rand() % 8);
		out.n = 0;
		series_codec_read(copy, b.size, TIER_MINUTE, &out);
		free(copy);
	}
	buf_done(&b);
	series_rows_done(&rows);
	series_rows_done(&out);
}

/* ---- what a reader sees ---- */

static void buckets_have_mean_and_extremes(void **state)
{
	struct fixture *f = *state;
	struct points p;

	add(f, &server, "a", T0, 1.25, 1000, 10);
	add(f, &server, "a", T0 + 14, 2.5, NAN, 20); /* counts at +10 */
	add(f, &server, "a", T0 + 20, 0.1, 2001, NAN);
	roll(f, T0 + 89);
	p = points_read(f, &server, "a", TIER_RAW, T0, T0 + 60, 10);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.v[0].ts, T0 + 20);
	assert_int_equal(p.v[1].ts, T0 + 10);
	assert_int_equal(p.v[2].samples, 1);
	assert_true(p.v[2].mean[LOAD] == 1.25 && isnan(p.v[2].min[LOAD]));
	assert_true(isnan(p.v[1].mean[MEMORY]) && isnan(p.v[0].mean[SENT]));
	free(p.v);
	assert_int_equal(count(f, TIER_MINUTE, T0, T0 + 60), 0); /* 29 s after its end */
	roll(f, T0 + 90);
	p = points_read(f, &server, "a", TIER_MINUTE, T0, T0 + 60, 10);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].ts, T0);
	assert_int_equal(p.v[0].samples, 3);
	assert_true(fabs(p.v[0].mean[LOAD] - 3.85 / 3) < 1e-12);
	assert_true(p.v[0].min[LOAD] == 0.1 && p.v[0].max[LOAD] == 2.5);
	assert_true(p.v[0].mean[MEMORY] == 1500.5);
	assert_true(p.v[0].min[MEMORY] == 1000 && p.v[0].max[MEMORY] == 2001);
	assert_true(p.v[0].mean[SENT] == 20 && isnan(p.v[0].min[SENT]));
	free(p.v);
	assert_int_equal(count(f, TIER_5MIN, T0, T0 + 300), 0);
	roll(f, T0 + 330);
	assert_int_equal(count(f, TIER_5MIN, T0, T0 + 300), 1);
	assert_int_equal(count(f, TIER_MINUTE, T0, T0 + 300), 1); /* gaps stay gaps */
}

static void late_and_repeated_samples_do_not_count(void **state)
{
	struct fixture *f = *state;
	struct points p;

	add(f, &server, "a", T0, 1, 1, 1);
	add(f, &server, "a", T0, 2, 2, 2);
	flush(f, T0 + 5, true);
	add(f, &server, "a", T0, 3, 3, 3); /* the same step: replaces */
	flush(f, T0 + 6, true);
	roll(f, T0 + 90);
	add(f, &server, "a", T0 + 10, 9, 9, 9);	 /* late */
	add(f, &server, "a", T0 + 500, 9, 9, 9); /* from the time to come */
	add(f, &server, "a", T0 + 60, 1, 1, 1);
	roll(f, T0 + 150);
	p = points_read(f, &server, "a", TIER_MINUTE, 0, INT64_MAX, 10);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.v[1].samples, 1);
	assert_true(p.v[1].mean[LOAD] == 3);
	free(p.v);
	p = points_read(f, &server, "a", TIER_RAW, 0, INT64_MAX, 10);
	assert_int_equal(p.n, 2);
	free(p.v);
}

static void what_is_there_is_stored_with_each_roll(void **state)
{
	struct fixture *f = *state;

	add(f, &server, "a", T0, 1, 1, 1);
	add(f, &server, "a", T0 + 30, 1, 1, 1);
	roll(f, T0 + 31);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 2);
	assert_int_equal(count(f, TIER_MINUTE, 0, INT64_MAX), 0);
	add(f, &server, "a", T0 + 40, 3, 1, 1);
	add(f, &server, "a", T0 + 90, 1, 1, 1);
	roll(f, T0 + 91);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 4);
	assert_int_equal(count(f, TIER_MINUTE, 0, INT64_MAX), 1);
}

static void the_newest_points_come_first(void **state)
{
	struct fixture *f = *state;
	struct points p;

	for (int64_t t = T0; t < T0 + 5 * HOUR_S; t += 60) {
		add(f, &server, "a", t, 1, 1, 1);
		if (t % 600 == 0)
			roll(f, t);
	}
	roll(f, T0 + 5 * HOUR_S + 30);
	p = points_read(f, &server, "a", TIER_MINUTE, T0 + 90, T0 + 4 * HOUR_S + 1, 200);
	assert_int_equal(p.n, 200);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.v[i].ts, T0 + 4 * HOUR_S - 60 * (int64_t)i);
	free(p.v);
	assert_int_equal(count(f, TIER_MINUTE, T0 + 90, T0 + 300), 3); /* of 120, 180, 240 */
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 5);
	assert_int_equal(count(f, TIER_5MIN, T0 + 299, T0 + 301), 1);
	p = points_read(f, &server, "nobody", TIER_MINUTE, 0, INT64_MAX, 10);
	assert_int_equal(p.n, 0);
	p = points_read(f, &guest, "a", TIER_MINUTE, 0, INT64_MAX, 10);
	assert_int_equal(p.n, 0);
	p = points_read(f, &server, "a", TIER_MINUTE, 0, INT64_MAX, 0);
	assert_int_equal(p.n, 0);
}

static enum err_code point_refuse(const struct series_point *p, void *ctx, struct err *e)
{
	(void)p;
	++*(int *)ctx;
	return err_code_set(e, ERR_CONFLICT);
}

static void a_reader_may_stop(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	int calls = 0;

	add(f, &server, "a", T0, 1, 1, 1);
	add(f, &server, "a", T0 + 10, 1, 1, 1);
	roll(f, T0 + 90);
	assert_int_equal(series_read(f->db, &server, "a", TIER_RAW, 0, INT64_MAX, 9, point_refuse,
				     &calls, &e),
			 ERR_CONFLICT);
	assert_int_equal(calls, 1);
}

static void what_was_rolled_back_is_stored_again(void **state)
{
	struct fixture *f = *state;

	add(f, &server, "a", T0, 1, 1, 1);
	flush(f, T0 + 1, false);
	assert_int_equal(count(f, TIER_RAW, T0, T0 + 60), 0);
	add(f, &server, "a", T0 + 10, 1, 1, 1);
	flush(f, T0 + 11, true);
	assert_int_equal(count(f, TIER_RAW, T0, T0 + 60), 2);
	flush(f, T0 + 12, true);
	assert_int_equal(count(f, TIER_RAW, T0, T0 + 60), 2);
	reopen(f); /* nothing waits in memory */
	assert_int_equal(count(f, TIER_RAW, T0, T0 + 60), 2);
}

static void import(enum series_tier tier, int64_t ts, double load)
{
	series_import(tier, &(struct series_sample){ &server, "a", 0, ts, { load, NAN, NAN } });
}

static void import_store(struct fixture *f, int64_t now, bool commit)
{
	struct err e = { 0 };

	if (db_begin(f->db, TX_WRITE, &e) || series_import_store(f->db, now, &e))
		fail_msg("%s", e.text);
	if (!commit)
		db_rollback(f->db);
	else if (db_commit(f->db, &e))
		fail_msg("%s", e.text);
}

static void imported_buckets_fill_what_is_empty(void **state)
{
	struct fixture *f = *state;
	struct points p;

	for (int64_t t = T0 - 2 * DAY_S; t < T0 + DAY_S; t += HOUR_S)
		import(TIER_HOUR, t, 7);
	for (int64_t t = T0 - HOUR_S; t < T0 + HOUR_S; t += MINUTE_S)
		import(TIER_MINUTE, t, 8);
	add(f, &server, "a", T0, 1, 1, 1);
	import_store(f, T0 + 90, true);
	roll(f, T0 + 90);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 48);
	p = points_read(f, &server, "a", TIER_MINUTE, 0, INT64_MAX, FOREVER);
	assert_int_equal(p.n, 61);
	assert_true(p.v[0].mean[LOAD] == 1 && p.v[1].mean[LOAD] == 8);
	assert_true(isnan(p.v[1].mean[MEMORY]));
	assert_int_equal(p.v[1].samples, 1);
	free(p.v);
	import(TIER_HOUR, T0 - HOUR_S, 9); /* there is one */
	import(TIER_HOUR, T0 - 3 * DAY_S, 9);
	import_store(f, T0 + 90, true);
	roll(f, T0 + 3 * HOUR_S);
	p = points_read(f, &server, "a", TIER_HOUR, 0, INT64_MAX, FOREVER);
	assert_int_equal(p.n, 50);
	assert_true(p.v[0].mean[LOAD] == 1 && p.v[1].mean[LOAD] == 7 && p.v[49].mean[LOAD] == 9);
	free(p.v);
}

/* A house that is taken over while nothing else can be stored. */
static void imports_cost_no_samples(void **state)
{
	struct fixture *f = *state;
	struct series_sample s = { &guest, NULL, 0, 0, { 1, 2, 3 } };
	char name[16];

	s.subject = name;
	for (int subject = 0; subject < 150; subject++) {
		snprintf(name, sizeof(name), "pve/%d", subject);
		add(f, &guest, name, T0, 1, 1, 1);
		for (s.ts = T0 - DAY_S; s.ts < T0; s.ts += MINUTE_S)
			series_import(TIER_MINUTE, &s);
		import_store(f, T0 + 10, subject % 3 != 0);
	}
	import(TIER_HOUR, T0 - DAY_S, 9);
	import_store(f, T0 + 10, false);
	import_store(f, T0 + 10, true);
	roll(f, T0 + 90);
	for (int subject = 0; subject < 150; subject++) {
		struct points p;

		snprintf(name, sizeof(name), "pve/%d", subject);
		p = points_read(f, &guest, name, TIER_MINUTE, 0, INT64_MAX, FOREVER);
		assert_int_equal(p.n, 1 + (subject % 3 ? 1440 : 0));
		assert_true(p.v[0].ts == T0);
		free(p.v);
	}
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 0); /* forgotten with its transaction */
}

static void kinds_may_get_more_metrics(void **state)
{
	static const struct metric more[] = {
		{ "load", METRIC_GAUGE, 2 }, { "memory", METRIC_GAUGE, 0 },
		{ "sent", METRIC_LAST, 0 },  { "swap", METRIC_GAUGE, 0 },
		{ "state", METRIC_LAST, 0 }, { NULL, METRIC_GAUGE, 0 },
	};
	static const struct series_kind newer = { 1, "server", 10, more };
	struct series_sample s = { &newer, "a", 0, T0 + 10, { 3, 3, 3, 4, 5 } };
	struct fixture *f = *state;
	struct err e = { 0 };
	struct points p;

	add(f, &server, "a", T0, 1, 1, 1);
	flush(f, T0 + 1, true);
	assert_int_equal(series_add(f->db, &s, &e), ERR_NONE);
	roll(f, T0 + 2 * HOUR_S);
	p = points_read(f, &newer, "a", TIER_HOUR, 0, INT64_MAX, 10);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].samples, 2);
	assert_true(p.v[0].mean[LOAD] == 2 && p.v[0].mean[3] == 4 && p.v[0].max[3] == 4);
	assert_true(p.v[0].mean[4] == 5 && isnan(p.v[0].min[4]));
	free(p.v);
}

static void values_out_of_range_are_absent(void **state)
{
	struct fixture *f = *state;
	struct points p;

	add(f, &server, "a", T0, 1e15, 9e15, INFINITY);
	add(f, &server, "a", T0 + 10, NAN, 9.1e15, NAN); /* nothing at all */
	roll(f, T0 + 90);
	p = points_read(f, &server, "a", TIER_MINUTE, 0, INT64_MAX, 10);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].samples, 1);
	assert_true(isnan(p.v[0].mean[LOAD]) && isnan(p.v[0].mean[SENT]));
	assert_true(p.v[0].mean[MEMORY] == 9e15);
	free(p.v);
}

static void a_damaged_block_is_one_hour_lost(void **state)
{
	struct fixture *f = *state;

	for (int64_t t = T0; t < T0 + 3 * HOUR_S; t += 10)
		add(f, &server, "a", t, 1, 1, 1);
	roll(f, T0 + 3 * HOUR_S + 30);
	assert_int_equal(sqlite3_exec(db_handle(f->db),
				      "UPDATE series.series_raw SET data = x'00' WHERE id ="
				      " (SELECT min(id) FROM series.series_raw);"
				      "UPDATE series.series_minute SET data = x'' WHERE id ="
				      " (SELECT max(id) FROM series.series_minute)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 2 * 360);
	assert_int_equal(count(f, TIER_MINUTE, 0, INT64_MAX), 2 * 60);
	add(f, &server, "a", T0 + 6 * HOUR_S, 1, 1, 1);
	roll(f, T0 + 7 * HOUR_S + 30);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 3); /* the first two and the last */
}

/* ---- retention ---- */

static void tiers_are_cut_only_when_the_next_one_has_it(void **state)
{
	struct fixture *f = *state;
	int64_t now = T0 + 10 * DAY_S;

	f->cfg.app.metrics_raw_hours = 2;
	f->cfg.app.metrics_minute_days = 1;
	f->cfg.app.metrics_5min_days = 2;
	f->cfg.app.metrics_30min_days = 8;
	f->cfg.app.metrics_hour_days = 31;
	for (int64_t t = T0; t < now; t += 30) {
		add(f, &server, "a", t, 1, 1, 1);
		if (t % 3000 == 0)
			roll(f, t);
	}
	roll(f, now + 30);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 2 * 120);
	assert_int_equal(count(f, TIER_MINUTE, 0, INT64_MAX), 1440);
	assert_int_equal(count(f, TIER_5MIN, 0, INT64_MAX), 2 * 288);
	/* 2026-02-19 is the first day of a block of the hours: what is after it is still needed */
	assert_int_equal(count(f, TIER_30MIN, 0, INT64_MAX), 8 * 48);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 10 * 24);
	/* nothing for a month: what is old goes, but nothing that was not rolled up */
	roll(f, now + 31 * DAY_S);
	assert_int_equal(count(f, TIER_30MIN, 0, INT64_MAX), 0);
	assert_int_equal(count(f, TIER_HOUR, now - 2 * DAY_S, INT64_MAX), 48);
	assert_int_equal(number(f, "SELECT count(*) FROM series.series_raw"), 0);
	assert_int_equal(number(f, "SELECT count(*) FROM series.series_minute"), 0);
	roll(f, now + 60 * DAY_S);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 0);
	assert_int_equal(number(f, "SELECT count(*) FROM series.series_open"), 1);
}

/* ---- who is sampled ---- */

static int64_t mark(struct fixture *f, const char *name)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT mark_raw FROM series.series_subject WHERE name = '%s'",
		 name);
	return number(f, sql);
}

static void who_is_gone_rests_and_leaves(void **state)
{
	struct fixture *f = *state;
	int64_t now = T0 + 30 * DAY_S;

	f->cfg.app.metrics_minute_days = 1;
	f->cfg.app.metrics_5min_days = 2;
	f->cfg.app.metrics_30min_days = 8;
	f->cfg.app.metrics_hour_days = 31;
	for (int64_t t = T0; t < T0 + HOUR_S; t += 30) {
		add(f, &server, "a", t, 1, 1, 1);
		add(f, &server, "b", t, 1, 1, 1);
	}
	for (int64_t t = T0 + HOUR_S; t < now; t += HOUR_S) {
		add(f, &server, "b", t, 1, 1, 1);
		roll(f, t + 30);
	}
	assert_true(mark(f, "a") > now && mark(f, "b") < now);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 1);
	/* it comes back */
	add(f, &server, "a", now, 1, 1, 1);
	roll(f, now + HOUR_S + 30);
	assert_int_equal(mark(f, "a"), now + HOUR_S);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 2);
	/* and is gone again, for longer than anything is kept */
	for (int64_t t = now + HOUR_S; t < now + 60 * DAY_S; t += HOUR_S) {
		add(f, &server, "b", t, 1, 1, 1);
		roll(f, t + 30);
	}
	assert_int_equal(mark(f, "a"), -1);
	assert_int_equal(number(f, "SELECT count(*) FROM series.series_subject"), 1);
	add(f, &server, "a", now + 60 * DAY_S, 1, 1, 1);
	roll(f, now + 60 * DAY_S + 90);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 1);
}

static void add_grouped(struct fixture *f, const char *name, int64_t ts)
{
	struct series_sample s = { &guest, name, strcspn(name, "/") + 1, ts, { 1, 1, 1 } };
	struct err e = { 0 };

	assert_int_equal(series_add(f->db, &s, &e), ERR_NONE);
}

static void run(struct fixture *f, const char *sql)
{
	assert_int_equal(sqlite3_exec(db_handle(f->db), sql, NULL, NULL, NULL), SQLITE_OK);
}

static void who_has_no_room_costs_nobody_else(void **state)
{
	struct fixture *f = *state;
	struct series_forecast forecast;
	struct err e = { 0 };

	series_forecast(f->db, &f->cfg, T0, &forecast, &e);
	assert_false(forecast.crowded);
	add_grouped(f, "pve/1", T0);
	roll(f, T0 + 90);
	run(f,
	    "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n LIMIT 7998)"
	    " INSERT INTO series.series_subject (kind, name, mark_raw, mark_minute, mark_5min,"
	    " mark_30min, mark_hour) SELECT 2, 'pve/' || i, (1 << 40) - 1, 1 << 40, 1 << 40, 1 << 40,"
	    " 1 << 40 FROM n");
	for (int64_t t = T0 + 120; t < T0 + 240; t += 60) {
		add_grouped(f, "pve/1", t);
		add_grouped(f, "pve/90001", t); /* the last one */
		add_grouped(f, "pve/90002", t);
		add_grouped(f, "pve2/1", t);
		add(f, &guest, "pve/90003", t, 1, 1, 1); /* nobody's */
		roll(f, t + 90);
	}
	assert_int_equal(mark(f, "pve/90002"), -1);
	assert_true(mark(f, "pve/90001") > 0 && mark(f, "pve2/1") > 0 && mark(f, "pve/90003") > 0);
	assert_int_equal(
		number(f, "SELECT count(*) FROM series.series_open WHERE data IS NOT NULL"),
		3 + 2 * 4 + 1);
	series_forecast(f->db, &f->cfg, T0, &forecast, &e);
	assert_true(forecast.crowded);
	/* ids: those that became free are taken again, and when none is, the others go on */
	run(f, "UPDATE series.series_subject SET id = 1048574 WHERE name = 'pve/5000'");
	add(f, &server, "a", T0 + 300, 1, 1, 1);
	roll(f, T0 + 390);
	assert_true(mark(f, "a") > 0);
	assert_true(number(f, "SELECT id FROM series.series_subject WHERE name = 'a'") < 8100);
}

/* ---- a limit in bytes ---- */

static int64_t used(struct fixture *f)
{
	return (number(f, "PRAGMA series.page_count") - number(f, "PRAGMA series.freelist_count")) *
	       number(f, "PRAGMA series.page_size");
}

static void the_forecast_knows_the_limit(void **state)
{
	struct fixture *f = *state;
	struct series_forecast all, some;
	struct err e = { 0 };
	char name[16];

	for (int64_t t = T0; t < T0 + 2 * HOUR_S; t += 30) {
		for (int subject = 0; subject < 100; subject++) {
			snprintf(name, sizeof(name), "pve/%d", subject);
			add(f, &guest, name, t, rand() % 100, rand() % 1000, rand());
		}
		if (t % 300 == 0)
			roll(f, t);
	}
	roll(f, T0 + 2 * HOUR_S + 90);
	assert_int_equal(series_forecast(f->db, &f->cfg, T0 + 2 * HOUR_S + 90, &all, &e), ERR_NONE);
	assert_false(all.limited || all.cramped);
	assert_int_equal(all.reach_s[TIER_RAW], 48 * HOUR_S);
	assert_int_equal(all.reach_s[TIER_HOUR], 1825 * DAY_S);
	f->cfg.app.metrics_max_mb = all.bytes_final >> 21; /* half of it */
	assert_int_equal(series_forecast(f->db, &f->cfg, T0 + 2 * HOUR_S + 90, &some, &e),
			 ERR_NONE);
	assert_true(some.limited && !some.cramped);
	assert_in_range(some.bytes_final, f->cfg.app.metrics_max_mb * 1000000,
			f->cfg.app.metrics_max_mb << 20);
	assert_in_range(some.reach_s[TIER_RAW], 2 * HOUR_S, 47 * HOUR_S);
	assert_in_range(some.reach_s[TIER_HOUR], 30 * DAY_S, 1500 * DAY_S);
	f->cfg.app.metrics_max_mb = 1; /* as 16 */
	assert_int_equal(series_forecast(f->db, &f->cfg, T0 + 2 * HOUR_S + 90, &some, &e),
			 ERR_NONE);
	assert_int_equal(some.cramped, some.bytes_final > 16 << 20);
}

/* ---- the clock ---- */

/* Shorter than the configuration lets it be: a block of the next tier spans a week. */
static void a_retention_that_is_too_short_loses_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t now = T0 + 10 * DAY_S;

	f->cfg.app.metrics_30min_days = 1;
	for (int64_t t = T0; t < now; t += 600) {
		add(f, &server, "a", t, 1, 1, 1);
		if (t % HOUR_S == 0)
			roll(f, t);
	}
	roll(f, now + 30);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 10 * 24);
}

static void a_clock_set_back_for_a_moment_loses_that_moment(void **state)
{
	struct fixture *f = *state;

	for (int64_t t = T0; t < T0 + 2 * HOUR_S; t += 10)
		add(f, &server, "a", t, 1, 1, 1);
	roll(f, T0 + 2 * HOUR_S + 30);
	for (int64_t t = T0 + HOUR_S + 600; t < T0 + 3 * HOUR_S; t += 10) {
		add(f, &server, "a", t, 2, 2, 2);
		if (t % 60 == 0)
			roll(f, t);
	}
	roll(f, T0 + 3 * HOUR_S + 30);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 3 * 360);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 3);
}

static void a_clock_that_stays_behind_is_believed(void **state)
{
	static const int64_t wrong = T0 + 5000 * (int64_t)DAY_S, back = T0 + 2 * HOUR_S + 90;
	struct fixture *f = *state;
	struct points p;

	f->cfg.app.metrics_raw_hours = 168;
	for (int64_t t = T0; t < T0 + 2 * HOUR_S + 40; t += 10)
		add(f, &server, "a", t, 1, 1, 1);
	roll(f, T0 + 2 * HOUR_S + 30);
	f->cfg.app.metrics_raw_hours = FOREVER * 10; /* pruning is another matter */
	f->cfg.app.metrics_minute_days = f->cfg.app.metrics_5min_days = FOREVER;
	f->cfg.app.metrics_30min_days = f->cfg.app.metrics_hour_days = FOREVER;
	for (int64_t t = wrong; t < wrong + 2 * HOUR_S; t += 10)
		add(f, &server, "a", t, 5, 5, 5);
	roll(f, wrong + 2 * HOUR_S + 30);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 5);
	for (int64_t t = back; t < back + 2 * HOUR_S; t += 10) {
		add(f, &server, "a", t, 2, 2, 2);
		if (t % 60 == 0)
			roll(f, t);
	}
	roll(f, T0 + 5 * HOUR_S + 30);
	p = points_read(f, &server, "a", TIER_RAW, T0 + 2 * HOUR_S + 60, INT64_MAX, FOREVER);
	assert_true(p.n >= 354 && p.n <= 362); /* the second hour */
	for (size_t i = 0; i < p.n; i++)
		assert_true(p.v[i].mean[LOAD] == 2 && p.v[i].ts < back + 2 * HOUR_S);
	free(p.v);
	p = points_read(f, &server, "a", TIER_HOUR, 0, INT64_MAX, FOREVER);
	assert_int_equal(p.n, 5);
	assert_int_equal(p.v[0].ts, T0 + 4 * HOUR_S);
	assert_true(p.v[0].max[LOAD] == 2 && p.v[4].mean[LOAD] == 1);
	free(p.v);
}

static void a_clock_that_was_never_set_destroys_nothing(void **state)
{
	struct fixture *f = *state;

	for (int64_t t = T0; t < T0 + HOUR_S; t += 10)
		add(f, &server, "a", t, 1, 1, 1);
	roll(f, T0 + HOUR_S + 30);
	for (int64_t t = 100; t < 3 * HOUR_S; t += 60)
		roll(f, t);
	assert_int_equal(count(f, TIER_RAW, 0, INT64_MAX), 360);
	roll(f, T0 + HOUR_S + 90);
	assert_int_equal(count(f, TIER_HOUR, 0, INT64_MAX), 1);
}

/* ---- any order of events ---- */

enum { SUBJECTS = 4, DAYS = 4, MODEL_ROWS = (DAYS + 1) * DAY_S / 10 };

/* What should be stored: for each step of ten seconds the sample that counts. */
struct model {
	struct expected {
		bool is;
		int64_t values[METRICS]; /* hundredths of load */
		bool present[METRICS];
	} * rows[SUBJECTS];
	struct pending {
		int subject;
		int64_t ts;
		struct expected row;
	} pending[4096];
	size_t n;
	int64_t closed;
};

static const char *const names[SUBJECTS] = { "a", "b", "pve/100", "pve/101" };

static const struct series_kind *kind_of(int subject)
{
	return subject < 2 ? &server : &guest;
}

static void model_add(struct model *m, struct fixture *f, int subject, int64_t ts)
{
	struct pending *p = &m->pending[m->n++];
	struct series_sample s = { kind_of(subject), names[subject], 0, ts, { 0 } };
	struct err e = { 0 };

	assert_true(m->n < sizeof(m->pending) / sizeof(*m->pending));
	*p = (struct pending){ .subject = subject, .ts = ts - ts % s.kind->raw_step_s };
	for (int i = 0; i < METRICS; i++) {
		p->row.present[i] = rand() % 30 > 0;
		p->row.values[i] = rand() % 1000;
		s.values[i] =
			!p->row.present[i] ? NAN : (double)p->row.values[i] / (i == LOAD ? 100 : 1);
		p->row.is = p->row.is || p->row.present[i];
	}
	assert_int_equal(series_add(f->db, &s, &e), ERR_NONE);
}

static void model_flush(struct model *m, int64_t now)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct pending *p = &m->pending[i];

		if (p->ts > now + MINUTE_S || p->ts < m->closed)
			continue;
		if (p->row.is)
			m->rows[p->subject][(p->ts - T0) / 10] = p->row;
	}
	m->n = 0;
}

static void model_roll(struct model *m, int64_t now)
{
	int64_t complete = (now - 30) / MINUTE_S * MINUTE_S;

	model_flush(m, now);
	if (m->closed <= now + MINUTE_S && complete > m->closed)
		m->closed = complete;
}

/* The bucket made of the raw samples; false when there are none. */
static bool bucket_make(const struct model *m, int subject, int64_t ts, int64_t step_s,
			struct series_point *out)
{
	double sum[METRICS] = { 0 }, n[METRICS] = { 0 };

	*out = (struct series_point){ .ts = ts };
	for (int i = 0; i < MAX_METRICS; i++)
		out->mean[i] = out->min[i] = out->max[i] = NAN;
	for (int64_t t = ts; t < ts + step_s; t += 10) {
		const struct expected *x = &m->rows[subject][(t - T0) / 10];

		out->samples += x->is;
		for (int i = 0; x->is && i < METRICS; i++) {
			double v = (double)x->values[i] / (i == LOAD ? 100 : 1);

			if (!x->present[i])
				continue;
			n[i]++;
			sum[i] += v;
			if (i == SENT || step_s == 10) {
				out->mean[i] = v;
				continue;
			}
			out->min[i] = n[i] == 1 || v < out->min[i] ? v : out->min[i];
			out->max[i] = n[i] == 1 || v > out->max[i] ? v : out->max[i];
			out->mean[i] = sum[i] / n[i];
		}
	}
	return out->samples > 0;
}

static bool is_near(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) < 1e-9;
}

static void assert_tier(struct fixture *f, const struct model *m, int subject,
			enum series_tier tier, int64_t from)
{
	int64_t step_s = tier == TIER_RAW ? 10 : series_tier_step_s(tier);
	int64_t end = tier == TIER_RAW ? T0 + MODEL_ROWS * 10 : m->closed / step_s * step_s;
	struct points p =
		points_read(f, kind_of(subject), names[subject], tier, T0, INT64_MAX, FOREVER);
	size_t at = p.n;

	for (int64_t ts = T0; ts < end; ts += step_s) {
		struct series_point expected;
		bool stored = at > 0 && p.v[at - 1].ts == ts;
		bool is = bucket_make(m, subject, ts, step_s, &expected);

		if (!stored && is && ts < from)
			continue; /* pruned */
		if (stored != is)
			fail_msg("%s %s at %+d: stored %d", series_tier_name(tier), names[subject],
				 (int)(ts - T0), stored);
		if (!is)
			continue;
		at--;
		assert_int_equal(p.v[at].samples, expected.samples);
		for (int i = 0; i < METRICS; i++)
			if (!is_near(p.v[at].mean[i], expected.mean[i]) ||
			    !is_near(p.v[at].min[i], expected.min[i]) ||
			    !is_near(p.v[at].max[i], expected.max[i]))
				fail_msg("%s %s at %+d: metric %d is %f, not %f",
					 series_tier_name(tier), names[subject], (int)(ts - T0), i,
					 p.v[at].mean[i], expected.mean[i]);
	}
	assert_int_equal(at, 0);
	free(p.v);
}

static void assert_all(struct fixture *f, const struct model *m, int64_t now)
{
	static const int64_t least_s[TIERS] = { 2 * HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S,
						30 * DAY_S }; /* whatever the limit is */
	const int64_t times_s[TIERS] = {
		f->cfg.app.metrics_raw_hours * HOUR_S, f->cfg.app.metrics_minute_days * DAY_S,
		f->cfg.app.metrics_5min_days * DAY_S,  f->cfg.app.metrics_30min_days * DAY_S,
		f->cfg.app.metrics_hour_days * DAY_S,
	};
	const int64_t *keep_s = f->cfg.app.metrics_max_mb ? least_s : times_s;

	for (int subject = 0; subject < SUBJECTS; subject++)
		for (enum series_tier t = TIER_RAW; t < TIERS; t++)
			assert_tier(f, m, subject, t, now - keep_s[t]);
}

static void go_through_days(struct fixture *f)
{
	struct model *m = calloc(1, sizeof(*m));
	int64_t now = T0, latest = T0, rolled = 0, end = T0 + DAYS * DAY_S - HOUR_S;

	assert_non_null(m);
	for (int i = 0; i < SUBJECTS; i++) {
		m->rows[i] = calloc(MODEL_ROWS, sizeof(*m->rows[i]));
		assert_non_null(m->rows[i]);
	}
	f->cfg.app.metrics_raw_hours = 26;
	f->cfg.app.metrics_minute_days = 2;
	f->cfg.app.metrics_5min_days = 2;
	srand(3);
	while (now < end) {
		now += 10;
		for (int i = 0; i < SUBJECTS; i++) {
			if (rand() % 8 == 0) /* a gap, a lost sample */
				continue;
			model_add(m, f, i, now);
			if (rand() % 50 == 0)
				model_add(m, f, i,
					  now - rand() % (now - T0 < 200 ? 10 : 200)); /* late */
			if (rand() % 500 == 0)
				model_add(m, f, i, now + rand() % 200); /* early */
		}
		switch (rand() % 2000) {
		case 0: /* everything was off */
			now += rand() % (3 * HOUR_S);
			break;
		case 1: /* the clock is set back */
			now -= rand() % (HOUR_S / 2);
			now = now < T0 ? T0 : now;
			break;
		case 2: /* the process ends well, and another goes on */
			model_flush(m, now);
			flush(f, now, true);
			reopen(f);
			break;
		case 3: /* a transaction fails; nothing is lost */
			flush(f, now, false);
			break;
		case 4: /* the process dies */
			m->n = 0;
			reopen(f);
			break;
		default:
			break;
		}
		latest = now > latest ? now : latest; /* by which old things are cut */
		if ((now - 30) / MINUTE_S != (rolled - 30) / MINUTE_S) {
			rolled = now;
			model_roll(m, now);
			roll(f, now);
		}
		if (rand() % 20000 == 0)
			assert_all(f, m, latest);
	}
	assert_all(f, m, latest);
	for (int i = 0; i < SUBJECTS; i++)
		free(m->rows[i]);
	free(m);
}

static void tiers_equal_a_recomputation(void **state)
{
	go_through_days(*state);
}

static void so_they_do_below_a_limit(void **state)
{
	enum { ROOM = 200 << 10, LIMIT = 16 << 20, STEP = 100 << 10 };
	struct fixture *f = *state;
	char sql[128];

	/* something else fills the file up to the last kilobytes */
	snprintf(sql, sizeof(sql),
		 "CREATE TABLE series.filler (x); INSERT INTO series.filler VALUES (zeroblob(%d))",
		 (int)(LIMIT - ROOM - used(f)));
	run(f, sql);
	f->cfg.app.metrics_max_mb = 16;
	go_through_days(f);
	roll(f, T0 + DAYS * DAY_S);
	assert_in_range(used(f), LIMIT - STEP, LIMIT);
	assert_in_range(number(f, "SELECT count(DISTINCT id >> 20) FROM series.series_raw"), 2, 20);
	assert_in_range(number(f, "SELECT count(DISTINCT id >> 20) FROM series.series_minute"), 6,
			40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_hold_what_was_put_in),
		cmocka_unit_test(what_is_predicted_takes_no_room),
		cmocka_unit_test(damaged_blocks_are_told),
		cmocka_unit_test_setup_teardown(buckets_have_mean_and_extremes, setup, teardown),
		cmocka_unit_test_setup_teardown(late_and_repeated_samples_do_not_count, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_there_is_stored_with_each_roll, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_newest_points_come_first, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_may_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_rolled_back_is_stored_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(imported_buckets_fill_what_is_empty, setup,
						teardown),
		cmocka_unit_test_setup_teardown(imports_cost_no_samples, setup, teardown),
		cmocka_unit_test_setup_teardown(kinds_may_get_more_metrics, setup, teardown),
		cmocka_unit_test_setup_teardown(values_out_of_range_are_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_block_is_one_hour_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(tiers_are_cut_only_when_the_next_one_has_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_retention_that_is_too_short_loses_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(who_is_gone_rests_and_leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(who_has_no_room_costs_nobody_else, setup, teardown),
		cmocka_unit_test_setup_teardown(the_forecast_knows_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(so_they_do_below_a_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_clock_set_back_for_a_moment_loses_that_moment,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_clock_that_stays_behind_is_believed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_clock_that_was_never_set_destroys_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tiers_equal_a_recomputation, setup, teardown),
	};

	log_level_set(LOG_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
