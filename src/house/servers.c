/* servers.c: Proxmox servers for the web panel: how polling goes, and history for charts */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "collect/state.h"
#include "house/routes.h"
#include "http/req.h"
#include "panel/panel.h"
#include "panel/routes.h"
#include "panel/slot.h"
#include "panel/store.h"
#include "panel/task.h"

/* ---- polling -------------------------------------------------------------------------------- */

struct slot_status {
	int64_t slot;
	const char *id, *name, *url, *state;
	struct maybe_stamp last_success_at, last_attempt_at, next_attempt_at;
	int64_t failures;
	const char *error_code, *error_text;
};

static const char *const states[] = { "off", "never", "ok", "failing", NULL };

static const struct field slot_fields[] = {
	{ FIELD(struct slot_status, slot), .doc = "n of PROXMOX_<n>_*" },
	{ FIELD(struct slot_status, id) },
	{ FIELD(struct slot_status, name) },
	{ FIELD(struct slot_status, url) },
	{ FIELD(struct slot_status, state), .one_of = states,
	  .doc = "off: settings are missing; never: not polled yet" },
	{ FIELD(struct slot_status, last_success_at) },
	{ FIELD(struct slot_status, last_attempt_at) },
	{ FIELD(struct slot_status, next_attempt_at) },
	{ FIELD(struct slot_status, failures), .doc = "Polls in a row with an error" },
	{ FIELD(struct slot_status, error_code), .nullable = true, .doc = "Of the last poll",
	  .example = "auth_failed" },
	{ FIELD(struct slot_status, error_text), .nullable = true,
	  .doc = "Of the last poll, for people" },
	{ .key = NULL },
};
static const struct shape slot_shape = { "ServerSlot", sizeof(struct slot_status), slot_fields };

struct slot_list {
	const char *sources;
	int64_t poll_seconds;
};

static const struct field list_fields[] = {
	{ FIELD(struct slot_list, sources), .json = true, .items = &slot_shape,
	  .doc = "Those of which something is set" },
	{ FIELD(struct slot_list, poll_seconds) },
	{ .key = NULL },
};
const struct shape house_slots_shape = { "ServerSlots", sizeof(struct slot_list), list_fields };

static enum err_code write_slot(struct req *rq, struct res *rs, int n, struct err *e)
{
	const struct proxmox_slot *slot = &rq->cfg->proxmox.slots[n];
	bool used = is_proxmox_slot_used(slot);
	struct poll_state state = { 0 };
	struct slot_status row;
	enum err_code code = ERR_NONE;

	if (used)
		code = poll_state_get(rq->db, slot_source(slot, rq->arena), rq->arena, &state, e);
	if (code)
		return code;
	row = (struct slot_status){
		.slot = n + 1,
		.id = slot->id,
		.name = *slot->name ? slot->name : slot->id,
		.url = slot->url,
		.state = states[!used			 ? 0
				: !state.last_attempt.is ? 1
				: !state.error_code	 ? 2
							 : 3],
		.last_success_at = state.last_success,
		.last_attempt_at = state.last_attempt,
		.next_attempt_at = { state.next_due, used && state.next_due > 0 },
		.failures = state.failures,
		.error_code = state.error_code,
		.error_text = state.error_text,
	};
	jsonw_shape(&rs->json, &slot_shape, &row);
	return ERR_NONE;
}

enum err_code house_slots(struct req *rq, struct res *rs, struct err *e)
{
	enum err_code code = ERR_NONE;

	jsonw_open(&rs->json, '{');
	jsonw_key(&rs->json, "sources");
	jsonw_open(&rs->json, '[');
	for (int i = 0; !code && i < PROXMOX_SLOTS; i++)
		if (!is_proxmox_slot_empty(&rq->cfg->proxmox.slots[i]))
			code = write_slot(rq, rs, i, e);
	jsonw_close(&rs->json, ']');
	jsonw_key(&rs->json, "poll_seconds");
	jsonw_int(&rs->json, rq->cfg->proxmox.node_seconds);
	jsonw_close(&rs->json, '}');
	return code;
}

