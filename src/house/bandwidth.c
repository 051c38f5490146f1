/* bandwidth.c: bandwidth for charts, and as a table to take away */
#include "base/clock.h"
#include "base/err.h"
#include "house/routes.h"
#include "http/req.h"

enum {
	MAX_POINTS = 512, /* 168 h in steps of 1800 s are 336 */
	CSV_ROWS = 500,	  /* rows read at a time: about 32 KiB of text */
};

struct hours_args {
	int64_t hours;
};

static const struct field series_arg_fields[] = {
	{ FIELD(struct hours_args, hours), .bounded = true, .min = 1, .max = 168, .def = "24",
	  .doc = "How far back, hours" },
	{ .key = NULL },
};
const struct shape house_series_args = { "SeriesArgs", sizeof(struct hours_args),
					 series_arg_fields };

static const struct field csv_arg_fields[] = {
	{ FIELD(struct hours_args, hours), .bounded = true, .min = 1, .max = 8784, .def = "168",
	  .doc = "How far back, hours" },
	{ .key = NULL },
};
const struct shape house_csv_args = { "CsvArgs", sizeof(struct hours_args), csv_arg_fields };

/* What the reply looks like; the handler writes the arrays itself. */
struct series {
	int64_t from, to, step;
	const char *timestamps, *upstream, *downstream, *upstream_max, *downstream_max;
};

#define TIMES "\"type\":\"array\",\"items\":{\"type\":\"integer\",\"format\":\"int64\"}"
#define RATES "\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}"

static const struct field series_fields[] = {
	{ FIELD(struct series, from), .doc = "Start of the first step, Unix seconds" },
	{ FIELD(struct series, to), .doc = "End of the last step, Unix seconds" },
	{ FIELD(struct series, step), .doc = "Seconds" },
	{ FIELD(struct series, timestamps), .json = true, .schema = TIMES,
	  .doc = "Start of each step, Unix seconds" },
	{ FIELD(struct series, upstream), .json = true, .schema = RATES,
	  .doc = "Mean bits/s, null where nothing was measured" },
	{ FIELD(struct series, downstream), .json = true, .schema = RATES,
	  .doc = "Mean bits/s, or null" },
	{ FIELD(struct series, upstream_max), .json = true, .schema = RATES,
	  .doc = "Highest minute of the step, or null" },
	{ FIELD(struct series, downstream_max), .json = true, .schema = RATES,
	  .doc = "Highest minute of the step, or null" },
	{ .key = NULL },
};
const struct shape house_series_shape = { "BandwidthSeries", sizeof(struct series), series_fields };

struct window {
	int64_t from, to, limit;
};

static const struct field window_fields[] = {
	{ FIELD(struct window, from) },
	{ FIELD(struct window, to) },
	{ FIELD(struct window, limit) },
	{ .key = NULL },
};
static const struct shape window_shape = { "SeriesWindow", sizeof(struct window), window_fields };

struct minute {
	int64_t ts, sent, received, up_bps, down_bps;
};

static const struct field minute_fields[] = {
	{ FIELD(struct minute, ts) },	    { FIELD(struct minute, sent) },
	{ FIELD(struct minute, received) }, { FIELD(struct minute, up_bps) },
	{ FIELD(struct minute, down_bps) }, { .key = NULL },
};
static const struct shape minute_shape = { "SeriesMinute", sizeof(struct minute), minute_fields };

QUERY(q_minutes) = {
	.sql = "SELECT ts, sent, received, up_bps, down_bps FROM series.net_bandwidth_minute"
	       " WHERE ts >= :from AND ts < :to ORDER BY ts LIMIT :limit",
	.in = &window_shape,
	.out = &minute_shape,
};

struct point {
	int64_t rows, up, down, up_max, down_max;
};

struct chart {
	int64_t from, step;
	int n;
	struct point points[MAX_POINTS];
};

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum err_code add_minute(void *row, void *ctx, struct err *e)
{
	const struct minute *m = row;
	struct chart *c = ctx;
	struct point *p = &c->points[(m->ts - c->from) / c->step];

	(void)e;
	p->rows++;
	p->up += m->up_bps;
	p->down += m->down_bps;
	p->up_max = larger(p->up_max, m->up_bps);
	p->down_max = larger(p->down_max, m->down_bps);
	return ERR_NONE;
}

