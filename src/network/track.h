/* track.h: what one poll means after the one before: pure functions without clock, network or
 * database */
#ifndef NETWORK_TRACK_H
#define NETWORK_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum {
	GRACE_POLLS = 3, /* so many polls in a row without a device before it counts as gone: phones
			    sleep */
	PRESENCE_GAP_S =
		1200, /* polls further apart than this know nothing about the time between them */
	MEAN_MAX_S = 180, /* polls further apart than this make no mean rate */
	DOWN_ROUNDS = 3,  /* silent rounds in a row before the router counts as down */
};

/* Largest counter taken from a box: leaves room for sums and for bytes * 8. */
#define COUNTER_MAX ((int64_t)1 << 56)

/* A byte counter that goes on where the box's own 32-bit counter wraps. total - offset is what the
 * box said last. */
struct counter {
	int64_t total, offset;
};

enum counter_step {
	COUNTER_MOVED,
	COUNTER_WRAPPED, /* at 2^32, and goes on */
	COUNTER_RESET,	 /* started again from zero: no difference to earlier values */
};

/* raw: as the box says it now, with 64 bits (wide) or 32. uptime_back: the connection started anew
 * since. */
enum counter_step counter_step(struct counter *c, uint64_t raw, bool was_wide, bool wide,
			       bool uptime_back);

/* Both counters at one moment. */
struct traffic_point {
	int64_t at; /* seconds; 0: there is none */
	int64_t sent, received;
};

/* Mean bits/s between two points, false when they are too far apart or belong to different counts
 * (reset_at). */
bool mean_rates(const struct traffic_point *from, const struct traffic_point *to, int64_t reset_at,
		int64_t *up_bps, int64_t *down_bps);

/* A device's way through the polls. since: start of the open interval of presence, 0 none; until:
 * where it ends if the device stays away. */
struct presence {
	bool online; /* as the last poll saw it */
	int64_t changed_at, last_seen;
	int64_t since, until, misses;
};

enum presence_step {
	PRESENCE_SAME,
	PRESENCE_CAME,	/* an interval opens at since */
	PRESENCE_WENT,	/* the interval *began - until is over */
	PRESENCE_SPLIT, /* the same, and another opens at since: there was a gap in the polls */
};

/* active: seen by the poll at now; previous: time of the poll before, 0 none. *began: start of an
 * interval that ended. */
enum presence_step presence_step(struct presence *p, bool active, int64_t previous, int64_t now,
				 int64_t *began);

struct line_state {
	bool connected;
	int64_t uptime_s;
	const char *ip; /* the latest known, or NULL */
};

enum line_change {
	LINE_UP = 1 << 0,
	LINE_DOWN = 1 << 1,
	LINE_RECONNECTED = 1 << 2,
	LINE_IP_CHANGED = 1 << 3,
};

/* Bits of enum line_change. */
unsigned line_changes(const struct line_state *old, const struct line_state *now);

/* An hour out of its minutes, added in the order of time. */
struct hour {
	int64_t ts, minutes;
	int64_t up_bps, down_bps; /* sums, means after hour_finish() */
	int64_t up_max_bps, down_max_bps;
	int64_t sent, received; /* bytes moved */
	struct traffic_point last;
};

struct minute {
	int64_t ts;
	struct traffic_point traffic;
	int64_t up_bps, down_bps;
};

/* before: the row before the hour; its traffic.at is 0 when there is none. */
void hour_start(struct hour *h, int64_t ts, const struct traffic_point *before);
void hour_add(struct hour *h, const struct minute *m);
void hour_finish(struct hour *h);

/* Orders addresses: IPv4 by number, then IPv6 and what is no address, no address last. */
int64_t ip_order(const char *ip);

static inline int64_t minute_of(int64_t s)
{
	return s - s % MINUTE_S;
}

static inline int64_t hour_of(int64_t s)
{
	return s - s % HOUR_S;
}

#endif