/* ---- servers and what is asked of their guests ----------------------------------------------- */

enum err_code house_servers(struct req *rq, struct res *rs, struct err *e)
{
	return servers_write(rq, rs, true, e);
}

struct action_args {
	const char *server_id;
	int64_t vmid;
};

static const struct field action_arg_fields[] = {
	{ FIELD(struct action_args, server_id), .required = true, .example = "nas" },
	{ FIELD(struct action_args, vmid), .required = true, .example = "100" },
	{ .key = NULL },
};
const struct shape house_action_args = { "LastActionArgs", sizeof(struct action_args),
					 action_arg_fields };

struct action_reply {
	const char *action, *result, *reason, *upid;
	struct stamp asked_at;
	struct maybe_stamp ended_at;
};

static const char *const results[] = {
	"asked", "accepted", "ok", "failed", "refused", "lost", NULL
};

static const struct field action_reply_fields[] = {
	{ FIELD(struct action_reply, action), .example = "stop" },
	{ FIELD(struct action_reply, result), .one_of = results,
	  .doc = "asked: no answer yet; accepted: its task runs, or has none; lost: nobody knows its end" },
	{ FIELD(struct action_reply, reason), .nullable = true,
	  .doc = "In the words of Proxmox; null: none" },
	{ FIELD(struct action_reply, upid), .nullable = true, .doc = "As the action was answered" },
	{ FIELD(struct action_reply, asked_at) },
	{ FIELD(struct action_reply, ended_at), .doc = "null: not yet" },
	{ .key = NULL },
};
const struct shape house_action_shape = { "LastAction", sizeof(struct action_reply),
					  action_reply_fields };

enum err_code house_action(struct req *rq, struct res *rs, struct err *e)
{
	const struct action_args *args = rq->args;
	const char *node; /* it may be on another one by now */
	const struct proxmox_slot *slot = slot_find(rq->cfg, args->server_id, &node);
	struct task task = { 0 };
	struct action_reply row;
	enum err_code code = ERR_NOT_FOUND;

	if (slot)
		code = task_last(rq->db, slot->id, args->vmid, rq->arena, &task, e);
	if (code == ERR_NOT_FOUND)
		return err_set(e, code, "Nothing was asked of VM %lld", (long long)args->vmid);
	if (code)
		return code;
	row = (struct action_reply){
		.action = task_word(&task),
		.result = task_result(&task),
		.reason = task_reason(&task),
		.upid = task.upid,
		.asked_at = task.at,
		.ended_at = task.ended_at,
	};
	res_object(rq, rs, &row);
	return ERR_NONE;
}

/* ---- history --------------------------------------------------------------------------------- */

enum {
	YEAR_STEP_S = 16 * HOUR_S, /* 548 steps */
	MAX_STEPS = 800,	   /* points of a chart */
	MAX_COLUMNS = 16,	   /* values of a point */
	NEIGHBOURS = 3,		   /* counters further apart than so many steps make no rate */
};

static const char *const ranges[] = { "1h", "6h", "24h", "7d", "30d", "1y", NULL };

/* Steps of a chart; the tier that it is drawn from, and a coarser one for what that has not. */
static const struct {
	int64_t window_s, step_s;
	enum series_tier tier, coarse;
} windows[] = {
	{ HOUR_S, 10, TIER_RAW, TIER_MINUTE },
	{ 6 * HOUR_S, 60, TIER_MINUTE, TIER_MINUTE },
	{ DAY_S, 300, TIER_5MIN, TIER_5MIN },
	{ 7 * DAY_S, 1800, TIER_30MIN, TIER_30MIN },
	{ 30 * DAY_S, HOUR_S, TIER_HOUR, TIER_HOUR },
	{ 365 * DAY_S, YEAR_STEP_S, TIER_HOUR, TIER_HOUR },
};

