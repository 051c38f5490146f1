/* audit.h: who changed what */
#ifndef AUTH_AUDIT_H
#define AUTH_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/err.h"
#include "db/db.h"

/* Adds a row inside the caller's transaction; db_last_id() is its id. who NULL: the command line. action:
 * "password.change"; subject: a key or name, or NULL; data: a JSON object of names and keys, never
 * of secret values, or NULL. */
enum err_code audit_add(struct db *db, int64_t now, const struct principal *who, const char *action,
			const char *subject, const char *data, struct err *e);

/* Into the data of a row: members of the JSON object `data` replace those of the same name. Of what
 * takes its time the row tells the end, too; one that is gone is no error. */
enum err_code audit_amend(struct db *db, int64_t id, const char *data, struct err *e);

/* Deletes rows older than app.event_retention_days, as many as one short transaction takes; *more
 * when there are others. */
enum err_code audit_sweep(const struct auth *auth, bool *more, struct err *e);

#endif
