/* history.c: fills a history store with the samples of a simulated house, as fast as it can, and
 * measures or checks it; driven by t/bench/series and t/0420-history.t */
#include "history.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/log.h"
#include "collect/series_store.h"
#include "collect/source.h"
#include "db/migrate.h"

enum {
	T0 = 1770854400, /* 2026-02-12, a Thursday: a new block in every tier */
	NODE_METRICS = 8,
	GUEST_METRICS = 9,
	MAX_HOUSE = 4096,
	PAST_BATCH = 100000, /* buckets a transaction */
	CHARTS = 200,	     /* subjects whose charts are timed */
	FOREVER = 1000000,
};

static const struct metric node_metrics[] = {
	{ "cpu_percent", METRIC_GAUGE, 2 },  { "memory_used", METRIC_GAUGE, 0 },
	{ "memory_total", METRIC_GAUGE, 0 }, { "disk_used", METRIC_GAUGE, 0 },
	{ "disk_total", METRIC_GAUGE, 0 },   { "network_in", METRIC_GAUGE, 0 },
	{ "network_out", METRIC_GAUGE, 0 },  { "uptime", METRIC_LAST, 0 },
	{ NULL, METRIC_GAUGE, 0 },
};
static const struct metric guest_metrics[] = {
	{ "status", METRIC_LAST, 0 },	    { "cpu_percent", METRIC_GAUGE, 2 },
	{ "memory_used", METRIC_GAUGE, 0 }, { "memory_total", METRIC_GAUGE, 0 },
	{ "disk_read", METRIC_LAST, 0 },    { "disk_write", METRIC_LAST, 0 },
	{ "network_in", METRIC_LAST, 0 },   { "network_out", METRIC_LAST, 0 },
	{ "uptime", METRIC_LAST, 0 },	    { NULL, METRIC_GAUGE, 0 },
};
static struct series_kind node = { 1, "server", 10, node_metrics };
static struct series_kind guest = { 2, "guest", 30, guest_metrics };

/* What is simulated, and how. */
static struct house {
	const char *dir;
	int nodes, guests;
	int64_t begin, warm, seconds; /* before what is measured, and of it */
	bool past;		      /* with full tiers */
	bool sync; /* what was written reaches the disk after each save, as in real time */
	struct config cfg;
	struct subject {
		struct series_kind *kind;
		char name[24];
		double busy; /* 0..1 */
		struct series_sample now;
	} subjects[MAX_HOUSE];
} house = { .nodes = 2, .guests = 25, .begin = T0, .seconds = DAY_S };

void fail(const char *what)
{
	fprintf(stderr, "history: %s\n", what);
	exit(1);
}

static void must(enum err_code code, const struct err *e)
{
	if (code)
		fail(e->text);
}

/* ---- plausible samples ---- */

static uint64_t seed = 88172645463325252u;

static double random_1(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)(seed >> 11) / (double)(1ull << 53);
}

/* Mostly small, sometimes large, in whole units. */
static double burst(double mean, double unit)
{
	return floor(mean * -log(1 - random_1()) * (random_1() < 0.02 ? 20 : 0.6) / unit) * unit;
}

static double drift(double v, double low, double high, double step, double unit)
{
	v += floor((random_1() - 0.5) * 2 * step / unit) * unit;
	return v < low || v > high ? floor((low + high) / 2 / unit) * unit : v;
}

static double rounded(double v)
{
	return round(v * 100) / 100;
}

static void node_step(struct subject *s, int64_t ts)
{
	double *v = s->now.values;

	v[0] = rounded(s->busy * 40 + random_1() * random_1() * 10 * s->busy);
	v[1] = drift(v[1], 4e9, 30e9, 3e6, 4096);
	v[2] = 33567338496;
	v[3] = random_1() < 0.1 ? drift(v[3], 1e10, 6e10, 4e5, 4096) : v[3];
	v[4] = 100861726720;
	if (ts % MINUTE_S == 0) { /* as the hypervisor tells it */
		v[5] = burst(200000 * s->busy, 1);
		v[6] = burst(100000 * s->busy, 1);
	}
	v[7] = (double)(ts - T0 + 5000000);
}

static void guest_step(struct subject *s, int64_t ts)
{
	double *v = s->now.values;
	double seconds = (double)s->kind->raw_step_s;

	v[0] = 1;
	v[1] = rounded(random_1() < 0.03 ? random_1() * 60
					 : s->busy * 3 + random_1() * s->busy * 2);
	v[2] = drift(v[2], 2e8, 3.8e9, 2e6 * s->busy, 4096);
	v[3] = 4294967296;
	v[4] += random_1() < 0.15 ? burst(20000 * seconds * s->busy, 4096) : 0;
	v[5] += burst(4000 * seconds * s->busy, 512);
	v[6] += burst(2000 * seconds * s->busy, 1);
	v[7] += burst(1500 * seconds * s->busy, 1);
	v[8] = (double)(ts - T0 + 3000000);
}

