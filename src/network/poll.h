/* poll.h: storing what one poll of the router brought */
#ifndef NETWORK_POLL_H
#define NETWORK_POLL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"
#include "network/provider.h"
#include "peer/fritzbox.h"

/* Inside the caller's transaction. Stores the parts that succeeded, but leaves minutes to
 * minute_flush(), derives events, and brings *p up to date, which the caller puts. now: seconds since
 * 1970, when the poll began. */
enum err_code poll_store(struct db *db, struct arena *a, const struct fritz_round *round,
			 struct provider *p, int64_t now, struct err *e);

/* The part that concerns devices; p->devices_at is still that of the poll before. */
enum err_code poll_store_devices(struct db *db, struct arena *a, const struct fritz_hosts *hosts,
				 struct provider *p, int64_t now, struct err *e);

#endif
