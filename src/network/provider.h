/* provider.h: the latest state of a router */
#ifndef NETWORK_PROVIDER_H
#define NETWORK_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

#define PROVIDER_FRITZBOX "fritzbox"

/* Rates in bits/s, counters in bytes. Times are seconds since 1970; absent: never. */
struct provider {
	const char *name;
	int64_t devices;				   /* in the box's list */
	struct maybe_stamp devices_at, traffic_at, wan_at; /* last success of each part */
	struct maybe_stamp box_at; /* last question for model and firmware */
	int64_t up_bps, down_bps;
	int64_t sent, received;		      /* counted on over wraps */
	int64_t sent_offset, received_offset; /* what was added to the box's own counters */
	bool wide;			      /* the box counts with 64 bits */
	int64_t reset_at; /* counters before this are of no use for differences */
	const char *external_ip, *last_ip;
	bool connected, linked;
	int64_t uptime_s, max_up_bps, max_down_bps;
	const char *model, *firmware;
	int64_t silent; /* rounds in a row without any answer */
	bool down;	/* router.down was said */
};

/* All zero and NULL when it was never polled. Strings live in the arena. */
enum err_code provider_get(struct db *db, const char *name, struct arena *a, struct provider *out,
			   struct err *e);
/* Inserts or replaces, inside the caller's transaction. */
enum err_code provider_put(struct db *db, const struct provider *p, struct err *e);
/* When no more than numbers and times differ from the old one, they are seen at once and stored with
 * the next put. */
enum err_code provider_put_numbers(struct db *db, const struct provider *p,
				   const struct provider *old, struct err *e);

/* Data fetched at this time are older than three polls, at least 90 s. */
bool provider_is_stale(const struct config *cfg, int64_t fetched_at, int64_t now);

#endif
