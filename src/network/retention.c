/* retention.c: hours out of minutes, and the end of what is too old */
#include "base/clock.h"
#include "network/minute.h"
#include "network/network.h"
#include "network/track.h"

enum {
	PRESENCE_DAYS = 730,
	HOURS_A_CALL = DB_SWEEP_ROWS / 60,
};

struct bounds {
	int64_t from, to;
};

static const struct field bounds_fields[] = {
	{ FIELD(struct bounds, from) },
	{ FIELD(struct bounds, to) },
	{ .key = NULL },
};
static const struct shape bounds_shape = { "Bounds", sizeof(struct bounds), bounds_fields };

static const struct field hour_fields[] = {
	{ FIELD(struct hour, ts) },
	{ FIELD(struct hour, minutes) },
	{ FIELD(struct hour, up_bps) },
	{ FIELD(struct hour, down_bps) },
	{ FIELD(struct hour, up_max_bps) },
	{ FIELD(struct hour, down_max_bps) },
	{ FIELD(struct hour, sent) },
	{ FIELD(struct hour, received) },
	{ .key = NULL },
};
static const struct shape hour_shape = { "RollupHour", sizeof(struct hour), hour_fields };

QUERY(q_minutes) = {
	.sql = "SELECT " MINUTE_COLUMNS
	       " FROM series.net_bandwidth_minute WHERE ts >= :from AND ts < :to ORDER BY ts",
	.in = &bounds_shape,
	.out = &minute_row_shape,
};

QUERY(q_minute_before) = {
	.sql = "SELECT " MINUTE_COLUMNS
	       " FROM series.net_bandwidth_minute WHERE ts < :from ORDER BY ts DESC LIMIT 1",
	.in = &bounds_shape,
	.out = &minute_row_shape,
};

QUERY(q_minute_from) = {
	.sql = "SELECT " MINUTE_COLUMNS
	       " FROM series.net_bandwidth_minute WHERE ts >= :from ORDER BY ts LIMIT 1",
	.in = &bounds_shape,
	.out = &minute_row_shape,
};

QUERY(q_minutes_delete) = {
	.sql = "DELETE FROM series.net_bandwidth_minute WHERE ts >= :from AND ts < :to",
	.in = &bounds_shape,
};

QUERY(q_hour_last) = {
	.sql = "SELECT ts, minutes, up_bps, down_bps, up_max_bps, down_max_bps, sent, received"
	       " FROM series.net_bandwidth_hour WHERE ts >= :from ORDER BY ts DESC LIMIT 1",
	.in = &bounds_shape,
	.out = &hour_shape,
};

QUERY(q_hour) = {
	.sql = "SELECT ts, minutes, up_bps, down_bps, up_max_bps, down_max_bps, sent, received"
	       " FROM series.net_bandwidth_hour WHERE ts = :from",
	.in = &bounds_shape,
	.out = &hour_shape,
};

QUERY(q_hour_put) = {
	.sql = "REPLACE INTO series.net_bandwidth_hour"
	       " (ts, minutes, up_bps, down_bps, up_max_bps, down_max_bps, sent, received)"
	       " VALUES (:ts, :minutes, :up_bps, :down_bps, :up_max_bps, :down_max_bps, :sent, :received)",
	.in = &hour_shape,
};

QUERY(q_hours_prune) = {
	.sql = "DELETE FROM series.net_bandwidth_hour WHERE ts IN"
	       " (SELECT ts FROM series.net_bandwidth_hour WHERE ts < :to ORDER BY ts LIMIT 1000)",
	.in = &bounds_shape,
};

QUERY(q_device_minutes_prune) = {
	.sql = "DELETE FROM series.net_device_minute WHERE (ts, place) IN"
	       " (SELECT ts, place FROM series.net_device_minute WHERE ts < :to ORDER BY ts, place " DB_SWEEP_LIMIT
	       ")",
	.in = &bounds_shape,
};

QUERY(q_minute_counts_prune) = {
	.sql = "DELETE FROM series.net_minute WHERE ts IN"
	       " (SELECT ts FROM series.net_minute WHERE ts < :to ORDER BY ts " DB_SWEEP_LIMIT ")",
	.in = &bounds_shape,
};

QUERY(q_versions_prune) = {
	.sql = "DELETE FROM series.net_device_version WHERE id IN"
	       " (SELECT id FROM series.net_device_version WHERE until < :to ORDER BY until " DB_SWEEP_LIMIT
	       ")",
	.in = &bounds_shape,
};

/* Device by device, since the key begins with the device. */
QUERY(q_presence_prune) = {
	.sql = "DELETE FROM series.net_presence WHERE (device, from_at) IN"
	       " (SELECT p.device, p.from_at FROM series.net_device d CROSS JOIN series.net_presence p"
	       " ON p.device = d.id AND p.from_at < :to WHERE p.to_at < :to " DB_SWEEP_LIMIT ")",
	.in = &bounds_shape,
	.scans = true,
};

