/* health.c: is the panel there, and what it is called */
#include "base/clock.h"
#include "base/err.h"
#include "http/req.h"
#include "panel/routes.h"

struct name {
	const char *name, *version, *docs, *health;
};

static const struct field name_fields[] = {
	{ FIELD(struct name, name) },
	{ FIELD(struct name, version) },
	{ FIELD(struct name, docs) },
	{ FIELD(struct name, health) },
	{ .key = NULL },
};
const struct shape panel_name_shape = { "Name", sizeof(struct name), name_fields };

enum err_code panel_name(struct req *rq, struct res *rs, struct err *e)
{
	(void)e;
	res_object(rq, rs, &(struct name){ PANEL_TITLE, PANEL_VERSION, "/docs", "/health" });
	return ERR_NONE;
}

struct health {
	const char *status, *version, *environment;
	int64_t uptime_seconds;
	struct stamp timestamp;
};

static const struct field health_fields[] = {
	{ FIELD(struct health, status), .example = "healthy" },
	{ FIELD(struct health, version), .example = PANEL_VERSION },
	{ FIELD(struct health, environment), .doc = "development or production" },
	{ FIELD(struct health, uptime_seconds), .doc = "Of the process that answers" },
	{ FIELD(struct health, timestamp) },
	{ .key = NULL },
};
const struct shape panel_health_shape = { "Health", sizeof(struct health), health_fields };

enum err_code panel_health(struct req *rq, struct res *rs, struct err *e)
{
	struct health row = {
		.status = "healthy",
		.version = PANEL_VERSION,
		.environment = rq->cfg->app.environment,
		.uptime_seconds = clock_uptime_s(),
		.timestamp = { rq->now },
	};

	if (!rq->db || db_check_schema(rq->db, e))
		return err_set(e, ERR_UNAVAILABLE, "Database unavailable");
	res_object(rq, rs, &row);
	return ERR_NONE;
}