struct chart_args {
	const char *server_id;
	int64_t vmid;
	const char *range;
};

#define RANGE_FIELD \
	{ \
		FIELD(struct chart_args, range), .one_of = ranges, .def = "1h", \
						 .doc = "How far back" \
	}

static const struct field server_arg_fields[] = {
	{ FIELD(struct chart_args, server_id), .required = true, .example = "nas" },
	RANGE_FIELD,
	{ .key = NULL },
};
const struct shape house_server_chart_args = { "ServerChartArgs", sizeof(struct chart_args),
					       server_arg_fields };

static const struct field guest_arg_fields[] = {
	{ FIELD(struct chart_args, server_id), .required = true, .example = "nas" },
	{ FIELD(struct chart_args, vmid), .required = true, .example = "100" },
	RANGE_FIELD,
	{ .key = NULL },
};
const struct shape house_guest_chart_args = { "GuestChartArgs", sizeof(struct chart_args),
					      guest_arg_fields };

/* A line of the chart: a metric as it is, with its band, or the rate of a counter. */
struct column {
	const char *key;
	int metric;
	bool band, rate;
};

static const struct column server_columns[] = {
	{ "cpu", SERVER_CPU, true, false },
	{ "memory", SERVER_MEMORY_USED, true, false },
	{ "disk_used", SERVER_DISK_USED, true, false },
	{ "network_in", SERVER_NETWORK_IN, true, false },
	{ "network_out", SERVER_NETWORK_OUT, true, false },
	{ .key = NULL },
};

static const struct column guest_columns[] = {
	{ "cpu", GUEST_CPU, true, false },
	{ "memory", GUEST_MEMORY_USED, true, false },
	{ "disk_used", GUEST_DISK_USED, true, false },
	{ "disk_read", GUEST_DISK_READ, false, true },
	{ "disk_write", GUEST_DISK_WRITE, false, true },
	{ "network_in", GUEST_NETWORK_IN, false, true },
	{ "network_out", GUEST_NETWORK_OUT, false, true },
	{ .key = NULL },
};

/* What the replies look like; the handler writes them itself. */
struct chart_reply {
	int64_t from, to, step;
	struct maybe_int memory_total;
	const char *timestamps, *cpu, *cpu_min, *cpu_max, *memory, *memory_min, *memory_max;
	const char *disk_used, *disk_used_min, *disk_used_max, *disk_read, *disk_write;
	const char *network_in, *network_in_min, *network_in_max, *network_out, *network_out_min,
		*network_out_max;
};

#define TIMES "\"type\":\"array\",\"items\":{\"type\":\"integer\",\"format\":\"int64\"}"
#define VALUES "\"type\":\"array\",\"items\":{\"type\":[\"number\",\"null\"]}"
#define LINE(member) \
	{ \
		FIELD(struct chart_reply, member), .json = true, .schema = VALUES \
	}

/* clang-format off */
#define COMMON_FIELDS \
	{ FIELD(struct chart_reply, from), .doc = "Start of the first step, Unix seconds" }, \
	{ FIELD(struct chart_reply, to), .doc = "End of the last step, Unix seconds" }, \
	{ FIELD(struct chart_reply, step), .doc = "Seconds" }, \
	{ FIELD(struct chart_reply, memory_total), .doc = "Bytes, as last known" }, \
	{ FIELD(struct chart_reply, timestamps), .json = true, .schema = TIMES, \
	  .doc = "Start of each step, Unix seconds" }, \
	LINE(cpu), LINE(cpu_min), LINE(cpu_max), LINE(memory), LINE(memory_min), LINE(memory_max), \
	LINE(disk_used), LINE(disk_used_min), LINE(disk_used_max)

static const struct field server_chart_fields[] = {
	COMMON_FIELDS,
	LINE(network_in), LINE(network_in_min), LINE(network_in_max),
	LINE(network_out), LINE(network_out_min), LINE(network_out_max),
	{ .key = NULL },
};
const struct shape house_server_chart = { "ServerChart", sizeof(struct chart_reply), server_chart_fields };

