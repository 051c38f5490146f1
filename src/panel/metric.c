/* metric.c: what is sampled of servers and guests, and its history as the API tells it */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "http/req.h"
#include "panel/panel.h"
#include "panel/routes.h"
#include "panel/slot.h"
#include "panel/track.h"

enum { MAX_POINTS = 10000 }; /* of one answer: about a week of minutes */

static const struct metric server_values[] = {
	[SERVER_CPU] = { "cpu_percent", METRIC_GAUGE, 2 },
	[SERVER_MEMORY_USED] = { "memory_used", METRIC_GAUGE, 0 },
	[SERVER_MEMORY_TOTAL] = { "memory_total", METRIC_GAUGE, 0 },
	[SERVER_DISK_USED] = { "disk_used", METRIC_GAUGE, 0 },
	[SERVER_DISK_TOTAL] = { "disk_total", METRIC_GAUGE, 0 },
	[SERVER_NETWORK_IN] = { "network_in", METRIC_GAUGE, 0 },
	[SERVER_NETWORK_OUT] = { "network_out", METRIC_GAUGE, 0 },
	[SERVER_UPTIME] = { "uptime", METRIC_LAST, 0 },
	{ .name = NULL },
};
const struct series_kind series_servers = { 1, "server", 10, server_values };

static const struct metric guest_values[] = {
	[GUEST_STATUS] = { "status", METRIC_LAST, 0 },
	[GUEST_CPU] = { "cpu_percent", METRIC_GAUGE, 2 },
	[GUEST_MEMORY_USED] = { "memory_used", METRIC_GAUGE, 0 },
	[GUEST_MEMORY_TOTAL] = { "memory_total", METRIC_GAUGE, 0 },
	[GUEST_DISK_READ] = { "disk_read", METRIC_LAST, 0 },
	[GUEST_DISK_WRITE] = { "disk_write", METRIC_LAST, 0 },
	[GUEST_NETWORK_IN] = { "network_in", METRIC_LAST, 0 },
	[GUEST_NETWORK_OUT] = { "network_out", METRIC_LAST, 0 },
	[GUEST_UPTIME] = { "uptime", METRIC_LAST, 0 },
	[GUEST_DISK_USED] = { "disk_used", METRIC_GAUGE, 0 },
	{ .name = NULL },
};
const struct series_kind series_guests = { 2, "guest", 30, guest_values };

/* ---- what is asked for ---------------------------------------------------------------------- */

static const char *const ranges[] = { "1h", "6h", "24h", "7d", "30d", NULL };

static const struct {
	int64_t window_s;
	enum series_tier tier;
} windows[] = {
	{ HOUR_S, TIER_RAW },	   { 6 * HOUR_S, TIER_MINUTE }, { DAY_S, TIER_5MIN },
	{ 7 * DAY_S, TIER_30MIN }, { 30 * DAY_S, TIER_HOUR },
};

#define RANGE_FIELDS(type) \
	{ FIELD(type, time_range), .one_of = ranges, .def = "1h", \
	  .doc = "How far back; decides the width of a bucket" }, \
	{ \
		FIELD(type, limit), .bounded = true, .min = 1, .max = MAX_POINTS, .def = "1000", \
				    .doc = "The newest so many" \
	}

struct metric_args {
	const char *server_id;
	int64_t vmid;
	const char *time_range;
	int64_t limit;
};

static const struct field server_arg_fields[] = {
	{ FIELD(struct metric_args, server_id), .required = true, .example = "nas" },
	RANGE_FIELDS(struct metric_args),
	{ .key = NULL },
};
const struct shape server_metrics_args = { "ServerMetricsArgs", sizeof(struct metric_args),
					   server_arg_fields };

static const struct field guest_arg_fields[] = {
	{ FIELD(struct metric_args, server_id), .required = true, .example = "nas" },
	{ FIELD(struct metric_args, vmid), .required = true, .example = "100" },
	RANGE_FIELDS(struct metric_args),
	{ .key = NULL },
};
const struct shape guest_metrics_args = { "GuestMetricsArgs", sizeof(struct metric_args),
					  guest_arg_fields };

/* ---- what is answered; the handlers write the rows themselves -------------------------------- */