QUERY(q_relabel) = {
	.sql = "UPDATE series.net_device AS d SET"
	       " custom_name = (SELECT custom_name FROM net_device_label WHERE identity = d.identity),"
	       " device_type = (SELECT device_type FROM net_device_label WHERE identity = d.identity)"
	       " WHERE custom_name IS NOT (SELECT custom_name FROM net_device_label WHERE identity = d.identity)"
	       " OR device_type IS NOT (SELECT device_type FROM net_device_label WHERE identity = d.identity)",
	.scans = true,
};

/* A row or none; only a failure is an error. */
static enum err_code maybe(struct db *db, struct query *q, const struct bounds *b, void *out,
			   bool *is, struct err *e)
{
	struct arena *a = arena_new();
	struct err failure;
	enum err_code code = db_get(db, q, b, out, a, &failure);

	arena_free(a);
	*is = code == ERR_NONE;
	if (code == ERR_NONE || code == ERR_NOT_FOUND)
		return ERR_NONE;
	*e = failure;
	return code;
}

static enum err_code add_minute(void *row, void *ctx, struct err *e)
{
	const struct minute_row *r = row;
	struct minute m = { r->ts, { r->at, r->sent, r->received }, r->up_bps, r->down_bps };

	(void)e;
	hour_add(ctx, &m);
	return ERR_NONE;
}

static enum err_code roll_hour(struct db *db, int64_t ts, struct err *e)
{
	struct bounds b = { ts, ts + HOUR_S };
	struct minute_row before = { 0 };
	struct hour h;
	bool is;
	enum err_code code = maybe(db, &q_minute_before, &b, &before, &is, e);

	if (code)
		return code;
	hour_start(&h, ts, &(struct traffic_point){ before.at, before.sent, before.received });
	code = db_each(db, &q_minutes, &b, add_minute, &h, e);
	if (code)
		return code;
	hour_finish(&h);
	return db_run(db, &q_hour_put, &h, e);
}

enum err_code network_rollup(const struct auth *auth, bool *more, struct err *e)
{
	struct bounds b = { 0 };
	struct hour last = { 0 };
	struct minute_row row = { 0 };
	bool is;
	enum err_code code = maybe(auth->db, &q_hour_last, &b, &last, &is, e);

	*more = false;
	b.from = is ? last.ts + HOUR_S : 0;
	for (int i = 0; !code && i < HOURS_A_CALL; i++) {
		code = maybe(auth->db, &q_minute_from, &b, &row, &is, e);
		if (code || !is || hour_of(row.ts) + HOUR_S > auth->now)
			return code;
		code = roll_hour(auth->db, hour_of(row.ts), e);
		b.from = hour_of(row.ts) + HOUR_S;
	}
	*more = !code;
	return code;
}

/* Whole hours; one that is not there yet is made first, whatever the clock did. */
static enum err_code prune_minutes(struct db *db, int64_t before, bool *more, struct err *e)
{
	enum err_code code = ERR_NONE;

	for (int i = 0; !code && i < HOURS_A_CALL; i++) {
		struct bounds b = { 0 };
		struct minute_row row = { 0 };
		struct hour hour;
		bool is;

		code = maybe(db, &q_minute_from, &b, &row, &is, e);
		if (code || !is || hour_of(row.ts) + HOUR_S > before)
			return code;
		b = (struct bounds){ hour_of(row.ts), hour_of(row.ts) + HOUR_S };
		code = maybe(db, &q_hour, &b, &hour, &is, e);
		if (!code && !is)
			code = roll_hour(db, b.from, e);
		if (!code)
			code = db_run(db, &q_minutes_delete, &b, e);
	}
	*more = !code;
	return code;
}

static struct bounds older(const struct auth *auth, int64_t days)
{
	return (struct bounds){ .to = auth->now - days * DAY_S };
}

enum err_code network_prune_bandwidth(const struct auth *auth, bool *more, struct err *e)
{
	struct bounds b = older(auth, auth->cfg->fritzbox.bandwidth_hour_days);
	enum err_code code;

	*more = false;
	code = prune_minutes(auth->db, older(auth, auth->cfg->fritzbox.bandwidth_minute_days).to,
			     more, e);
	return code ? code : db_run(auth->db, &q_hours_prune, &b, e);
}

enum err_code network_prune_devices(const struct auth *auth, bool *more, struct err *e)
{
	struct bounds b = older(auth, auth->cfg->fritzbox.device_history_days);
	enum err_code code = db_run(auth->db, &q_device_minutes_prune, &b, e);

	*more = !code && db_changes(auth->db) == DB_SWEEP_ROWS;
	if (code || *more)
		return code;
	code = db_run(auth->db, &q_minute_counts_prune, &b, e);
	return code ? code : db_run(auth->db, &q_versions_prune, &b, e);
}

enum err_code network_prune_presence(const struct auth *auth, bool *more, struct err *e)
{
	struct bounds b = older(auth, PRESENCE_DAYS);
	enum err_code code = db_run(auth->db, &q_presence_prune, &b, e);

	*more = !code && db_changes(auth->db) == DB_SWEEP_ROWS;
	return code;
}

enum err_code network_relabel(const struct auth *auth, bool *more, struct err *e)
{
	*more = false;
	return db_run(auth->db, &q_relabel, NULL, e);
}
