/* series_forecast.c: what is stored, and what it will come to; see series.h. docs/history.md tells
 * how near it is */
#include "collect/series.h"
#include "collect/series_store.h"
#include "collect/source.h"

enum {
	MINUTE_S = 60,
	HOUR_S = 3600,
	DAY_S = 86400,
	OPEN_MINUTES = 60,
	PAGE = 4096,
	/* The whole collector writes, beyond blocks: each minute the last pages of the open hour and of
	 * the network's minutes, those above them and the index of the log; with each save those of the
	 * other tables; half a minute after each round what is kept live. */
	MINUTE_PAGES = 8,
	SAVE_PAGES = 22,
	LIVE_EVERY_S = 33,
	LIVE_ROW = 110,
	SEAL_S = 120,	    /* after its end an hour stands in blocks */
	CELL = 14,	    /* bytes that a block takes in its table beyond its own */
	SHORT_TIMES = 3,    /* as many bytes for a sample in the open hour */
	FIRST_GUESS = 1000, /* bytes of a block while there is none */
};

static const double fill = 0.85; /* of a page holds blocks */

struct number {
	int64_t from, blocks, bytes, page_count, page_size;
};
static const struct field number_fields[] = {
	{ FIELD(struct number, from) },	     { FIELD(struct number, blocks) },
	{ FIELD(struct number, bytes) },     { FIELD(struct number, page_count) },
	{ FIELD(struct number, page_size) }, { .key = NULL },
};
static const struct shape number_shape = { "SeriesNumber", sizeof(struct number), number_fields };

QUERY(q_subjects) = {
	.sql = "SELECT count(*) AS blocks FROM series.series_subject",
	.out = &number_shape,
	.scans = true,
};

/* The largest group of names with a slash. */
QUERY(q_crowd) = {
	.sql = "SELECT coalesce(max(n), 0) AS blocks FROM (SELECT count(*) AS n FROM"
	       " series.series_subject WHERE instr(name, '/') > 0"
	       " GROUP BY kind, substr(name, 1, instr(name, '/')))",
	.out = &number_shape,
	.scans = true,
};

QUERY(q_page_count) = { .sql = "PRAGMA series.page_count", .out = &number_shape };
QUERY(q_page_size) = { .sql = "PRAGMA series.page_size", .out = &number_shape };

/* Those of the last stretch of a tier: who is alive. */
QUERY(q_active) = {
	.sql = "SELECT count(*) AS blocks FROM series.series_raw WHERE id >= :from",
	.in = &number_shape,
	.out = &number_shape,
};

/* The newest blocks of a tier, and how many there are. */
#define USAGE_QUERIES(table) \
	QUERY(q_newest_##table) = { \
		.sql = "SELECT count(*) AS blocks, coalesce(sum(length(data)), 0) AS bytes FROM" \
		       " (SELECT data FROM series.series_" #table " ORDER BY id DESC LIMIT 1000)", \
		.out = &number_shape, \
	}; \
	QUERY(q_count_##table) = { \
		.sql = "SELECT count(*) AS blocks FROM series.series_" #table, \
		.out = &number_shape, \
		.scans = true, \
	}

USAGE_QUERIES(raw);
USAGE_QUERIES(minute);
USAGE_QUERIES(5min);
USAGE_QUERIES(30min);
USAGE_QUERIES(hour);

static struct query *const q_newest[TIERS] = { &q_newest_raw, &q_newest_minute, &q_newest_5min,
					       &q_newest_30min, &q_newest_hour };
static struct query *const q_count[TIERS] = { &q_count_raw, &q_count_minute, &q_count_5min,
					      &q_count_30min, &q_count_hour };

/* Bytes of a block of each tier, and of all blocks together. */
struct usage {
	double block[TIERS];
	double all;
};

static double points_of(int tier)
{
	return (double)series_store_span_s(tier) /
	       (double)series_tier_step_s((enum series_tier)tier);
}

/* A tier that has no block yet will have those of the finer one, with fewer points. */
static enum err_code usage_read(struct db *db, struct usage *u, struct err *e)
{
	enum err_code code = ERR_NONE;

	*u = (struct usage){ 0 };
	for (int t = 0; !code && t < TIERS; t++) {
		struct number newest = { 0 }, count = { 0 };

		code = db_get(db, q_newest[t], NULL, &newest, NULL, e);
		if (!code)
			code = db_get(db, q_count[t], NULL, &count, NULL, e);
		if (newest.blocks)
			u->block[t] = (double)newest.bytes / (double)newest.blocks;
		else if (t > TIER_MINUTE)
			u->block[t] = u->block[t - 1] * points_of(t) / points_of(t - 1);
		else
			u->block[t] = FIRST_GUESS;
		u->all += u->block[t] * (double)count.blocks / fill;
	}
	return code;
}

