/* health.c: health of the whole, and how polling goes */
#include "base/clock.h"
#include "base/err.h"
#include "collect/state.h"
#include "house/routes.h"
#include "http/req.h"
#include "network/network.h"
#include "network/provider.h"

struct health {
	const char *status;
	struct maybe_int cache_age_seconds;
	const char *providers, *version, *environment;
	int64_t uptime_seconds;
	struct stamp timestamp;
};

static const struct field health_fields[] = {
	{ FIELD(struct health, status), .doc = "ok or degraded" },
	{ FIELD(struct health, cache_age_seconds),
	  .doc = "Age of the oldest part of the network data; null: none" },
	{ FIELD(struct health, providers), .json = true,
	  .schema = "\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}",
	  .doc = "State by provider: ok, degraded or down", .example = "{\"fritzbox\":\"ok\"}" },
	{ FIELD(struct health, version), .example = HEARTH_VERSION },
	{ FIELD(struct health, environment) },
	{ FIELD(struct health, uptime_seconds), .doc = "Of the process that answers" },
	{ FIELD(struct health, timestamp) },
	{ .key = NULL },
};
const struct shape house_health_shape = { "HouseHealth", sizeof(struct health), health_fields };

enum err_code house_health(struct req *rq, struct res *rs, struct err *e)
{
	struct network_health network;
	enum err_code code = rq->db ? db_begin(rq->db, TX_READ, e) : ERR_UNAVAILABLE;

	if (!code)
		code = network_health(rq->db, rq->cfg, rq->now, &network, e);
	if (!code)
		code = db_commit(rq->db, e);
	if (code)
		return err_set(e, ERR_UNAVAILABLE, "Database unavailable");
	jsonw_open(&rs->json, '{');
	network_health_write(&rs->json, &network);
	jsonw_key(&rs->json, "version");
	jsonw_str(&rs->json, HEARTH_VERSION);
	jsonw_key(&rs->json, "environment");
	jsonw_str(&rs->json, rq->cfg->app.environment);
	jsonw_key(&rs->json, "uptime_seconds");
	jsonw_int(&rs->json, clock_uptime_s());
	jsonw_key(&rs->json, "timestamp");
	jsonw_stamp(&rs->json, rq->now);
	jsonw_close(&rs->json, '}');
	return ERR_NONE;
}

struct status {
	bool enabled;
	const char *state;
	struct maybe_stamp last_success_at, last_attempt_at, next_attempt_at;
	int64_t failures;
	const char *error_code, *error_text, *model, *firmware, *host;
	int64_t poll_seconds;
};

static const struct field status_fields[] = {
	{ FIELD(struct status, enabled) },
	{ FIELD(struct status, state), .doc = "off, never (not polled yet), ok, failing" },
	{ FIELD(struct status, last_success_at), .doc = "Last poll in which everything was read" },
	{ FIELD(struct status, last_attempt_at) },
	{ FIELD(struct status, next_attempt_at) },
	{ FIELD(struct status, failures), .doc = "Polls in a row with an error" },
	{ FIELD(struct status, error_code), .nullable = true, .doc = "Of the last poll",
	  .example = "auth_failed" },
	{ FIELD(struct status, error_text), .nullable = true,
	  .doc = "Of the last poll, for people" },
	{ FIELD(struct status, model), .nullable = true, .example = "FRITZ!Box 7590" },
	{ FIELD(struct status, firmware), .nullable = true },
	{ FIELD(struct status, host), .example = "fritz.box" },
	{ FIELD(struct status, poll_seconds) },
	{ .key = NULL },
};
const struct shape house_status_shape = { "NetworkStatus", sizeof(struct status), status_fields };

enum err_code house_status(struct req *rq, struct res *rs, struct err *e)
{
	struct provider p = { 0 };
	struct poll_state state = { 0 };
	struct status row;
	enum err_code code = provider_get(rq->db, PROVIDER_FRITZBOX, rq->arena, &p, e);

	if (!code)
		code = poll_state_get(rq->db, PROVIDER_FRITZBOX, rq->arena, &state, e);
	if (code)
		return code;
	row = (struct status){
		.enabled = rq->cfg->fritzbox.enabled,
		.state = !rq->cfg->fritzbox.enabled ? "off"
			 : !state.last_attempt.is   ? "never"
			 : state.error_code	    ? "failing"
						    : "ok",
		.last_success_at = state.last_success,
		.last_attempt_at = state.last_attempt,
		.next_attempt_at = { state.next_due,
				     rq->cfg->fritzbox.enabled && state.next_due > 0 },
		.failures = state.failures,
		.error_code = state.error_code,
		.error_text = state.error_text,
		.model = p.model,
		.firmware = p.firmware,
		.host = rq->cfg->fritzbox.host,
		.poll_seconds = rq->cfg->fritzbox.poll_seconds,
	};
	res_object(rq, rs, &row);
	return ERR_NONE;
}
