/* sources.c: what the collector polls, and what it sweeps */
#include "auth/audit.h"
#include "auth/session.h"
#include "auth/throttle.h"
#include "collect/event.h"
#include "house/house.h"
#include "network/network.h"

enum { DAY_S = 86400 };

const struct source *const sources[] = {
	&source_fritzbox,
	NULL,
};

static enum err_code prune_events(const struct auth *auth, bool *more, struct err *e)
{
	return event_prune(auth->db, auth->now - auth->cfg->app.event_retention_days * DAY_S, more,
			   e);
}

const struct chore chores[] = {
	{ "sessions", session_sweep },
	{ "login failures", throttle_sweep },
	{ "audit", audit_sweep },
	{ "events", prune_events },
	{ "bandwidth hours", network_rollup },
	{ "bandwidth minutes", network_prune_bandwidth },
	{ "device history", network_prune_devices },
	{ "presence", network_prune_presence },
	{ "device labels", network_relabel },
	{ .run = NULL },
};