static void subject_step(struct subject *s, int64_t ts)
{
	s->now.ts = ts;
	if (s->kind == &node)
		node_step(s, ts);
	else
		guest_step(s, ts);
}

static void house_fill(void)
{
	for (int i = 0; i < house.nodes + house.guests; i++) {
		struct subject *s = &house.subjects[i];

		s->kind = i < house.nodes ? &node : &guest;
		snprintf(s->name, sizeof(s->name), i < house.nodes ? "pve-node%d" : "pve/%d",
			 100 + i);
		s->busy = i % 3 ? 0.1 : 0.8;
		s->now = (struct series_sample){ .kind = s->kind, .subject = s->name };
		s->now.values[s->kind == &node ? 1 : 2] = 1500e6 - fmod(1500e6, 4096);
		s->now.values[3] = s->kind == &node ? 40960e6 : 0;
	}
}

/* ---- the store of the program ---- */

static void blocks_open(struct db *db)
{
	(void)db;
}

static void blocks_add(struct db *db, const struct series_sample *s)
{
	struct err e = { 0 };

	must(series_add(db, s, &e), &e);
}

static void blocks_store(struct db *db, const struct config *cfg, int64_t now)
{
	struct err e = { 0 };
	bool more = true;

	while (more) {
		must(db_begin(db, TX_WRITE, &e), &e);
		must(series_roll(db, cfg, now, &more, &e), &e);
		must(db_commit(db, &e), &e);
	}
}

static void blocks_past(struct db *db, enum series_tier tier, const struct series_sample *s)
{
	(void)db;
	series_import(tier, s);
}

static void blocks_past_store(struct db *db, int64_t now)
{
	struct err e = { 0 };

	must(series_import_store(db, now, &e), &e);
	must(db_commit(db, &e), &e);
	must(db_begin(db, TX_WRITE, &e), &e);
}

static enum err_code point_count(const struct series_point *p, void *ctx, struct err *e)
{
	(void)p;
	(void)e;
	++*(int64_t *)ctx;
	return ERR_NONE;
}

static int64_t blocks_chart(struct db *db, const struct series_kind *kind, const char *subject,
			    enum series_tier tier, int64_t from, int64_t to, int64_t limit)
{
	int64_t n = 0;
	struct err e = { 0 };

	must(series_read(db, kind, subject, tier, from, to, limit, point_count, &n, &e), &e);
	return n;
}

const struct design design_blocks = {
	.open = blocks_open,
	.add = blocks_add,
	.store = blocks_store,
	.past = blocks_past,
	.past_store = blocks_past_store,
	.chart = blocks_chart,
	.raw_tables = "'series_raw', 'series_open'",
};

/* ---- measuring ---- */

static double now_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A line of /proc/self/io. */
static int64_t io(const char *key)
{
	FILE *in = fopen("/proc/self/io", "r");
	char name[64];
	int64_t value = 0, n;

	while (in && fscanf(in, "%63[^:]: %" SCNd64 "\n", name, &n) == 2)
		if (strcmp(name, key) == 0)
			value = n;
	if (in)
		fclose(in);
	return value;
}

static int64_t number(struct db *db, const char *format, const char *text)
{
	char *sql = sqlite3_mprintf(format, text);
	sqlite3_stmt *s;
	int64_t n = 0;

	if (sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db_handle(db)));
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_free(sql);
	return n;
}

static struct db *open_db(void)
{
	struct db *db;
	struct err e = { 0 };
	bool changed;

	must(migrate(house.dir, &changed, &e), &e);
	must(db_open(&db, house.dir, DB_COLLECT, &e), &e);
	return db;
}

static void sync_files(void)
{
	static const char *const names[] = { "series.db-wal", "series.db" };
	static int fds[2] = { -1, -1 };
	char path[4096];

	for (int i = 0; i < 2; i++) {
		if (fds[i] < 0) {
			snprintf(path, sizeof(path), "%s/%s", house.dir, names[i]);
			fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		}
		if (fds[i] < 0 || fdatasync(fds[i]))
			fail("cannot sync");
	}
}

