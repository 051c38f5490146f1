/* routes.c: the table of contents of Hearth's own family */
#include "house/routes.h"

#include "dialect/dialects.h"
#include "house/house.h"
#include "panel/routes.h"

enum { MAX_BODY = 8192 }; /* bytes: a label, or a question */

/* clang-format off */

/* Reading what the home network tells. */
#define READING \
	.method = M_GET, .pool = POOL_API, .who = WHO_SESSION | WHO_TOKEN, .scope = SCOPE_READ_NETWORK, \
	.rate = RATE_COMMON, .tag = "Network"

/* Reading what the Proxmox servers tell. */
#define SERVERS \
	.method = M_GET, .pool = POOL_API, .who = WHO_SESSION | WHO_TOKEN, .scope = SCOPE_READ_PANEL, \
	.rate = RATE_PANEL, .tag = "Servers", .tx = TX_READ

#define CHART_DOC \
	"Steps of 10 s for 1h (guests 30 s, and never shorter than a poll), 60 s for 6h, 300 s for 24h, 1800 s for 7d, " \
	"an hour for 30d, 16 hours for 1y. CPU in percent, memory and disk in bytes, traffic and reading and writing in " \
	"bytes/s."

static const struct route routes[] = {
	{
		.method = M_GET, .path = "/health", .id = "getHouseHealth", .summary = "Whether the house is well",
		.doc = "Always 200 while the database can be read.", .tag = "Health",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NONE, .without_db = true,
		.reply = REPLY_RAW, .media = "application/json", .shape = &house_health_shape,
		.errors = { ERR_UNAVAILABLE }, .dialect = &dialect_panel, .fn = house_health,
	},
	{
		.method = M_POST, .path = "/api/auth/login", .id = "login", .summary = "Log in",
		.doc = "With username and password: a session, as the recorder answers. With token, the access token: a "
		       "JWT for the panel family, as that answers. Under the mounts each stands alone.",
		.tag = "Login", .pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_COMMON,
		.body_kind = BODY_JSON, .media_required = true, .body = &house_login_body, .max_body = ROUTE_MAX_BODY,
		.reply = REPLY_RAW, .media = "application/json", .no_store = true,
		.errors = { ERR_UNAUTHENTICATED, ERR_RATE }, .dialect = &dialect_panel, .fn = house_login,
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
		.method = M_GET, .path = "/api/house/events", .id = "getEvents", .summary = "What happened, newest first",
		.doc = "Those of servers and guests need the scope read:panel, those of logins admin:all, all others "
		       "read:network; what one may not read is left out.",
		.tag = "Events", .pool = POOL_API, .who = WHO_SESSION | WHO_TOKEN, .scope = SCOPE_SELF,
		.rate = RATE_COMMON, .tx = TX_READ, .args = &house_events_args, .reply = REPLY_PAGE,
		.shape = &house_event_shape, .errors = { ERR_FORBIDDEN }, .fn = house_events,
	},
	{
		.method = M_GET, .path = "/api/house/audit", .id = "getAudit",
		.summary = "Who changed what, newest first", .tag = "Audit",
		.pool = POOL_API, .who = WHO_SESSION | WHO_TOKEN, .scope = SCOPE_ADMIN_ALL, .rate = RATE_COMMON,
		.tx = TX_READ, .args = &house_audit_args, .reply = REPLY_PAGE, .shape = &house_audit_shape,
		.fn = house_audit,
	},
	{
		SERVERS, .path = "/api/house/servers/status", .id = "getServerStatus",
		.summary = "How the polling of the Proxmox servers goes",
		.reply = REPLY_RAW, .media = "application/json", .shape = &house_slots_shape, .fn = house_slots,
	},
	{
		SERVERS, .path = "/api/house/servers", .id = "getServers",
		.summary = "All Proxmox servers with their last values",
		.doc = "As /api/proxmox/servers, but what was last known of a server that is offline stands there too: "
		       "is_stale and fetched_at tell.",
		.reply = REPLY_RAW, .media = "application/json", .shape = &server_list_shape, .fn = house_servers,
	},
	{
		SERVERS, .path = "/api/house/servers/action/{server_id}/{vmid}", .id = "getLastAction",
		.summary = "How what was last asked of a guest goes", .args = &house_action_args,
		.reply = REPLY_OBJECT, .shape = &house_action_shape, .errors = { ERR_NOT_FOUND }, .fn = house_action,
	},
	{
		SERVERS, .path = "/api/house/servers/history/{server_id}", .id = "getServerHistory",
		.summary = "A server for a chart: evenly spaced, null where nothing was measured", .doc = CHART_DOC,
		.args = &house_server_chart_args, .reply = REPLY_RAW, .media = "application/json",
		.shape = &house_server_chart, .fn = house_server_history,
	},
	{
		SERVERS, .path = "/api/house/servers/history/{server_id}/{vmid}", .id = "getGuestHistory",
		.summary = "A guest for a chart: evenly spaced, null where nothing was measured", .doc = CHART_DOC,
		.args = &house_guest_chart_args, .reply = REPLY_RAW, .media = "application/json",
		.shape = &house_guest_chart, .fn = house_guest_history,
	},
	{ .fn = NULL },
};
/* clang-format on */

static const char *const owns[] = { "/api/house/", NULL };

const struct family family_house = {
	.name = "house",
	.title = "Hearth",
	.version = HEARTH_VERSION,
	.doc = "What the web panel needs of all families at once.",
	.dialect = &dialect_house,
	.routes = routes,
	.owns = owns,
	.max_body = MAX_BODY,
};
