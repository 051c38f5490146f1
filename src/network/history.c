/* history.c: a week of minutes, newest first */
#include "base/clock.h"
#include "base/err.h"
#include "http/req.h"
#include "network/routes.h"

static const struct field history_fields[] = {
	{ FIELD(struct history_args, hours), .bounded = true, .min = 1, .max = 168, .def = "24",
	  .doc = "How far back, hours" },
	PAGE_FIELDS(struct history_args, 1000, "100"),
	{ .key = NULL },
};
const struct shape history_args_shape = { "HistoryArgs", sizeof(struct history_args),
					  history_fields };

/* What the statements are bound to: rows with ts > after. */
struct window {
	int64_t after, limit, offset;
};

static const struct field window_fields[] = {
	{ FIELD(struct window, after) },
	{ FIELD(struct window, limit) },
	{ FIELD(struct window, offset) },
	{ .key = NULL },
};
static const struct shape window_shape = { "Window", sizeof(struct window), window_fields };

struct bandwidth_point {
	int64_t timestamp, bytes_sent, bytes_received, upstream_rate, downstream_rate;
};

static const struct field bandwidth_point_fields[] = {
	{ FIELD(struct bandwidth_point, timestamp), .doc = "Start of the minute, Unix seconds",
	  .example = "1770990000" },
	{ FIELD(struct bandwidth_point, bytes_sent), .doc = "Counter at the minute's last poll" },
	{ FIELD(struct bandwidth_point, bytes_received),
	  .doc = "Counter at the minute's last poll" },
	{ FIELD(struct bandwidth_point, upstream_rate),
	  .doc = "Bits per second, mean of the minute" },
	{ FIELD(struct bandwidth_point, downstream_rate),
	  .doc = "Bits per second, mean of the minute" },
	{ .key = NULL },
};
const struct shape bandwidth_point_shape = { "BandwidthPoint", sizeof(struct bandwidth_point),
					     bandwidth_point_fields };

QUERY(q_bandwidth) = {
	.sql = "SELECT ts AS timestamp, sent AS bytes_sent, received AS bytes_received, up_bps AS upstream_rate,"
	       " down_bps AS downstream_rate"
	       " FROM series.net_bandwidth_minute WHERE ts > :after ORDER BY ts DESC LIMIT :limit OFFSET :offset",
	.in = &window_shape,
	.out = &bandwidth_point_shape,
};

QUERY(q_bandwidth_count) = {
	.sql = "SELECT count(*) AS n FROM series.net_bandwidth_minute WHERE ts > :after",
	.in = &window_shape,
	.out = &count_shape,
};

struct device_point {
	int64_t timestamp;
	const char *ip, *name, *mac;
	int64_t is_online;
};

static const struct field device_point_fields[] = {
	{ FIELD(struct device_point, timestamp), .doc = "Start of the minute, Unix seconds",
	  .example = "1770990000" },
	{ FIELD(struct device_point, ip), .doc = "At that time", .example = "192.168.178.25" },
	{ FIELD(struct device_point, name), .doc = "At that time", .example = "iPhone-12" },
	{ FIELD(struct device_point, mac), .example = "AA:BB:CC:DD:EE:FF" },
	{ FIELD(struct device_point, is_online), .doc = "0 in the minute it went offline" },
	{ .key = NULL },
};
const struct shape device_point_shape = { "DevicePoint", sizeof(struct device_point),
					  device_point_fields };

QUERY(q_devices) = {
	.sql = "SELECT m.ts AS timestamp, v.ip, v.name, v.mac, m.is_online"
	       " FROM series.net_device_minute m CROSS JOIN series.net_device_version v ON v.id = m.version"
	       " WHERE m.ts > :after ORDER BY m.ts DESC, m.place DESC LIMIT :limit OFFSET :offset",
	.in = &window_shape,
	.out = &device_point_shape,
};

QUERY(q_devices_count) = {
	.sql = "SELECT ifnull(sum(devices), 0) AS n FROM series.net_minute WHERE ts > :after",
	.in = &window_shape,
	.out = &count_shape,
};

static enum err_code history(struct req *rq, struct res *rs, struct query *rows,
			     struct query *count, struct err *e)
{
	const struct history_args *args = rq->args;
	struct window window = {
		.after = rq->now - args->hours * HOUR_S,
		.limit = args->limit,
		.offset = args->offset,
	};
	enum err_code code = res_page(rq, rs, rows, count, &window, NULL, e);

	return code == ERR_INTERNAL ? err_set(e, code, "Database query failed") : code;
}

enum err_code bandwidth_history(struct req *rq, struct res *rs, struct err *e)
{
	return history(rq, rs, &q_bandwidth, &q_bandwidth_count, e);
}

enum err_code device_history(struct req *rq, struct res *rs, struct err *e)
{
	return history(rq, rs, &q_devices, &q_devices_count, e);
}
