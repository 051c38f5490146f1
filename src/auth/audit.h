/* audit.h: who changed what */
#ifndef AUTH_AUDIT_H
#define AUTH_AUDIT_H

#include <stdint.h>

#include "auth/principal.h"
#include "base/err.h"
#include "db/db.h"

/* Adds a row inside the caller's transaction. who NULL: the command line. action: "password.change"; subject: a key or
 * name, or NULL; data: a JSON object of names and keys, never of secret values, or NULL. */
enum err_code audit_add(struct db *db, int64_t now, const struct principal *who, const char *action,
			const char *subject, const char *data, struct err *e);

#endif
