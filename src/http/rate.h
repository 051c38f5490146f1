/* rate.h: rate limits shared by all workers, in DIR/run/rate.shm */
#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/config.h"
#include "base/err.h"
#include "http/route.h"

enum { RATE_WINDOW_S = 60 }; /* from the first request of a bucket */

/* The table of buckets: a file mapped by every worker, with a lock per stripe that survives the
 * death of its holder. Lost at restart by intention. */
struct rate_table;

enum err_code rate_open(struct rate_table **out, const char *dir, struct err *e);
void rate_close(struct rate_table *t);

struct rate_state {
	int64_t limit, remaining;
	int64_t reset_s; /* Unix time of the window's end */
};

/* Counts one request of the principal (of the address when there is none). False when the window is
 * used up: refused requests do not count. RATE_NONE is always true with limit 0. */
bool rate_take(struct rate_table *t, enum rate rate, const struct config *cfg,
	       const struct principal *p, const char *address, int64_t now, struct rate_state *out);
/* Does a failed authentication count against the address? */
bool rate_counts_failures(enum rate rate);

#endif