static const struct field guest_chart_fields[] = {
	COMMON_FIELDS,
	LINE(disk_read), LINE(disk_write), LINE(network_in), LINE(network_out),
	{ .key = NULL },
};
const struct shape house_guest_chart = { "GuestChart", sizeof(struct chart_reply), guest_chart_fields };
/* clang-format on */

/* One step of one line. */
struct cell {
	double sum, weight, min, max;
};

struct chart {
	const struct column *columns;
	int64_t from, step_s;
	int n;
	int total;		   /* metric of the memory there is */
	double memory_total;	   /* NAN: not known */
	int64_t width_s;	   /* of the points that are being read */
	struct series_point after; /* the point read before, which is the next in time */
	bool has_after;
	struct cell (*cells)[MAX_STEPS]; /* being filled */
	struct cell fine[MAX_COLUMNS][MAX_STEPS], coarse[MAX_COLUMNS][MAX_STEPS];
};

static void cell_add(struct cell *c, double mean, double min, double max, double weight)
{
	if (isnan(mean))
		return;
	if (isnan(min))
		min = mean;
	if (isnan(max))
		max = mean;
	if (c->weight <= 0 || min < c->min)
		c->min = min;
	if (c->weight <= 0 || max > c->max)
		c->max = max;
	c->sum += mean * weight;
	c->weight += weight;
}

/* Of a counter between this point and the next in time; NAN where it went back or too far on. */
static double rate_of(const struct chart *c, const struct series_point *p, int metric)
{
	int64_t apart_s = c->after.ts - p->ts;

	if (!c->has_after || apart_s <= 0 || apart_s > NEIGHBOURS * c->width_s ||
	    c->after.mean[metric] < p->mean[metric])
		return NAN;
	return (c->after.mean[metric] - p->mean[metric]) / (double)apart_s;
}

static void add_to_step(struct chart *c, int64_t at, const struct series_point *p)
{
	double weight = p->samples > 0 ? (double)p->samples : 1;

	for (int i = 0; c->columns[i].key; i++) {
		const struct column *column = &c->columns[i];
		int m = column->metric;

		if (column->rate)
			cell_add(&c->cells[i][at], rate_of(c, p, m), NAN, NAN, weight);
		else
			cell_add(&c->cells[i][at], p->mean[m], p->min[m], p->max[m], weight);
	}
}

/* To every step that it reaches into. */
static enum err_code add_point(const struct series_point *p, void *ctx, struct err *e)
{
	struct chart *c = ctx;
	int64_t first = (p->ts - c->from) / c->step_s;
	int64_t last = (p->ts + c->width_s - 1 - c->from) / c->step_s;

	(void)e;
	for (int64_t at = first < 0 ? 0 : first; at <= last && at < c->n; at++)
		add_to_step(c, at, p);
	if (isnan(c->memory_total))
		c->memory_total = p->mean[c->total];
	c->after = *p;
	c->has_after = true;
	return ERR_NONE;
}

static enum err_code read_tier(struct req *rq, struct chart *c, const struct series_kind *kind,
			       const char *subject, enum series_tier tier,
			       struct cell (*cells)[MAX_STEPS], struct err *e)
{
	c->cells = cells;
	c->has_after = false;
	c->width_s = tier == TIER_RAW ? c->step_s : series_tier_step_s(tier);
	return series_read(rq->db, kind, subject, tier, c->from, c->from + c->n * c->step_s,
			   INT32_MAX, add_point, c, e);
}

enum line { LINE_MEAN, LINE_MIN, LINE_MAX };

static double two_decimals(double v)
{
	return round(v * 100) / 100;
}

