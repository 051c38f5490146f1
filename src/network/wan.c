/* wan.c: the state of the internet line */
#include "base/err.h"
#include "http/req.h"
#include "network/provider.h"
#include "network/routes.h"

struct wan {
	const char *external_ip;
	bool is_connected, is_linked;
	int64_t uptime, max_upstream_bps, max_downstream_bps;
	bool is_stale;
	struct stamp fetched_at;
};

static const struct field wan_fields[] = {
	{ FIELD(struct wan, external_ip), .nullable = true,
	  .doc = "null when not connected or when the router has none of its own",
	  .example = "93.219.123.45" },
	{ FIELD(struct wan, is_connected), .doc = "The connection to the provider stands" },
	{ FIELD(struct wan, is_linked), .doc = "The line itself is up" },
	{ FIELD(struct wan, uptime), .doc = "Seconds of the connection, 0 when down" },
	{ FIELD(struct wan, max_upstream_bps), .doc = "Bits per second, 0 when unknown" },
	{ FIELD(struct wan, max_downstream_bps), .doc = "Bits per second, 0 when unknown" },
	{ FIELD(struct wan, is_stale), .doc = "Older than three polls, at least 90 seconds" },
	{ FIELD(struct wan, fetched_at), .doc = "When the router last told it" },
	{ .key = NULL },
};
const struct shape wan_shape = { "Wan", sizeof(struct wan), wan_fields };

enum err_code wan_get(struct req *rq, struct res *rs, struct err *e)
{
	struct provider p = { 0 };
	enum err_code code = provider_get(rq->db, PROVIDER_FRITZBOX, rq->arena, &p, e);
	struct wan row;

	if (code)
		return code;
	if (!rq->cfg->fritzbox.enabled || !p.wan_at.is)
		return err_set(e, ERR_UNAVAILABLE,
			       "WAN data not available - router may be unreachable");
	row = (struct wan){
		.external_ip = p.external_ip,
		.is_connected = p.connected,
		.is_linked = p.linked,
		.uptime = p.uptime_s,
		.max_upstream_bps = p.max_up_bps,
		.max_downstream_bps = p.max_down_bps,
		.is_stale = provider_is_stale(rq->cfg, p.wan_at.s, rq->now),
		.fetched_at = { p.wan_at.s },
	};
	res_object(rq, rs, &row);
	return ERR_NONE;
}