static void past_fill(const struct design *d, struct db *db)
{
	static const int64_t days[TIERS] = { 0, 1, 2, 8, 31 };
	struct err e = { 0 };
	int64_t n = 0;

	must(db_begin(db, TX_WRITE, &e), &e);
	for (enum series_tier t = TIER_MINUTE; t < TIERS; t++) {
		int64_t step_s = series_tier_step_s(t);

		for (int64_t ts = house.begin - days[t] * DAY_S; ts < house.begin; ts += step_s)
			for (int i = 0; i < house.nodes + house.guests; i++) {
				subject_step(&house.subjects[i], ts);
				d->past(db, t, &house.subjects[i].now);
				if (++n % PAST_BATCH == 0)
					d->past_store(db, house.begin);
			}
	}
	d->past_store(db, house.begin);
	must(db_commit(db, &e), &e);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The charts of the API, each of many subjects. */
static void charts(const struct design *d, struct db *db, int64_t now)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} ranges[TIERS] = { { "1h", HOUR_S },
			    { "6h", 6 * HOUR_S },
			    { "24h", DAY_S },
			    { "7d", 7 * DAY_S },
			    { "30d", 30 * DAY_S } };
	int all = house.nodes + house.guests;

	for (int t = 0; t < TIERS; t++) {
		double ms[CHARTS];
		int64_t points = 0;

		for (int i = 0; i < CHARTS; i++) {
			const struct subject *s = &house.subjects[(i * 37) % all];
			double begun = now_s(CLOCK_MONOTONIC);

			points = d->chart(db, s->kind, s->name, (enum series_tier)t,
					  now - ranges[t].seconds, now, 10000);
			ms[i] = (now_s(CLOCK_MONOTONIC) - begun) * 1000;
		}
		qsort(ms, CHARTS, sizeof(*ms), by_size);
		printf("chart_%s_points %" PRId64 "\nchart_%s_ms %.3f\nchart_%s_max_ms %.3f\n",
		       ranges[t].name, points, ranges[t].name, ms[CHARTS / 2], ranges[t].name,
		       ms[CHARTS - 1]);
	}
}

/* What a stretch of time cost. */
struct cost {
	double cpu_s, longest_s; /* longest: of a save, all that is stored and follows */
	int64_t written, samples, values, rounds;
};

static void simulate(const struct design *d, struct db *db, int64_t from, int64_t seconds,
		     struct cost *cost)
{
	int64_t written = io("write_bytes");
	int all = house.nodes + house.guests;

	*cost = (struct cost){ 0 };
	for (int64_t ts = from; ts < from + seconds; ts += node.raw_step_s) {
		double wall, cpu;

		for (int i = 0; i < all; i++)
			if (ts % house.subjects[i].kind->raw_step_s == 0)
				subject_step(&house.subjects[i], ts);
		wall = now_s(CLOCK_MONOTONIC);
		cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
		if (ts % SAVE_EVERY_S == 0)
			d->store(db, &house.cfg, ts + 30);
		wall = now_s(CLOCK_MONOTONIC) - wall;
		cost->longest_s = wall > cost->longest_s ? wall : cost->longest_s;
		for (int i = 0; i < all; i++) {
			const struct subject *s = &house.subjects[i];

			if (ts % s->kind->raw_step_s)
				continue;
			d->add(db, &s->now);
			cost->samples++;
			cost->values += s->kind == &node ? NODE_METRICS : GUEST_METRICS;
		}
		cost->cpu_s += now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		cost->rounds++;
		if (house.sync && ts % SAVE_EVERY_S == 0)
			sync_files();
	}
	cost->written = io("write_bytes") - written;
}

static int64_t raw_kept(struct db *db, const struct design *d, int64_t now)
{
	int64_t n = 0;

	for (int i = 0; i < house.nodes + house.guests; i++)
		n += d->chart(db, house.subjects[i].kind, house.subjects[i].name, TIER_RAW,
			      house.begin - DAY_S, now, FOREVER);
	return n;
}

