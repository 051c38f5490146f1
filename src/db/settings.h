/* settings.h: the configuration as it is in effect, with the values that are kept in the
 * database */
#ifndef DB_SETTINGS_H
#define DB_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/fault.h"
#include "db/db.h"

/* Default < DIR/hearth.conf < environment < database. The strings of out live in a. db NULL: file
 * and environment only. ERR_INVALID: something in the file or the environment is wrong; the text
 * names the first place. A stored value that no longer fits its rule or cannot be unsealed is left
 * out and logged. Rules between keys are not tested here: a source that lacks a part of its
 * settings says so itself. */
enum err_code settings_load(struct config *out, struct arena *a, const char *dir, struct db *db,
			    struct err *e);

/* The same, but every fault of the file, the environment and the stored values is reported, and the
 * rest loaded. Errors: the file cannot be read, the database's. */
enum err_code settings_read(struct config *out, struct arena *a, const char *dir, struct db *db,
			    struct faults *fs, struct err *e);

/* Grows with every change; a process that loaded config.version compares. One row by its key. */
enum err_code settings_version(struct db *db, int64_t *out, struct err *e);

/* A value to store; NULL removes the stored one, "" does so too unless the key is a secret: then it
 * changes nothing. */
struct settings_change {
	const char *name; /* "SMTP_HOST", or "smtp.host" */
	const char *value;
};

/* Tests all changes, then writes them inside the caller's transaction and raises the version, if
 * anything changes. *names: JSON object {"keys": [...]} of the keys for the audit, in fs->arena;
 * NULL when nothing changed. ERR_INVALID: fs has a fault for every bad one, with the change's name,
 * and nothing was written. The faults of rules between keys count only where a changed key is named
 * or the change brought them about. */
enum err_code settings_set(struct db *db, const char *dir, const struct settings_change *changes,
			   size_t n, int64_t now, struct faults *fs, const char **names,
			   struct err *e);

#endif
