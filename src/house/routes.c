/* routes.c: the table of contents of Hearth's own family */
#include "house/routes.h"

#include "dialect/dialects.h"
#include "house/house.h"

enum { MAX_BODY = 8192 };

/* clang-format off */

/* Reading what the home network tells. */
#define READING \
	.method = M_GET, .pool = POOL_API, .who = WHO_SESSION | WHO_TOKEN, .scope = SCOPE_READ_NETWORK, \
	.rate = RATE_COMMON, .tag = "Network"

static const struct route routes[] = {
	{
		.method = M_GET, .path = "/health", .id = "getHouseHealth", .summary = "Whether the house is well",
		.doc = "Always 200 while the database can be read.", .tag = "Health",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NONE, .tx = TX_READ,
		.reply = REPLY_RAW, .media = "application/json", .shape = &house_health_shape, .fn = house_health,
	},
	{
		READING, .path = "/api/house/network/status", .id = "getNetworkStatus",
		.summary = "How the polling of the router goes", .tx = TX_READ,
		.reply = REPLY_OBJECT, .shape = &house_status_shape, .fn = house_status,
	},
	{
		READING, .path = "/api/house/network/bandwidth", .id = "getNetworkBandwidthSeries",
		.summary = "Bandwidth for a chart: evenly spaced, null where nothing was measured", .tx = TX_READ,
		.doc = "Steps of 60 s up to 2 h, 300 s up to 24 h, 1800 s above; never shorter than a poll.",
		.args = &house_series_args, .reply = REPLY_RAW, .media = "application/json",
		.shape = &house_series_shape, .fn = house_series,
	},
	{
		READING, .path = "/api/house/network/bandwidth.csv", .id = "getNetworkBandwidthCsv",
		.summary = "Bandwidth by the minute as a table", .args = &house_csv_args, .reply = REPLY_STREAM,
		.media = "text/csv; charset=utf-8", .fn = house_csv,
	},
	{
		READING, .path = "/api/house/network/devices", .id = "getNetworkDevices",
		.summary = "Devices with the times they were there", .tx = TX_READ,
		.doc = "Online devices first, then by address.",
		.args = &house_devices_args, .reply = REPLY_PAGE, .shape = &house_device_shape, .fn = house_devices,
	},
	{
		.method = M_PATCH, .path = "/api/house/network/devices/{id}", .id = "labelNetworkDevice",
		.summary = "Give a device a name and a kind of your own", .tag = "Network",
		.doc = "Members that are absent stay as they are; null or an empty text takes the label away.",
		.pool = POOL_API, .who = WHO_SESSION | WHO_TOKEN, .scope = SCOPE_ADMIN_ALL, .rate = RATE_COMMON,
		.tx = TX_WRITE, .args = &house_device_args, .body_kind = BODY_JSON, .body = &house_device_body,
		.reply = REPLY_OBJECT, .shape = &house_device_shape, .errors = { ERR_NOT_FOUND },
		.fn = house_device_label,
	},
	{
		READING, .path = "/api/house/events", .id = "getEvents", .summary = "What happened, newest first",
		.tx = TX_READ, .args = &house_events_args, .reply = REPLY_PAGE, .shape = &house_event_shape,
		.fn = house_events,
	},
	{ .fn = NULL },
};
/* clang-format on */

static const char *const owns[] = { "/api/house/", NULL };

const struct family family_house = {
	.name = "house",
	.title = "Hearth",
	.version = HOUSE_VERSION,
	.doc = "What the web panel needs of all families at once.",
	.dialect = &dialect_house,
	.routes = routes,
	.owns = owns,
	.max_body = MAX_BODY,
};
