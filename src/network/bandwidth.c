/* bandwidth.c: what goes through the line now */
#include "base/err.h"
#include "http/req.h"
#include "network/provider.h"
#include "network/routes.h"

struct bandwidth {
	int64_t upstream_bps, downstream_bps, bytes_sent, bytes_received;
	bool is_stale;
	struct stamp fetched_at;
};

static const struct field bandwidth_fields[] = {
	{ FIELD(struct bandwidth, upstream_bps), .doc = "Bits per second", .example = "125000000" },
	{ FIELD(struct bandwidth, downstream_bps), .doc = "Bits per second",
	  .example = "250000000" },
	{ FIELD(struct bandwidth, bytes_sent), .doc = "Bytes since the router's own reset" },
	{ FIELD(struct bandwidth, bytes_received), .doc = "Bytes since the router's own reset" },
	{ FIELD(struct bandwidth, is_stale), .doc = "Older than three polls, at least 90 seconds" },
	{ FIELD(struct bandwidth, fetched_at), .doc = "When the router last told it" },
	{ .key = NULL },
};
const struct shape bandwidth_shape = { "Bandwidth", sizeof(struct bandwidth), bandwidth_fields };

enum err_code bandwidth_get(struct req *rq, struct res *rs, struct err *e)
{
	struct provider p = { 0 };
	enum err_code code = provider_get(rq->db, PROVIDER_FRITZBOX, rq->arena, &p, e);
	struct bandwidth row;

	if (code)
		return code;
	if (!rq->cfg->fritzbox.enabled || !p.traffic_at.is)
		return err_set(e, ERR_UNAVAILABLE,
			       "Bandwidth data not available - router may be unreachable");
	row = (struct bandwidth){
		.upstream_bps = p.up_bps,
		.downstream_bps = p.down_bps,
		.bytes_sent = p.sent,
		.bytes_received = p.received,
		.is_stale = provider_is_stale(rq->cfg, p.traffic_at.s, rq->now),
		.fetched_at = { p.traffic_at.s },
	};
	res_object(rq, rs, &row);
	return ERR_NONE;
}