static int64_t step_s(int64_t hours, int64_t poll_s)
{
	int64_t step = hours <= 2 ? 60 : hours <= 24 ? 300 : 1800;

	return larger(step, (poll_s + MINUTE_S - 1) / MINUTE_S * MINUTE_S);
}

enum column { COLUMN_UP, COLUMN_DOWN, COLUMN_UP_MAX, COLUMN_DOWN_MAX };

static void write_column(struct jsonw *w, const char *key, const struct chart *c,
			 enum column column)
{
	jsonw_key(w, key);
	jsonw_open(w, '[');
	for (int i = 0; i < c->n; i++) {
		const struct point *p = &c->points[i];
		int64_t rows = p->rows ? p->rows : 1;
		const int64_t values[] = { p->up / rows, p->down / rows, p->up_max, p->down_max };

		if (p->rows)
			jsonw_int(w, values[column]);
		else
			jsonw_null(w);
	}
	jsonw_close(w, ']');
}

enum err_code house_series(struct req *rq, struct res *rs, struct err *e)
{
	const struct hours_args *args = rq->args;
	struct chart *c = ARENA_NEW(rq->arena, struct chart);
	struct jsonw *w = &rs->json;
	struct window window;
	enum err_code code;

	c->step = step_s(args->hours, rq->cfg->fritzbox.poll_seconds);
	c->n = (int)(args->hours * HOUR_S / c->step);
	window.to = rq->now - rq->now % c->step + c->step;
	window.from = c->from = window.to - c->n * c->step;
	window.limit = args->hours * HOUR_S / MINUTE_S;
	code = db_each(rq->db, &q_minutes, &window, add_minute, c, e);
	if (code)
		return code;
	jsonw_open(w, '{');
	jsonw_key(w, "from");
	jsonw_int(w, window.from);
	jsonw_key(w, "to");
	jsonw_int(w, window.to);
	jsonw_key(w, "step");
	jsonw_int(w, c->step);
	jsonw_key(w, "timestamps");
	jsonw_open(w, '[');
	for (int i = 0; i < c->n; i++)
		jsonw_int(w, c->from + i * c->step);
	jsonw_close(w, ']');
	write_column(w, "upstream", c, COLUMN_UP);
	write_column(w, "downstream", c, COLUMN_DOWN);
	write_column(w, "upstream_max", c, COLUMN_UP_MAX);
	write_column(w, "downstream_max", c, COLUMN_DOWN_MAX);
	jsonw_close(w, '}');
	return ERR_NONE;
}

struct csv {
	struct buf *out;
	int64_t last, rows;
};

static enum err_code add_line(void *row, void *ctx, struct err *e)
{
	const struct minute *m = row;
	struct csv *csv = ctx;
	char time[STAMP_TEXT];

	(void)e;
	write_stamp(m->ts, time);
	buf_printf(csv->out, "%lld,%s,%lld,%lld,%lld,%lld\r\n", (long long)m->ts, time,
		   (long long)m->sent, (long long)m->received, (long long)m->up_bps,
		   (long long)m->down_bps);
	csv->last = m->ts;
	csv->rows++;
	return ERR_NONE;
}

/* Batch by batch, each read whole before it is sent: no statement stays open while a slow client
 * reads. */
enum err_code house_csv(struct req *rq, struct res *rs, struct err *e)
{
	const struct hours_args *args = rq->args;
	struct window window = { rq->now - args->hours * HOUR_S, rq->now, CSV_ROWS };
	struct csv csv = { .out = rs->body, .rows = CSV_ROWS };
	enum err_code code = ERR_NONE;

	res_header(rs, "Content-Disposition", "attachment; filename=\"bandwidth.csv\"");
	buf_str(rs->body,
		"timestamp,time,bytes_sent,bytes_received,upstream_bps,downstream_bps\r\n");
	while (!code && csv.rows == CSV_ROWS) {
		csv.rows = 0;
		code = db_each(rq->db, &q_minutes, &window, add_line, &csv, e);
		window.from = csv.last + 1;
		if (!code)
			code = rs->flush(rs, e);
	}
	return code;
}
