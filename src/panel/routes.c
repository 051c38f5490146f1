/* routes.c: the table of contents of the panel family */
#include "panel/routes.h"

#include "dialect/dialects.h"
#include "panel/panel.h"

/* clang-format off */

/* Reading what the collector stored last. */
#define READING \
	.method = M_GET, .pool = POOL_API, .who = WHO_JWT | WHO_SESSION | WHO_TOKEN, .scope = SCOPE_READ_PANEL, \
	.rate = RATE_PANEL, .tx = TX_READ, .shared = true

#define TAG_PROXMOX "Proxmox"
#define TAG_METRICS "Metrics"

static const struct route routes[] = {
	{
		.method = M_POST, .path = "/api/auth/login", .id = "login",
		.summary = "Exchange the access token for a JWT", .tag = "Auth",
		.doc = "The token is AUTH_ACCESS_TOKEN of the configuration; while that is not set, nobody gets in here. "
		       "Changing it ends all JWTs.",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_PANEL,
		.body_kind = BODY_JSON, .body = &panel_login_body, .reply = REPLY_OBJECT, .shape = &panel_login_shape,
		.errors = { ERR_UNAUTHENTICATED }, .no_store = true, .fn = panel_login,
	},
	{
		.method = M_GET, .path = "/", .id = "name", .summary = "What this is", .tag = "Health",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NONE, .without_db = true,
		.unlisted = true, .reply = REPLY_OBJECT, .shape = &panel_name_shape, .fn = panel_name,
	},
	{
		.method = M_GET, .path = "/health", .id = "health", .summary = "Whether the panel is well", .tag = "Health",
		.doc = "Always 200 while the database can be read.",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NONE, .without_db = true,
		.reply = REPLY_OBJECT, .shape = &panel_health_shape, .errors = { ERR_UNAVAILABLE }, .fn = panel_health,
	},
	{
		READING, .path = "/api/proxmox/servers", .id = "list_servers",
		.summary = "All Proxmox servers", .tag = TAG_PROXMOX,
		.doc = "In the order of the configuration. What is not known is null.",
		.reply = REPLY_RAW, .media = "application/json", .shape = &server_list_shape, .fn = servers_list,
	},
	{
		READING, .path = "/api/proxmox/servers/{server_id}", .id = "get_server",
		.summary = "One Proxmox server", .tag = TAG_PROXMOX,
		.args = &server_args_shape, .reply = REPLY_RAW, .media = "application/json", .shape = &server_shape,
		.errors = { ERR_NOT_FOUND }, .fn = server_get_one,
	},
	{
		READING, .path = "/api/proxmox/servers/{server_id}/vms", .id = "list_vms",
		.summary = "Virtual machines and containers of a server", .tag = TAG_PROXMOX,
		.doc = "By number. While the server is offline the last values stand there with status unknown.",
		.args = &guest_list_args, .reply = REPLY_RAW, .media = "application/json", .shape = &guest_list_shape,
		.errors = { ERR_NOT_FOUND }, .fn = guests_list,
	},
	{
		READING, .path = "/api/proxmox/servers/{server_id}/vm/{vmid}", .id = "get_vm",
		.summary = "One virtual machine or container", .tag = TAG_PROXMOX,
		.args = &guest_args_shape, .reply = REPLY_RAW, .media = "application/json", .shape = &guest_shape,
		.errors = { ERR_NOT_FOUND }, .fn = guest_get_one,
	},
	{
		.method = M_POST, .path = "/api/proxmox/servers/{server_id}/vm/{vmid}/{action}", .id = "vm_action",
		.summary = "Start, stop or otherwise switch a virtual machine or container", .tag = TAG_PROXMOX,
		.doc = "Success means that Proxmox took it; if the task fails, that is an event (guest.action_failed). The "
		       "same user asking for the same within five seconds, or while the task runs, gets the same answer "
		       "again, and nothing is done twice. 400 with the words of Proxmox when it refuses.",
		.pool = POOL_UPSTREAM, .who = WHO_JWT | WHO_SESSION | WHO_TOKEN, .scope = SCOPE_WRITE_PANEL,
		.rate = RATE_ACTION, .tx = TX_NONE, .args = &action_args_shape, .reply = REPLY_OBJECT,
		.shape = &action_shape, .errors = { ERR_BAD_REQUEST, ERR_NOT_FOUND }, .fn = guest_action,
	},
	{
		READING, .path = "/api/metrics/server/{server_id}", .id = "server_metrics",
		.summary = "History of a server", .tag = TAG_METRICS,
		.doc = "Newest first. Only complete buckets; where nothing was measured there is no row.",
		.args = &server_metrics_args, .reply = REPLY_RAW, .media = "application/json",
		.shape = &server_metrics_shape, .fn = server_metrics,
	},
	{
		READING, .path = "/api/metrics/vm/{server_id}/{vmid}", .id = "vm_metrics",
		.summary = "History of a virtual machine or container", .tag = TAG_METRICS,
		.doc = "Newest first. Only complete buckets; where nothing was measured there is no row.",
		.args = &guest_metrics_args, .reply = REPLY_RAW, .media = "application/json",
		.shape = &guest_metrics_shape, .fn = guest_metrics,
	},
	{ .fn = NULL },
};
/* clang-format on */

static const char *cors_origins(const struct config *cfg)
{
	return cfg->app.cors_origins;
}

static const char *const owns[] = { "/api/proxmox/", "/api/metrics/", NULL };

const struct family family_panel = {
	.name = "panel",
	.mount = "/panel",
	.title = PANEL_TITLE,
	.version = PANEL_VERSION,
	.doc = "The machines of the house: Proxmox servers, their virtual machines and containers, and their history.",
	.dialect = &dialect_panel,
	.routes = routes,
	.owns = owns,
	.audience = "panel",
	.cors_origins = cors_origins,
};
