/* track.h: what one poll of servers and guests means after the one before, and what to make of a
 * hypervisor's own history: pure functions without clock, network or database */
#ifndef PANEL_TRACK_H
#define PANEL_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer/proxmox.h"

/* States as the history keeps them. Never change or reuse a number. */
enum guest_state {
	STATE_UNKNOWN,
	STATE_RUNNING,
	STATE_STOPPED,
	STATE_PAUSED,
	STATE_SUSPENDED,
	STATE_OTHER, /* prelaunch, io-error, ... */
	STATES,
};
enum guest_state state_of(const char *status);
/* "running"; value: as the history gives it back, NAN too. */
const char *state_name(double value);

enum guest_change {
	GUEST_SAME,
	GUEST_STARTED,
	GUEST_STOPPED,
	GUEST_RESTARTED, /* runs, but its uptime went back */
};
/* Uptimes in seconds, -1 unknown. A status that is not known changes nothing. */
enum guest_change guest_change(const char *old_status, int64_t old_uptime_s, const char *status,
			       int64_t uptime_s);

/* Seconds until a source that failed so many times in a row is asked again: its interval doubled
 * each time, at most a minute. */
int64_t backoff_s(int64_t interval_s, int64_t failures);

/* The step that now is in is another one than that of the last time; last 0: always. */
bool is_step_due(int64_t last, int64_t now, int64_t step_s);

/* The archives of one round robin database, the finest first; rows ascend. */
struct rrd_archive {
	const struct pve_rrd_row *rows;
	size_t n;
};

/* The bucket that begins at ts and has step_s seconds, from the finest archive that reaches back so
 * far: the mean of the rows that begin in it, or the row that it lies in. False: nothing is known of
 * that time. */
bool rrd_bucket(const struct rrd_archive *archives, size_t n, int64_t ts, int64_t step_s,
		struct pve_rrd_row *out);

#endif