/* What a minute adds to the open hour: a short block needs more bytes for a sample. */
static double open_bytes(const struct usage *u)
{
	return u->block[TIER_RAW] / OPEN_MINUTES * SHORT_TIMES + CELL;
}

/* Who had samples in the last full hour; all, when nobody had. */
static enum err_code active_count(struct db *db, int64_t now, int64_t subjects, int64_t *out,
				  struct err *e)
{
	int64_t hour = series_store_floor(now - SEAL_S, HOUR_S) - HOUR_S;
	struct number n = { .from = series_store_id(TIER_RAW, hour, 0) };
	enum err_code code = db_get(db, &q_active, &n, &n, NULL, e);

	*out = n.blocks ? n.blocks : subjects;
	return code;
}

/* Of so many that there is room for. */
static bool is_crowded(int64_t n, int64_t room)
{
	return n > room / 5 * 4;
}

static enum err_code subjects_count(struct db *db, struct series_forecast *out, struct err *e)
{
	struct number all = { 0 }, group = { 0 };
	enum err_code code = db_get(db, &q_subjects, NULL, &all, NULL, e);

	if (!code)
		code = db_get(db, &q_crowd, NULL, &group, NULL, e);
	out->subjects = all.blocks;
	out->crowded =
		is_crowded(all.blocks, MAX_SUBJECTS) || is_crowded(group.blocks, GROUP_SUBJECTS);
	return code;
}

/* What makes the file as large as it will be. */
struct growth {
	double rest;	       /* what does not depend on how long tiers are kept */
	double a_block[TIERS]; /* the bytes of a stretch of time */
	int64_t keep_s[TIERS];
};

static double reach_s(const struct growth *g, int tier, double part)
{
	double keep = (double)g->keep_s[tier], least = (double)series_store_least_s(tier);

	if (least > keep)
		least = keep;
	return part * keep < least ? least : part * keep;
}

/* When each tier is kept for that part of its time, but for as long as charts need. */
static double bytes_of(const struct growth *g, double part)
{
	double bytes = g->rest;

	for (int t = 0; t < TIERS; t++)
		bytes += g->a_block[t] * (reach_s(g, t, part) / (double)series_store_span_s(t) + 1);
	return bytes;
}

static void limit_find(const struct growth *g, const struct config *cfg,
		       struct series_forecast *out)
{
	double limit = (double)series_store_limit(cfg), low = 0, high = 1;

	out->limited = bytes_of(g, 1) > limit;
	out->cramped = bytes_of(g, 0) > limit;
	for (int i = 0; out->limited && i < 40; i++) {
		double part = (low + high) / 2;

		if (bytes_of(g, part) > limit)
			high = part;
		else
			low = part;
	}
	if (!out->limited)
		low = 1;
	for (int t = 0; t < TIERS; t++)
		out->reach_s[t] = (int64_t)reach_s(g, t, low);
	out->bytes_final = (int64_t)bytes_of(g, low);
}

enum err_code series_forecast(struct db *db, const struct config *cfg, int64_t now,
			      struct series_forecast *out, struct err *e)
{
	struct number n = { 0 };
	struct growth g = { 0 };
	struct usage u;
	double sealed_a_day = 0, open_pages, live_pages;
	int64_t active;
	enum err_code code = subjects_count(db, out, e);

	if (!code)
		code = active_count(db, now, out->subjects, &active, e);
	if (!code)
		code = usage_read(db, &u, e);
	if (!code)
		code = db_get(db, &q_page_count, NULL, &n, NULL, e);
	if (!code)
		code = db_get(db, &q_page_size, NULL, &n, NULL, e);
	if (code)
		return code;
	out->bytes_now = n.page_count * n.page_size;
	series_store_keep(cfg, g.keep_s);
	g.rest = (double)out->bytes_now > u.all ? (double)out->bytes_now - u.all : 0;
	g.rest += (double)active * OPEN_MINUTES * open_bytes(&u) / fill;
	for (int t = 0; t < TIERS; t++) {
		g.a_block[t] = (double)active * u.block[t] / fill;
		sealed_a_day += g.a_block[t] * DAY_S / (double)series_store_span_s(t);
	}
	limit_find(&g, cfg, out);
	open_pages = (double)active * open_bytes(&u) / fill / PAGE;
	live_pages = 1 + (double)active * LIVE_ROW / PAGE;
	/* to the log and then to the file; a minute of the open hour twice to the log */
	out->bytes_per_day =
		(int64_t)(2 * sealed_a_day +
			  (double)DAY_S / MINUTE_S * PAGE * (MINUTE_PAGES + 3 * open_pages) +
			  (double)DAY_S / SAVE_EVERY_S * PAGE * SAVE_PAGES +
			  (double)DAY_S / LIVE_EVERY_S * PAGE * live_pages);
	return ERR_NONE;
}
