/* rate_table.h: how often somebody did something of late, counted by all workers in DIR/run/rate.shm */
#ifndef AUTH_RATE_TABLE_H
#define AUTH_RATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { RATE_IDENTITY = 128 }; /* with NUL: "login USER ADDRESS" */

/* The table of buckets: a file mapped by every worker, with a lock per stripe that survives the
 * death of its holder. Lost at restart by intention; takes no room on the disk beyond what it has
 * from the start. */
struct rate_table;

enum err_code rate_table_open(struct rate_table **out, const char *dir, struct err *e);
void rate_table_close(struct rate_table *t);

struct rate_state {
	int64_t limit, remaining;
	int64_t reset_s; /* Unix time of the window's end */
};

/* Counts one for the identity, in a window that begins with the first. False, and not counted: the
 * limit is reached. */
bool rate_table_take(struct rate_table *t, const char *identity, int64_t limit, int64_t window_s,
		     int64_t now, struct rate_state *out);
/* The same without counting. */
bool rate_table_look(struct rate_table *t, const char *identity, int64_t limit, int64_t window_s,
		     int64_t now, struct rate_state *out);

#endif
