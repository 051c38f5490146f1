/* sources.c: what the collector polls, and what it sweeps */
#include "auth/audit.h"
#include "auth/session.h"
#include "auth/throttle.h"
#include "base/clock.h"
#include "collect/series.h"
#include "db/event.h"
#include "house/house.h"
#include "network/minute.h"
#include "network/network.h"
#include "panel/panel.h"

const struct source *const sources[] = {
	&source_fritzbox,
	&source_proxmox,
	NULL,
};

static enum err_code prune_events(const struct auth *auth, bool *more, struct err *e)
{
	return event_prune(auth->db, auth->now - auth->cfg->app.event_retention_days * DAY_S, more,
			   e);
}

/* All that waits for the end of a minute goes to the disk at once: a commit of its own would cost as
 * much again. */
static enum err_code roll_history(const struct auth *auth, bool *more, struct err *e)
{
	enum err_code code = minute_store(auth->db, auth->now, e);

	return code ? code : series_roll(auth->db, auth->cfg, auth->now, more, e);
}

const struct chore chores[] = {
	{ .name = "history", .run = roll_history, .every_s = MINUTE_S },
	{ .name = "silence", .run = panel_watch, .every_s = WATCH_EVERY_S },
	{ .name = "sessions", .run = session_sweep },
	{ .name = "login failures", .run = throttle_sweep },
	{ .name = "audit", .run = audit_sweep },
	{ .name = "events", .run = prune_events },
	{ .name = "bandwidth hours", .run = network_rollup },
	{ .name = "bandwidth minutes", .run = network_prune_bandwidth },
	{ .name = "device history", .run = network_prune_devices },
	{ .name = "presence", .run = network_prune_presence },
	{ .name = "device labels", .run = network_relabel },
	{ .name = "servers", .run = panel_prune },
	{ .run = NULL },
};
