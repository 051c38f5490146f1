/* routes.c: the table of contents of the network family */
#include "network/routes.h"

#include "dialect/dialects.h"
#include "network/network.h"

/* 2026-02-13: the two routes of the time before there were providers */
enum { OLD_SPELLING_S = 1770940800 };

enum { MAX_BODY = 8192 }; /* bytes: a login, or the name of a key */

/* clang-format off */

/* A reading route of this family: only the database, for every credential the family knows. */
#define READING \
	.method = M_GET, .pool = POOL_API, .who = WHO_JWT | WHO_KEY | WHO_SESSION | WHO_TOKEN, \
	.scope = SCOPE_READ_NETWORK, .rate = RATE_NETWORK, .tx = TX_READ, .shared = true

/* An account looking after its own keys. A key must not make keys. */
#define OWN_KEYS .pool = POOL_API, .who = WHO_JWT | WHO_SESSION, .scope = SCOPE_SELF, .rate = RATE_NETWORK

#define TAG_BOX "Fritz!Box Provider"

static const struct route routes[] = {
	{
		.method = M_GET, .path = "/health", .id = "getHealth",
		.summary = "How fresh the data are", .tag = "Health",
		.doc = "Always 200. A provider is ok when its last poll succeeded within 90 seconds, down when it never "
		       "did or not for ten minutes, else degraded.",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NONE, .tx = TX_READ,
		.reply = REPLY_RAW, .media = "application/json", .shape = &health_shape, .fn = health_get,
	},
	{
		READING, .path = "/api/v1/devices", .id = "getDevices",
		.summary = "Devices of all providers", .tag = "Devices",
		.doc = "Online devices first, then by address. Devices that are offline now are listed too.",
		.args = &network_page_args, .reply = REPLY_PAGE, .shape = &device_shape, .extra = &freshness_shape,
		.errors = { ERR_UNAVAILABLE }, .fn = devices_list,
	},
	{
		READING, .path = "/api/v1/bandwidth", .id = "getBandwidth",
		.summary = "Current rates and counters", .tag = "Bandwidth",
		.reply = REPLY_OBJECT, .shape = &bandwidth_shape, .errors = { ERR_UNAVAILABLE },
		.successor = "/api/v1/fritzbox/bandwidth", .deprecated_s = OLD_SPELLING_S, .fn = bandwidth_get,
	},
	{
		READING, .path = "/api/v1/wan", .id = "getWan",
		.summary = "State of the internet line", .tag = "WAN",
		.reply = REPLY_OBJECT, .shape = &wan_shape, .errors = { ERR_UNAVAILABLE },
		.successor = "/api/v1/fritzbox/wan", .deprecated_s = OLD_SPELLING_S, .fn = wan_get,
	},
	{
		READING, .path = "/api/v1/history/bandwidth", .id = "getBandwidthHistory",
		.summary = "Rates and counters by the minute", .tag = "History",
		.doc = "Newest first. Minutes in which the router did not answer are missing.",
		.args = &history_args_shape, .reply = REPLY_PAGE, .shape = &bandwidth_point_shape,
		.fn = bandwidth_history,
	},
	{
		READING, .path = "/api/v1/history/devices", .id = "getDeviceHistory",
		.summary = "Devices by the minute", .tag = "History",
		.doc = "Newest first; in each minute the devices that were online, and with is_online 0 those that went "
		       "offline in it. Names and addresses are those of that time.",
		.args = &history_args_shape, .reply = REPLY_PAGE, .shape = &device_point_shape, .fn = device_history,
	},
	{
		READING, .path = "/api/v1/fritzbox/devices", .id = "getFritzboxDevices",
		.summary = "Devices known to the Fritz!Box", .tag = TAG_BOX,
		.doc = "Online devices first, then by address. Devices that are offline now are listed too.",
		.args = &network_page_args, .reply = REPLY_PAGE, .shape = &device_shape, .extra = &freshness_shape,
		.errors = { ERR_UNAVAILABLE }, .fn = devices_list,
	},
	{
		READING, .path = "/api/v1/fritzbox/bandwidth", .id = "getFritzboxBandwidth",
		.summary = "Current rates and counters of the Fritz!Box", .tag = TAG_BOX,
		.reply = REPLY_OBJECT, .shape = &bandwidth_shape, .errors = { ERR_UNAVAILABLE }, .fn = bandwidth_get,
	},
	{
		READING, .path = "/api/v1/fritzbox/wan", .id = "getFritzboxWan",
		.summary = "State of the internet line of the Fritz!Box", .tag = TAG_BOX,
		.reply = REPLY_OBJECT, .shape = &wan_shape, .errors = { ERR_UNAVAILABLE }, .fn = wan_get,
	},
	{
		READING, .path = "/api/v1/fritzbox/history/bandwidth", .id = "getFritzboxBandwidthHistory",
		.summary = "Rates and counters of the Fritz!Box by the minute", .tag = TAG_BOX,
		.doc = "Newest first. Minutes in which the router did not answer are missing.",
		.args = &history_args_shape, .reply = REPLY_PAGE, .shape = &bandwidth_point_shape,
		.fn = bandwidth_history,
	},
	{
		READING, .path = "/api/v1/fritzbox/history/devices", .id = "getFritzboxDeviceHistory",
		.summary = "Devices of the Fritz!Box by the minute", .tag = TAG_BOX,
		.doc = "Newest first; in each minute the devices that were online, and with is_online 0 those that went "
		       "offline in it. Names and addresses are those of that time.",
		.args = &history_args_shape, .reply = REPLY_PAGE, .shape = &device_point_shape, .fn = device_history,
	},
	{
		.method = M_POST, .path = "/auth/login", .id = "login",
		.summary = "Exchange user name and password for a JWT", .tag = "Auth",
		.doc = "There is no refresh: log in again when it has expired.",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NETWORK,
		.body_kind = BODY_FORM, .body = &login_body, .reply = REPLY_OBJECT, .shape = &login_shape,
		.errors = { ERR_UNAUTHENTICATED, ERR_PASSWORD_CHANGE, ERR_RATE }, .no_store = true, .fn = login_form,
	},
	{
		OWN_KEYS, .method = M_POST, .path = "/auth/api-keys", .id = "createApiKey",
		.summary = "Create an API key", .tag = "Auth",
		.doc = "The key is shown this one time. It does not expire; it ends when it is revoked or its user is "
		       "deactivated.",
		.tx = TX_WRITE, .body_kind = BODY_JSON, .body = &key_body, .reply = REPLY_OBJECT, .shape = &key_shape,
		.status = 201, .errors = { ERR_CONFLICT }, .no_store = true, .fn = key_create,
	},
	{
		OWN_KEYS, .method = M_GET, .path = "/auth/api-keys", .id = "listApiKeys",
		.summary = "List active API keys", .tag = "Auth",
		.doc = "Those of the account; an admin sees all.",
		.tx = TX_READ, .reply = REPLY_OBJECT, .shape = &key_list_shape, .fn = key_list,
	},
	{
		OWN_KEYS, .method = M_DELETE, .path = "/auth/api-keys/{key_id}", .id = "revokeApiKey",
		.summary = "Revoke an API key", .tag = "Auth",
		.tx = TX_WRITE, .args = &key_args_shape, .reply = REPLY_NONE, .errors = { ERR_NOT_FOUND },
		.fn = key_revoke,
	},
	{ .fn = NULL },
};
/* clang-format on */

static const char *cors_origins(const struct config *cfg)
{
	return cfg->app.cors_origins;
}

static const char *const owns[] = { "/api/v1/fritzbox/", "/api/v1/history/", "/auth/", NULL };

const struct family family_network = {
	.name = "network",
	.mount = "/network",
	.title = "HomeAssistant Network API",
	.version = "1.1.0",
	.doc = "The home network as its Fritz!Box knows it: devices, bandwidth, the internet line, and a week of history.",
	.dialect = &dialect_network,
	.routes = routes,
	.owns = owns,
	.audience = "network",
	.max_body = MAX_BODY,
	.cors_origins = cors_origins,
};
