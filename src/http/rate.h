/* rate.h: rate limits of requests */
#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "auth/rate_table.h"
#include "base/config.h"
#include "http/route.h"

/* Counts one request of the principal (of the address when there is none), in windows of a minute.
 * False when the window is used up: refused requests do not count. RATE_NONE is always true with
 * limit 0. */
bool rate_take(struct rate_table *t, enum rate rate, const struct config *cfg,
	       const struct principal *p, const char *address, int64_t now, struct rate_state *out);
/* Does a failed authentication count against the address? */
bool rate_counts_failures(enum rate rate);

#endif
