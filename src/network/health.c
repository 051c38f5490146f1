/* health.c: how fresh the data are */
#include <string.h>

#include "base/err.h"
#include "collect/state.h"
#include "http/req.h"
#include "network/network.h"
#include "network/provider.h"
#include "network/routes.h"

enum { FRESH_S = 90, USABLE_S = 600 };

struct health {
	const char *status;
	struct maybe_int cache_age_seconds;
	const char *providers;
};

static const struct field health_fields[] = {
	{ FIELD(struct health, status), .doc = "ok or degraded" },
	{ FIELD(struct health, cache_age_seconds),
	  .doc = "Age of the oldest of devices, bandwidth and WAN; null when one was never read" },
	{ FIELD(struct health, providers), .json = true,
	  .schema = "\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}",
	  .doc = "State by provider: ok, degraded or down", .example = "{\"fritzbox\":\"ok\"}" },
	{ .key = NULL },
};
const struct shape health_shape = { "NetworkHealth", sizeof(struct health), health_fields };

/* Age of the oldest of the three parts; absent when one is missing. */
static struct maybe_int oldest(const struct provider *p, int64_t now)
{
	int64_t at = p->devices_at.s;

	if (!p->devices_at.is || !p->traffic_at.is || !p->wan_at.is)
		return (struct maybe_int){ 0, false };
	if (p->traffic_at.s < at)
		at = p->traffic_at.s;
	if (p->wan_at.s < at)
		at = p->wan_at.s;
	return (struct maybe_int){ now > at ? now - at : 0, true };
}

static const char *provider_word(const struct provider *p, const struct poll_state *state,
				 struct maybe_int age_s)
{
	if (!p->devices_at.is && !p->traffic_at.is && !p->wan_at.is)
		return "down";
	if (age_s.is && age_s.v > USABLE_S)
		return "down";
	return state->error_code || !age_s.is || age_s.v > FRESH_S ? "degraded" : "ok";
}

enum err_code network_health(struct db *db, const struct config *cfg, int64_t now,
			     struct network_health *out, struct err *e)
{
	struct arena *a;
	struct provider p = { 0 };
	struct poll_state state = { 0 };
	enum err_code code;

	*out = (struct network_health){ .enabled = cfg->fritzbox.enabled, .provider = "ok" };
	if (!out->enabled)
		return ERR_NONE;
	a = arena_new();
	code = provider_get(db, PROVIDER_FRITZBOX, a, &p, e);
	if (!code)
		code = poll_state_get(db, PROVIDER_FRITZBOX, a, &state, e);
	if (!code) {
		out->age_s = oldest(&p, now);
		out->provider = provider_word(&p, &state, out->age_s);
		out->degraded = strcmp(out->provider, "ok") != 0;
	}
	arena_free(a);
	return code;
}

void network_health_write(struct jsonw *w, const struct network_health *h)
{
	struct health row = {
		.status = h->degraded ? "degraded" : "ok",
		.cache_age_seconds = h->age_s,
		.providers = "{}",
	};

	if (h->enabled)
		row.providers = strcmp(h->provider, "ok") == 0	   ? "{\"fritzbox\":\"ok\"}"
				: strcmp(h->provider, "down") == 0 ? "{\"fritzbox\":\"down\"}"
								   : "{\"fritzbox\":\"degraded\"}";
	jsonw_members(w, &health_shape, &row);
}

enum err_code health_get(struct req *rq, struct res *rs, struct err *e)
{
	struct network_health h;
	enum err_code code = network_health(rq->db, rq->cfg, rq->now, &h, e);

	if (code)
		return code;
	jsonw_open(&rs->json, '{');
	network_health_write(&rs->json, &h);
	jsonw_close(&rs->json, '}');
	return ERR_NONE;
}