static void write_line(struct jsonw *w, const struct chart *c, int i, enum line line,
		       const char *suffix)
{
	char key[64];

	snprintf(key, sizeof(key), "%s%s", c->columns[i].key, suffix);
	jsonw_key(w, key);
	jsonw_open(w, '[');
	for (int at = 0; at < c->n; at++) {
		const struct cell *cell =
			c->fine[i][at].weight > 0 ? &c->fine[i][at] : &c->coarse[i][at];

		if (cell->weight <= 0)
			jsonw_null(w);
		else
			jsonw_num(w, two_decimals(line == LINE_MEAN  ? cell->sum / cell->weight
						  : line == LINE_MIN ? cell->min
								     : cell->max));
	}
	jsonw_close(w, ']');
}

static void write_chart(struct jsonw *w, const struct chart *c)
{
	jsonw_open(w, '{');
	jsonw_key(w, "from");
	jsonw_int(w, c->from);
	jsonw_key(w, "to");
	jsonw_int(w, c->from + c->n * c->step_s);
	jsonw_key(w, "step");
	jsonw_int(w, c->step_s);
	jsonw_key(w, "memory_total");
	if (isnan(c->memory_total))
		jsonw_null(w);
	else
		jsonw_int(w, (int64_t)c->memory_total);
	jsonw_key(w, "timestamps");
	jsonw_open(w, '[');
	for (int i = 0; i < c->n; i++)
		jsonw_int(w, c->from + i * c->step_s);
	jsonw_close(w, ']');
	for (int i = 0; c->columns[i].key; i++) {
		write_line(w, c, i, LINE_MEAN, "");
		if (c->columns[i].band) {
			write_line(w, c, i, LINE_MIN, "_min");
			write_line(w, c, i, LINE_MAX, "_max");
		}
	}
	jsonw_close(w, '}');
}

/* subject NULL: nothing that is known. */
static enum err_code chart(struct req *rq, struct res *rs, const struct series_kind *kind,
			   const struct column *columns, const char *subject, int64_t raw_step_s,
			   struct err *e)
{
	const struct chart_args *args = rq->args;
	struct chart *c = ARENA_NEW(rq->arena, struct chart);
	enum err_code code = ERR_NONE;
	int k = 0;

	while (strcmp(ranges[k], args->range) != 0)
		k++;
	c->columns = columns;
	c->total = kind == &series_guests ? GUEST_MEMORY_TOTAL : SERVER_MEMORY_TOTAL;
	c->memory_total = NAN;
	c->step_s = windows[k].tier == TIER_RAW ? raw_step_s : windows[k].step_s;
	c->n = (int)(windows[k].window_s / c->step_s);
	c->from = rq->now - rq->now % c->step_s + c->step_s - c->n * c->step_s;
	if (subject)
		code = read_tier(rq, c, kind, subject, windows[k].tier, c->fine, e);
	if (!code && subject && windows[k].coarse != windows[k].tier)
		code = read_tier(rq, c, kind, subject, windows[k].coarse, c->coarse, e);
	if (!code)
		write_chart(&rs->json, c);
	return code;
}

/* Seconds between samples: of polls that come less often than the history has steps. */
static int64_t raw_step_s(const struct series_kind *kind, int64_t poll_s)
{
	return poll_s > kind->raw_step_s ? poll_s : kind->raw_step_s;
}

enum err_code house_server_history(struct req *rq, struct res *rs, struct err *e)
{
	const struct chart_args *args = rq->args;
	const char *subject;
	enum err_code code = subject_of(rq, args->server_id, NULL, &subject, e);

	return code ? code
		    : chart(rq, rs, &series_servers, server_columns, subject,
			    raw_step_s(&series_servers, rq->cfg->proxmox.node_seconds), e);
}

enum err_code house_guest_history(struct req *rq, struct res *rs, struct err *e)
{
	const struct chart_args *args = rq->args;
	const char *subject;
	enum err_code code = subject_of(rq, args->server_id, &args->vmid, &subject, e);

	return code ? code
		    : chart(rq, rs, &series_guests, guest_columns, subject,
			    raw_step_s(&series_guests, rq->cfg->proxmox.guest_seconds), e);
}