struct metrics_reply {
	const char *server_id;
	int64_t vmid;
	const char *data;
	int64_t total;
	const char *time_range, *aggregation;
};

#define OF_BUCKETS \
	" In every tier but raw each of them has also _min and _max. Null where nothing is known."

#define ROWS(properties) \
	"\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{" \
	"\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\"}," properties \
	",\"uptime\":{\"type\":[\"integer\",\"null\"]},\"samples\":{\"type\":\"integer\"}}}"
#define NUMBER(name) "\"" name "\":{\"type\":[\"number\",\"null\"]}"
#define INTEGER(name) "\"" name "\":{\"type\":[\"integer\",\"null\"]}"

#define REPLY_FIELDS \
	{ FIELD(struct metrics_reply, total), .doc = "Rows in data" }, \
		{ FIELD(struct metrics_reply, time_range), .one_of = ranges }, \
	{ \
		FIELD(struct metrics_reply, aggregation), \
			.doc = "raw, minute, 5min, 30min or hour" \
	}

static const struct field server_reply_fields[] = {
	{ FIELD(struct metrics_reply, server_id) },
	{ FIELD(struct metrics_reply, data), .json = true,
	  .schema = ROWS(NUMBER("cpu_percent") "," INTEGER("memory_used") "," INTEGER("memory_total") "," INTEGER(
		  "disk_used") "," INTEGER("disk_total") "," INTEGER("network_in") "," INTEGER("network_out")),
	  .doc = "Newest first; means of cpu_percent, memory, disk and network (bytes/s)." OF_BUCKETS },
	REPLY_FIELDS,
	{ .key = NULL },
};
const struct shape server_metrics_shape = { "ServerMetrics", sizeof(struct metrics_reply),
					    server_reply_fields };

static const struct field guest_reply_fields[] = {
	{ FIELD(struct metrics_reply, server_id) },
	{ FIELD(struct metrics_reply, vmid) },
	{ FIELD(struct metrics_reply, data), .json = true,
	  .schema = ROWS(
		  "\"status\":{\"type\":\"string\"}," NUMBER("cpu_percent") "," INTEGER("memory_used") "," INTEGER("memory_total") "," INTEGER(
			  "disk_read") "," INTEGER("disk_write") "," INTEGER("network_in") "," INTEGER("network_out")),
	  .doc = "Newest first; means of cpu_percent and memory, else the last value; disk and network are bytes "
		 "since the guest's start." OF_BUCKETS },
	REPLY_FIELDS,
	{ .key = NULL },
};
const struct shape guest_metrics_shape = { "GuestMetrics", sizeof(struct metrics_reply),
					   guest_reply_fields };

enum { BAND_NAME = 32 };

struct writing {
	struct jsonw *json;
	const struct series_kind *kind;
	int shown; /* of its metrics, from the first */
	enum series_tier tier;
	int64_t total;
	char low[MAX_METRICS][BAND_NAME], high[MAX_METRICS][BAND_NAME]; /* "": has none */
};

static void write_value(struct jsonw *w, const struct metric *m, double v)
{
	if (isnan(v))
		jsonw_null(w);
	else if (m->decimals)
		jsonw_num(w, round(v * 100) / 100);
	else
		jsonw_int(w, (int64_t)llround(v));
}

static bool has_band(const struct metric *m)
{
	static const char total[] = "_total";
	size_t n = strlen(m->name), tail = sizeof(total) - 1;

	return m->kind == METRIC_GAUGE && (n < tail || strcmp(m->name + n - tail, total) != 0);
}

static void name_bands(struct writing *out)
{
	for (int i = 0; i < out->shown; i++) {
		const struct metric *m = &out->kind->metrics[i];

		if (!has_band(m))
			continue;
		snprintf(out->low[i], BAND_NAME, "%s_min", m->name);
		snprintf(out->high[i], BAND_NAME, "%s_max", m->name);
	}
}

/* min and max of every gauge that has them, behind the seed's members. */
static void write_bands(const struct writing *out, const struct series_point *p)
{
	for (int i = 0; i < out->shown; i++) {
		const struct metric *m = &out->kind->metrics[i];

		if (!*out->low[i])
			continue;
		jsonw_key(out->json, out->low[i]);
		write_value(out->json, m, p->min[i]);
		jsonw_key(out->json, out->high[i]);
		write_value(out->json, m, p->max[i]);
	}
}