static int bench(const struct design *d)
{
	struct db *db = open_db();
	struct cost warm, cost;
	struct series_forecast forecast;
	struct err e = { 0 };
	int64_t now = house.begin + house.warm + house.seconds, kept, bytes;

	house_fill();
	d->open(db);
	if (house.past)
		past_fill(d, db);
	simulate(d, db, house.begin, house.warm, &warm);
	simulate(d, db, house.begin + house.warm, house.seconds, &cost);
	d->store(db, &house.cfg, now + 30);
	printf("samples_a_day %.0f\nvalues_a_sample %.2f\n",
	       (double)cost.samples * DAY_S / (double)house.seconds,
	       (double)cost.values / (double)cost.samples);
	printf("written_a_day %.0f\n", (double)cost.written * DAY_S / (double)house.seconds);
	printf("cpu_ms_a_round %.3f\nlongest_ms %.1f\n", cost.cpu_s * 1000 / (double)cost.rounds,
	       cost.longest_s * 1000);
	if (!house.past) {
		kept = raw_kept(db, d, now);
		bytes = number(db, "SELECT sum(pgsize) FROM dbstat('series') WHERE name IN (%s)",
			       d->raw_tables);
		printf("raw_samples %" PRId64 "\nraw_bytes_a_sample %.2f\n", kept,
		       (double)bytes / (double)kept);
	}
	printf("file_bytes %" PRId64 "\n",
	       number(db, "SELECT sum(pgsize) FROM dbstat(%s)", "'series'"));
	charts(d, db, now);
	must(series_forecast(db, &house.cfg, now + HOUR_S / 2, &forecast, &e), &e);
	printf("forecast_bytes %" PRId64 "\nforecast_written_a_day %" PRId64 "\n",
	       forecast.bytes_final, forecast.bytes_per_day);
	db_close(db);
	return 0;
}

/* ---- a week that is interrupted ---- */

enum { WEEK_SUBJECTS = 4, WEEK_S = 7 * DAY_S };

/* The same sample whenever it is asked for; false: there is none, a gap. */
static bool sample_of(int subject, int64_t ts, struct series_sample *s)
{
	static const char *const names[WEEK_SUBJECTS] = { "node1", "node1/100", "node1/101",
							  "node1/102" };
	int metrics = subject ? GUEST_METRICS : NODE_METRICS;
	uint64_t h = (uint64_t)ts * 0x9e3779b97f4a7c15u + (uint64_t)subject;

	*s = (struct series_sample){ subject ? &guest : &node, names[subject], 0, ts, { 0 } };
	if (ts % s->kind->raw_step_s || (ts / 1700 + subject) % 11 == 0)
		return false;
	for (int i = 0; i < metrics; i++) {
		h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
		s->values[i] = h >> 60 ? (double)(h >> 40) : NAN;
	}
	return h >> 32 & 31;
}

/* Goes on where the store ends; prints the time that is complete now and then. */
static int week(void)
{
	struct db *db = open_db();
	struct err e = { 0 };
	struct series_sample s;
	int64_t from;

	must(series_store_closed(db, &from, &e), &e);
	for (int64_t ts = from ? from : T0; ts < T0 + WEEK_S; ts += 10) {
		if (ts % MINUTE_S == 0)
			blocks_store(db, &house.cfg, ts + 30);
		for (int i = 0; i < WEEK_SUBJECTS; i++)
			if (sample_of(i, ts, &s))
				blocks_add(db, &s);
	}
	blocks_store(db, &house.cfg, T0 + WEEK_S + 30);
	db_close(db);
	return 0;
}

/* What a bucket should be. */
static bool bucket_of(int subject, int64_t ts, int64_t step_s, struct series_point *out)
{
	double n[MAX_METRICS] = { 0 };
	struct series_sample s;

	*out = (struct series_point){ .ts = ts };
	for (int i = 0; i < MAX_METRICS; i++)
		out->mean[i] = out->min[i] = out->max[i] = NAN;
	for (int64_t t = ts; t < ts + step_s; t += 10) {
		bool any = false;

		if (!sample_of(subject, t, &s))
			continue;
		for (int i = 0; i < (subject ? GUEST_METRICS : NODE_METRICS); i++) {
			double v = s.values[i];

			if (isnan(v))
				continue;
			any = true;
			if (s.kind->metrics[i].kind == METRIC_LAST || step_s == 10) {
				out->mean[i] = v;
				continue;
			}
			out->mean[i] = n[i] > 0 ? (out->mean[i] * n[i] + v) / (n[i] + 1) : v;
			n[i]++;
			out->min[i] = fmin(out->min[i], v);
			out->max[i] = fmax(out->max[i], v);
		}
		out->samples += any;
	}
	return out->samples > 0;
}

struct points {
	struct series_point *v;
	size_t n;
};

static enum err_code point_keep(const struct series_point *p, void *ctx, struct err *e)
{
	struct points *points = ctx;

	(void)e;
	points->v = realloc(points->v, (points->n + 1) * sizeof(*p));
	if (!points->v)
		abort();
	points->v[points->n++] = *p;
	return ERR_NONE;
}

static bool is_same(const double *a, const double *b)
{
	for (int i = 0; i < MAX_METRICS; i++)
		if (!(isnan(a[i]) && isnan(b[i])) && !(fabs(a[i] - b[i]) <= 1e-6 * fabs(b[i])))
			return false;
	return true;
}

