/* migrate.c: see migrate.h */
#include "db/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/embedded.h"
#include "base/log.h"

enum { BUSY_MS = 30000, MAX_SQL = 128 };

/* PRAGMA application_id: "HRTH", "HRTS" */
static const struct database {
	const char *name;
	int application_id;
} databases[] = { { "hearth", 0x48525448 }, { "series", 0x48525453 } };

/* The number of schema/<database>/NNNN-*.sql; 0 for any other file. */
static int number_of(const struct embedded *file, const char *database)
{
	char name[32];
	size_t n = (size_t)snprintf(name, sizeof(name), "schema/%s/", database);
	const char *base = file->path + n;

	if (strncmp(file->path, name, n) != 0 || strspn(base, "0123456789") != 4 || base[4] != '-')
		return 0;
	return atoi(base);
}

int migrate_version(const char *database)
{
	int newest = 0;

	for (const struct embedded *file = embedded_files; file->path; file++)
		if (number_of(file, database) > newest)
			newest = number_of(file, database);
	return newest;
}

static const struct embedded *step_find(const char *database, int number)
{
	for (const struct embedded *file = embedded_files; file->path; file++)
		if (number_of(file, database) == number)
			return file;
	return NULL;
}

static enum err_code failed(sqlite3 *db, const char *what, struct err *e)
{
	int rc = sqlite3_errcode(db) & 0xff;

	log_line(LOG_ERROR, "migration: %s: %s", what, sqlite3_errmsg(db));
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return err_set(e, ERR_BUSY, "%s: another process is writing", what);
	if (rc == SQLITE_FULL)
		return err_set(e, ERR_DISK_FULL, "%s: the disk is full", what);
	return err_set(e, ERR_INTERNAL, "%s: %.180s", what, sqlite3_errmsg(db));
}

static enum err_code exec(sqlite3 *db, const char *what, const char *sql, struct err *e)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_NONE
								    : failed(db, what, e);
}

/* The first column of the first row; 0 without a row. */
static enum err_code number(sqlite3 *db, const char *sql, int *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	*out = 0;
	if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		*out = sqlite3_column_int(s, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(s);
	return rc == SQLITE_OK || rc == SQLITE_DONE ? ERR_NONE : failed(db, sql, e);
}

static enum err_code file_failed(const char *what, const char *path, struct err *e)
{
	return err_set(e, errno == ENOSPC ? ERR_DISK_FULL : ERR_INTERNAL, "Cannot %s %.150s: %s",
		       what, path, strerror(errno));
}

/* Makes the finished copy durable under its name. */
static enum err_code publish(const char *from, const char *to, const char *dir, struct err *e)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	if (!synced || rename(from, to))
		return file_failed("write", to, e);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return ERR_NONE;
}

static enum err_code copy_pages(const char *from_path, const char *to_path, struct err *e)
{
	static const char what[] = "Copying the database before the migration";
	sqlite3 *from = NULL, *to = NULL;
	sqlite3_backup *backup = NULL;
	enum err_code code = ERR_NONE;

