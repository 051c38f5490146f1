/* routes.c: the table of contents of the recorder */
#include "dialect/dialects.h"
#include "recorder/recorder.h"

/* clang-format off */
static const struct route routes[] = {
	{
		.method = M_GET, .path = "/status", .id = "get_status_status_get",
		.summary = "Get Status", .tag = "system",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_NONE, .without_db = true,
		.reply = REPLY_OBJECT, .shape = &status_shape, .errors = { ERR_UNAVAILABLE },
		.fn = recorder_status,
	},
	{
		.method = M_GET, .path = "/api/session", .id = "get_session_api_session_get",
		.summary = "Get Session", .tag = "api-session",
		.doc = "The user of this session and its CSRF token. Tokens and keys are not sessions: 401.",
		.pool = POOL_API, .who = WHO_SESSION, .scope = SCOPE_SELF, .rate = RATE_COMMON, .tx = TX_READ,
		.reply = REPLY_OBJECT, .shape = &session_reply_shape, .no_store = true, .while_password_change = true,
		.fn = session_show,
	},
	{
		.method = M_POST, .path = "/api/auth/login", .id = "post_login_api_auth_login_post",
		.summary = "Post Login", .tag = "api-session",
		.doc = "Sets the cookie hearth_session and returns its user and CSRF token. A refused login sets no "
		       "cookie; too many of them close the door for a while (429).",
		.pool = POOL_API, .who = WHO_ANYONE, .scope = SCOPE_ANYONE, .rate = RATE_COMMON, .tx = TX_NONE,
		.body_kind = BODY_JSON, .media_required = true, .body = &session_login_shape,
		.reply = REPLY_OBJECT, .shape = &session_reply_shape, .no_store = true,
		.errors = { ERR_UNAUTHENTICATED, ERR_INVALID, ERR_RATE },
		.fn = session_login,
	},
	{
		.method = M_POST, .path = "/api/auth/logout", .id = "post_logout_api_auth_logout_post",
		.summary = "Post Logout", .tag = "api-session",
		.doc = "Ends this session and takes its cookie away. Other sessions of the user stay.",
		.pool = POOL_API, .who = WHO_SESSION, .scope = SCOPE_SELF, .rate = RATE_COMMON, .tx = TX_WRITE,
		.reply = REPLY_NONE, .while_password_change = true,
		.fn = session_logout,
	},
	{
		.method = M_POST, .path = "/api/auth/password", .id = "post_change_password_api_auth_password_post",
		.summary = "Post Change Password", .tag = "api-session",
		.doc = "Ends all other sessions of the user and all access tokens. Whatever is wrong with the "
		       "passwords, the answer is the same 400.",
		.pool = POOL_API, .who = WHO_SESSION, .scope = SCOPE_SELF, .rate = RATE_COMMON, .tx = TX_NONE,
		.body_kind = BODY_JSON, .body = &session_password_shape,
		.reply = REPLY_NONE, .while_password_change = true, .errors = { ERR_BAD_REQUEST, ERR_INVALID },
		.fn = session_password,
	},
	{ .fn = NULL },
};
/* clang-format on */

static const char *cors_origins(const struct config *cfg)
{
	return cfg->app.cors_origins;
}

static const char *const owns[] = {
	"/status",
	"/api/session",
	"/api/auth/",
	"/api/config",
	"/api/locations",
	"/api/poo",
	"/api/public-ip",
	"/homeassistant/",
	"/location/",
	"/poo/",
	"/public-ip/",
	"/ticktick/",
	NULL,
};

const struct family family_recorder = {
	.name = "recorder",
	.mount = "/recorder",
	.title = "Home Automation Backend",
	.version = "0.1.0",
	.doc = "Sessions, run-time configuration, and the small personal series that Home Assistant and phones record.",
	.dialect = &dialect_recorder,
	.routes = routes,
	.owns = owns,
	.cors_origins = cors_origins,
};
