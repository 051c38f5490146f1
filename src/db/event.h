/* event.h: what happened, as rows that people and programs read later */
#ifndef DB_EVENT_H
#define DB_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db.h"

/* Inside the caller's transaction. kind is "area.what" ("device.online"); subject: what it happened
 * to, or NULL; data: a JSON object, or NULL for an empty one. */
enum err_code event_add(struct db *db, int64_t at, const char *kind, const char *subject,
			const char *data, struct err *e);

/* Deletes up to DB_SWEEP_ROWS of the oldest events that are older than `before`; *more when
 * there may be others. */
enum err_code event_prune(struct db *db, int64_t before, bool *more, struct err *e);

#endif