	if (sqlite3_open_v2(from_path, &from, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		code = failed(from, what, e);
	else if (sqlite3_open_v2(to_path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
		 !(backup = sqlite3_backup_init(to, "main", from, "main")))
		code = failed(to, what, e);
	if (backup) {
		sqlite3_backup_step(backup, -1);
		if (sqlite3_backup_finish(backup) != SQLITE_OK)
			code = failed(to, what, e);
	}
	sqlite3_close(to);
	sqlite3_close(from);
	return code;
}

/* The file as the last commit left it, in <name>.db.v<version>.bak. The caller holds the write lock
 * on another connection: SQLite copies from none that is writing itself. */
static enum err_code copy(const char *dir, const char *name, int version, struct err *e)
{
	char from[PATH_MAX], path[PATH_MAX], new_path[PATH_MAX + 4];
	enum err_code code;
	int fd;

	snprintf(from, sizeof(from), "%s/%s.db", dir, name);
	snprintf(path, sizeof(path), "%s/%s.db.v%d.bak", dir, name, version);
	snprintf(new_path, sizeof(new_path), "%s.new", path);
	fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_failed("create", new_path, e);
	close(fd);
	code = copy_pages(from, new_path, e);
	if (!code)
		code = publish(new_path, path, dir, e);
	if (code)
		unlink(new_path);
	return code;
}

/* Inside the transaction: every step behind `from`, then the marks that say so. */
static enum err_code apply(sqlite3 *db, const struct database *which, int from, int to,
			   struct err *e)
{
	char sql[MAX_SQL];
	enum err_code code;
	int orphans;

	for (int version = from + 1; version <= to; version++) {
		const struct embedded *step = step_find(which->name, version);

		if (!step)
			return err_set(e, ERR_INTERNAL,
				       "schema/%s/%04d-*.sql is missing in this program",
				       which->name, version);
		code = exec(db, step->path, step->data, e);
		if (code)
			return code;
		if (sqlite3_get_autocommit(db))
			return err_set(e, ERR_INTERNAL, "%s ended the transaction", step->path);
	}
	code = number(db, "SELECT count(*) FROM pragma_foreign_key_check", &orphans, e);
	if (!code && orphans)
		code = err_set(e, ERR_INTERNAL,
			       "The migration of %s.db would leave %d rows without their parents",
			       which->name, orphans);
	if (code)
		return code;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; PRAGMA application_id = %d", to,
		 which->application_id);
	return exec(db, which->name, sql, e);
}

/* Is this file ours, and of which version? */
static enum err_code identify(sqlite3 *db, const struct database *which, int *version,
			      struct err *e)
{
	int newest = migrate_version(which->name), application_id, tables;
	enum err_code code = number(db, "PRAGMA application_id", &application_id, e);

	if (!code)
		code = number(db, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (!code)
		code = number(db, "PRAGMA user_version", version, e);
	if (code)
		return code;
	if (application_id ? application_id != which->application_id : tables > 0)
		return err_set(e, ERR_SCHEMA, "%s.db is a database of another program",
			       which->name);
	if (*version > newest)
		return err_set(
			e, ERR_SCHEMA,
			"%s.db was written by a newer program (schema %d, this one knows %d)",
			which->name, *version, newest);
	return ERR_NONE;
}

static enum err_code upgrade(sqlite3 *db, const char *dir, const struct database *which,
			     bool *changed, struct err *e)
{
	int newest = migrate_version(which->name), version;
	enum err_code code = identify(db, which, &version, e);

	if (code || version == newest)
		return code;
	/* Steps may rebuild tables that others point to; apply() looks for orphans at the end. */
	code = exec(
		db, which->name,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF",
		e);
	if (!code)
		code = exec(db, "Beginning the migration", "BEGIN IMMEDIATE", e);
	if (code)
		return code;
	/* From here on nobody writes, so the copy misses nothing. */
	if (version > 0)
		code = copy(dir, which->name, version, e);
	if (!code)
		code = apply(db, which, version, newest, e);
	if (!code)
		code = exec(db, "Completing the migration", "COMMIT", e);
	if (code) {
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return code;
	}
	log_line(LOG_INFO, "%s.db migrated from schema %d to %d", which->name, version, newest);
	*changed = true;
	return ERR_NONE;
}

static enum err_code migrate_one(const char *dir, const struct database *which, bool *changed,
				 struct err *e)
{
	char path[PATH_MAX];
	sqlite3 *db = NULL;
	enum err_code code;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.db", dir, which->name);
	/* The log and the shared-memory file take the mode of the database: it must be right from
	 * the start. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_failed("open", path, e);
	close(fd);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		code = failed(db, path, e);
	} else {
		sqlite3_extended_result_codes(db, 1);
		sqlite3_busy_timeout(db, BUSY_MS);
		code = upgrade(db, dir, which, changed, e);
	}
	sqlite3_close(db);
	return code;
}

/* Two at once would both copy and both wait; the second finds everything done. */
static int lock(const char *dir, struct err *e)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/run", dir);
	if (mkdir(path, 0700) && errno != EEXIST) {
		file_failed("create", path, e);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/run/migrate.lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		file_failed("lock", path, e);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

enum err_code migrate(const char *dir, bool *changed, struct err *e)
{
	enum err_code code = ERR_NONE;
	int fd = lock(dir, e);

	if (changed)
		*changed = false;
	if (fd < 0)
		return e->code;
	for (size_t i = 0; !code && i < sizeof(databases) / sizeof(databases[0]); i++) {
		bool one = false;

		code = migrate_one(dir, &databases[i], &one, e);
		if (changed && one)
			*changed = true;
	}
	close(fd);
	return code;
}
