/* minute.h: the minutes of traffic and devices, which wait in memory until they are over: rows of
 * three tables, written with every poll, would cost the disk more than all the rest */
#ifndef NETWORK_MINUTE_H
#define NETWORK_MINUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

/* Counters at the minute's last poll (at), rates in bits/s as the mean since the row before. */
struct minute_row {
	int64_t ts, at, sent, received, up_bps, down_bps;
};
#define MINUTE_COLUMNS "ts, at, sent, received, up_bps, down_bps"
extern const struct shape minute_row_shape;

struct minute_device {
	int64_t ts, place, version, is_online;
};

/* The last row before that minute, waiting or stored; *out is zero when there is none. */
enum err_code minute_before(struct db *db, int64_t ts, struct minute_row *out, struct err *e);
/* Take the place of what is known of the minute. Inside a transaction: when many wait, they are
 * stored. */
enum err_code minute_put(struct db *db, const struct minute_row *row, struct err *e);
/* All devices of the minute, copied; ts and place are set here. */
enum err_code minute_put_devices(struct db *db, int64_t ts, const struct minute_device *rows,
				 size_t n, struct err *e);
/* Inside the caller's transaction: stores the minutes that are over. */
enum err_code minute_store(struct db *db, int64_t now, struct err *e);
/* Stores what waits, the minute that is not over too. */
enum err_code minute_flush(struct db *db, struct err *e);

#endif