static enum err_code write_point(const struct series_point *p, void *ctx, struct err *e)
{
	struct writing *out = ctx;
	struct jsonw *w = out->json;

	(void)e;
	jsonw_open(w, '{');
	jsonw_key(w, "timestamp");
	jsonw_stamp(w, p->ts);
	for (int i = 0; i < out->shown; i++) {
		const struct metric *m = &out->kind->metrics[i];

		jsonw_key(w, m->name);
		if (out->kind == &series_guests && i == GUEST_STATUS)
			jsonw_str(w, state_name(p->mean[i]));
		else
			write_value(w, m, p->mean[i]);
	}
	if (out->tier != TIER_RAW)
		write_bands(out, p);
	jsonw_key(w, "samples");
	jsonw_int(w, p->samples);
	jsonw_close(w, '}');
	out->total++;
	return ERR_NONE;
}

/* subject NULL: nothing that is known. */
static enum err_code write_rows(struct req *rq, struct res *rs, const struct series_kind *kind,
				const char *subject, struct err *e)
{
	const struct metric_args *args = rq->args;
	struct writing out = { .json = &rs->json,
			       .kind = kind,
			       .shown = 1 +
					(kind == &series_guests ? GUEST_UPTIME : SERVER_UPTIME) };
	struct jsonw *w = &rs->json;
	int64_t window_s = 0;
	enum err_code code = ERR_NONE;

	for (int i = 0; ranges[i]; i++) {
		if (strcmp(args->time_range, ranges[i]) == 0) {
			window_s = windows[i].window_s;
			out.tier = windows[i].tier;
		}
	}
	name_bands(&out);
	jsonw_key(w, "data");
	jsonw_open(w, '[');
	if (subject)
		code = series_read(rq->db, kind, subject, out.tier, rq->now - window_s, rq->now + 1,
				   args->limit, write_point, &out, e);
	jsonw_close(w, ']');
	jsonw_key(w, "total");
	jsonw_int(w, out.total);
	jsonw_key(w, "time_range");
	jsonw_str(w, args->time_range);
	jsonw_key(w, "aggregation");
	jsonw_str(w, series_tier_name(out.tier));
	return code;
}

enum err_code subject_of(struct req *rq, const char *server_id, const int64_t *vmid,
			 const char **subject, struct err *e)
{
	struct guest_args guest = { .server_id = server_id, .vmid = vmid ? *vmid : 0 };
	struct found found;
	struct err unknown;
	enum err_code code = vmid ? find_guest(rq, &guest, &found, &unknown)
				  : find_server(rq, server_id, "", &found, &unknown);

	*subject = NULL;
	if (code == ERR_NOT_FOUND)
		return ERR_NONE;
	if (code)
		*e = unknown;
	else
		*subject = vmid ? slot_guest_subject(found.slot, *vmid, rq->arena) : server_id;
	return code;
}

enum err_code server_metrics(struct req *rq, struct res *rs, struct err *e)
{
	const struct metric_args *args = rq->args;
	const char *subject;
	enum err_code code = subject_of(rq, args->server_id, NULL, &subject, e);

	if (code)
		return code;
	jsonw_open(&rs->json, '{');
	jsonw_key(&rs->json, "server_id");
	jsonw_str(&rs->json, args->server_id);
	code = write_rows(rq, rs, &series_servers, subject, e);
	jsonw_close(&rs->json, '}');
	return code;
}

enum err_code guest_metrics(struct req *rq, struct res *rs, struct err *e)
{
	const struct metric_args *args = rq->args;
	const char *subject;
	enum err_code code = subject_of(rq, args->server_id, &args->vmid, &subject, e);

	if (code)
		return code;
	jsonw_open(&rs->json, '{');
	jsonw_key(&rs->json, "server_id");
	jsonw_str(&rs->json, args->server_id);
	jsonw_key(&rs->json, "vmid");
	jsonw_int(&rs->json, args->vmid);
	code = write_rows(rq, rs, &series_guests, subject, e);
	jsonw_close(&rs->json, '}');
	return code;
}