static int64_t faults_of(struct db *db, int subject, enum series_tier tier, int64_t closed,
			 int64_t kept_from)
{
	int64_t step_s = tier == TIER_RAW ? 10 : series_tier_step_s(tier), faults = 0;
	struct points p = { 0 };
	struct series_sample s;
	struct err e = { 0 };
	size_t at;

	sample_of(subject, T0, &s);
	must(series_read(db, s.kind, s.subject, tier, 0, INT64_MAX, FOREVER, point_keep, &p, &e),
	     &e);
	at = p.n;
	for (int64_t ts = T0; ts < closed / step_s * step_s; ts += step_s) {
		struct series_point x;
		bool stored = at > 0 && p.v[at - 1].ts == ts, is;

		if (!stored && ts < kept_from)
			continue;
		is = bucket_of(subject, ts, step_s, &x);
		if (stored)
			at--;
		if (stored == is &&
		    (!is || (p.v[at].samples == x.samples && is_same(p.v[at].mean, x.mean) &&
			     is_same(p.v[at].min, x.min) && is_same(p.v[at].max, x.max))))
			continue;
		if (++faults < 5)
			printf("%s of %s at %+d: stored %d, should %d\n", series_tier_name(tier),
			       s.subject, (int)(ts - T0), stored, is);
	}
	/* raw samples of the minute that is not complete may stand before all */
	if (at > 0 && (tier != TIER_RAW || p.v[at - 1].ts < closed)) {
		printf("%s of %s: %zu points more\n", series_tier_name(tier), s.subject, at);
		faults++;
	}
	free(p.v);
	return faults;
}

/* Every tier against the samples that were made; prints how far it went. */
static int check(void)
{
	const struct config *cfg = &house.cfg;
	const int64_t keep_s[TIERS] = {
		cfg->app.metrics_raw_hours * HOUR_S, cfg->app.metrics_minute_days * DAY_S,
		cfg->app.metrics_5min_days * DAY_S,  cfg->app.metrics_30min_days * DAY_S,
		cfg->app.metrics_hour_days * DAY_S,
	};
	struct db *db = open_db();
	struct err e = { 0 };
	int64_t closed, faults = 0;

	must(series_store_closed(db, &closed, &e), &e);
	if (number(db,
		   "SELECT count(*) FROM pragma_integrity_check%s WHERE integrity_check <> 'ok'",
		   ""))
		faults++;
	for (int i = 0; i < WEEK_SUBJECTS && closed; i++)
		for (enum series_tier t = TIER_RAW; t < TIERS; t++)
			faults += faults_of(db, i, t, closed, closed + 60 - keep_s[t]);
	printf("complete %" PRId64 "\nfaults %" PRId64 "\n", closed ? closed - T0 : 0, faults);
	db_close(db);
	return faults > 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "nodes", required_argument, NULL, 'n' },
		{ "guests", required_argument, NULL, 'g' },
		{ "guest-step", required_argument, NULL, 'p' },
		{ "begin", required_argument, NULL, 'b' },
		{ "warm", required_argument, NULL, 'w' },
		{ "seconds", required_argument, NULL, 's' },
		{ "past", no_argument, NULL, 'o' },
		{ "sync", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	config_defaults(&house.cfg);
	log_program("history");
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'n':
			house.nodes = atoi(optarg);
			break;
		case 'g':
			house.guests = atoi(optarg);
			break;
		case 'p':
			guest.raw_step_s = atoi(optarg);
			break;
		case 'b':
			house.begin = strtoll(optarg, NULL, 10);
			break;
		case 'w':
			house.warm = atoi(optarg);
			break;
		case 's':
			house.seconds = atoi(optarg);
			break;
		case 'o':
			house.past = true;
			break;
		case 'y':
			house.sync = true;
			break;
		default:
			return 2;
		}
	if (argc - optind != 2 || house.nodes + house.guests > MAX_HOUSE)
		fail("usage: history [--nodes N] [--guests N] [--guest-step S] [--begin T]"
		     " [--warm S] [--seconds S] [--past] [--sync] DIR blocks|rows|week|check");
	house.dir = argv[optind];
	if (strcmp(argv[optind + 1], "blocks") == 0)
		return bench(&design_blocks);
	if (strcmp(argv[optind + 1], "rows") == 0)
		return bench(&design_rows);
	/* short, so that every tier is cut while it goes on */
	house.cfg.app.metrics_raw_hours = 30;
	house.cfg.app.metrics_minute_days = 2;
	house.cfg.app.metrics_5min_days = 3;
	return strcmp(argv[optind + 1], "week") == 0 ? week() : check();
}
