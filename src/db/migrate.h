/* migrate.h: numbered schema files, embedded in the program, applied in order */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>

#include "base/err.h"

/* Creates what is missing in DIR and brings both files to the program's version. A file that holds
 * something is copied to <file>.v<version>.bak first (mode 0600, replacing an older copy of that
 * version). Refuses a file of a newer program. Each file's migrations run in one transaction: all
 * or nothing. */
enum err_code migrate(const char *dir, bool *changed, struct err *e);

/* The version this program knows, of "hearth" or "series". */
int migrate_version(const char *database);

#endif
