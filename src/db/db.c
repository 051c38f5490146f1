/* db.c: see db.h */
#include "db/db.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/log.h"
#include "db/migrate.h"

enum {
	SERVE_BUSY_MS = 2000,	 /* a request rather answers 503 than waits longer */
	COLLECT_BUSY_MS = 15000, /* for DB_COLLECT, which nobody waits for */
	MAX_COLUMNS = 64,	 /* of a result or binds of a statement */
	MAX_QUERIES = 2048,	 /* of the program */
};

struct statement {
	sqlite3_stmt *stmt;
	const struct field *columns[MAX_COLUMNS];
	const struct field *binds[MAX_COLUMNS];
	int n_columns, n_binds;
};

struct db {
	sqlite3 *handle;
	struct statement *statements[MAX_QUERIES]; /* by query slot */
	struct live *live;
	int64_t changes;
	int busy_ms;
};

extern struct query *const __start_queries[] __attribute__((weak));
extern struct query *const __stop_queries[] __attribute__((weak));

void query_each(bool (*fn)(struct query *q, void *ctx), void *ctx)
{
	for (struct query *const *q = __start_queries; q < __stop_queries; q++)
		if (!fn(*q, ctx))
			return;
}

/* Words an SQLite failure; what is not expected is logged with its text and shown without. */
static enum err_code failed(struct db *db, int rc, const char *sql, struct err *e)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL: /* a lock was not to be had within SQLite's own ten seconds */
		err_code_set(e, ERR_BUSY);
		e->retry_after_s = 1;
		return ERR_BUSY;
	case SQLITE_FULL:
		return err_set(e, ERR_DISK_FULL,
			       "The disk is full - free some space and try again");
	case SQLITE_CONSTRAINT:
		return err_code_set(e, ERR_CONFLICT);
	case SQLITE_IOERR:
		if (sqlite3_system_errno(db->handle) == ENOSPC || rc == SQLITE_IOERR_WRITE)
			return err_set(e, ERR_DISK_FULL,
				       "The disk is full - free some space and try again");
		break;
	default:
		break;
	}
	log_line(LOG_ERROR, "sqlite error=%d text=\"%s\" sql=\"%.200s\"", rc,
		 sqlite3_errmsg(db->handle), sql);
	return err_code_set(e, ERR_INTERNAL);
}

static void statement_free(struct statement *s)
{
	if (s)
		sqlite3_finalize(s->stmt);
	free(s);
}

static enum err_code exec(struct db *db, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? ERR_NONE : failed(db, rc, sql, e);
}

static enum err_code pragma_int(struct db *db, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(s, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(s);
	return rc == SQLITE_OK ? ERR_NONE : failed(db, rc, sql, e);
}

enum err_code db_check_schema(struct db *db, struct err *e)
{
	int64_t hearth, series;
	enum err_code code = pragma_int(db, "PRAGMA main.user_version", &hearth, e);

	if (!code)
		code = pragma_int(db, "PRAGMA series.user_version", &series, e);
	if (code)
		return code;
	if (hearth == migrate_version("hearth") && series == migrate_version("series"))
		return ERR_NONE;
	log_line(LOG_ERROR,
		 "schema hearth.db is %d, series.db is %d, this program needs %d and %d: %s",
		 (int)hearth, (int)series, migrate_version("hearth"), migrate_version("series"),
		 hearth > migrate_version("hearth") || series > migrate_version("series")
			 ? "start the newer program"
			 : "run hearthctl migrate");
	return err_code_set(e, ERR_SCHEMA);
}

enum err_code db_open(struct db **out, const char *dir, enum db_mode mode, struct err *e)
{
	struct db *db = calloc(1, sizeof(*db));
	char path[PATH_MAX];
	char *attach;
	enum err_code code;
	int rc;

	if (!db)
		abort();
	/* no process asks; it would cost two locks for each allocation (refused once SQLite runs) */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	snprintf(path, sizeof(path), "%s/hearth.db", dir);
	rc = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		log_line(LOG_ERROR, "cannot open %s: %s; run hearthctl init", path,
			 sqlite3_errmsg(db->handle));
		db_close(db);
		return err_code_set(e, ERR_SCHEMA);
	}
	sqlite3_extended_result_codes(db->handle, 1);
	db->busy_ms = mode == DB_SERVE ? SERVE_BUSY_MS : COLLECT_BUSY_MS;
	sqlite3_busy_timeout(db->handle, db->busy_ms);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	snprintf(path, sizeof(path), "%s/series.db", dir);
	attach = sqlite3_mprintf("ATTACH %Q AS series", path);
	code = exec(db, attach, e);
	sqlite3_free(attach);
	if (!code)
		code = exec(
			db,
			"PRAGMA main.journal_mode=WAL; PRAGMA series.journal_mode=WAL;"
			"PRAGMA main.synchronous=FULL; PRAGMA series.synchronous=NORMAL;"
			"PRAGMA foreign_keys=ON; PRAGMA secure_delete=FAST; PRAGMA temp_store=MEMORY;"
			"PRAGMA main.cache_size=-500; PRAGMA series.cache_size=-500;",
			e);
	if (!code)
		code = db_check_schema(db, e);
	if (code) {
		db_close(db);
		return code;
	}
	db->live = live_open(dir);
	*out = db;
	return ERR_NONE;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < MAX_QUERIES; i++)
		statement_free(db->statements[i]);
	sqlite3_close_v2(db->handle);
	live_close(db->live);
	free(db);
}

struct sqlite3 *db_handle(struct db *db)
{
	return db->handle;
}

struct live *db_live(struct db *db)
{
	return db->live;
}

static enum err_code mismatch(struct query *q, const char *what, const char *name, struct err *e)
{
	log_line(LOG_ERROR, "query has no field for %s %s: %.200s", what, name, q->sql);
	return err_code_set(e, ERR_INTERNAL);
}

static enum err_code prepare(struct db *db, struct query *q, struct statement **out, struct err *e)
{
	static int last_slot;
	struct statement *s;
	int rc;

	if (!q->slot)
		q->slot = ++last_slot;
	if (q->slot >= MAX_QUERIES)
		abort();
	*out = db->statements[q->slot];
	if (*out)
		return ERR_NONE;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	rc = sqlite3_prepare_v3(db->handle, q->sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL);
	if (rc != SQLITE_OK) {
		free(s);
		return failed(db, rc, q->sql, e);
	}
	s->n_binds = sqlite3_bind_parameter_count(s->stmt);
	s->n_columns = sqlite3_column_count(s->stmt);
	if (s->n_binds > MAX_COLUMNS || s->n_columns > MAX_COLUMNS)
		abort();
	for (int i = 0; i < s->n_binds; i++) {
		const char *name = sqlite3_bind_parameter_name(s->stmt, i + 1);

		s->binds[i] = name && q->in ? field_find(q->in, name + 1, strlen(name + 1)) : NULL;
		if (!s->binds[i]) {
			enum err_code code = mismatch(q, "bind", name ? name : "?", e);

			statement_free(s); /* and the name with it */
			return code;
		}
	}
	for (int i = 0; i < s->n_columns; i++) {
		const char *name = sqlite3_column_name(s->stmt, i);

		s->columns[i] = q->out ? field_find(q->out, name, strlen(name)) : NULL;
		if (!s->columns[i]) {
			enum err_code code = mismatch(q, "column", name, e);

			statement_free(s);
			return code;
		}
	}
	*out = db->statements[q->slot] = s;
	return ERR_NONE;
}

static void bind(const struct statement *s, const void *in)
{
	for (int i = 0; i < s->n_binds; i++) {
		const struct field *f = s->binds[i];
		const void *at = field_in(f, in);
		int n = i + 1;

		switch (f->kind) {
		case KIND_BOOL:
			sqlite3_bind_int(s->stmt, n, *(const bool *)at);
			break;
		case KIND_INT:
			sqlite3_bind_int64(s->stmt, n, *(const int64_t *)at);
			break;
		case KIND_STAMP:
			sqlite3_bind_int64(s->stmt, n, ((const struct stamp *)at)->s);
			break;
		case KIND_NUM:
			sqlite3_bind_double(s->stmt, n, *(const double *)at);
			break;
		case KIND_STR: /* NULL binds NULL */
			sqlite3_bind_text(s->stmt, n, *(const char *const *)at, -1, SQLITE_STATIC);
			break;
		case KIND_MAYBE_INT:
			if (((const struct maybe_int *)at)->is)
				sqlite3_bind_int64(s->stmt, n, ((const struct maybe_int *)at)->v);
			else
				sqlite3_bind_null(s->stmt, n);
			break;
		case KIND_MAYBE_NUM:
			if (((const struct maybe_num *)at)->is)
				sqlite3_bind_double(s->stmt, n, ((const struct maybe_num *)at)->v);
			else
				sqlite3_bind_null(s->stmt, n);
			break;
		case KIND_MAYBE_STAMP:
			if (((const struct maybe_stamp *)at)->is)
				sqlite3_bind_int64(s->stmt, n, ((const struct maybe_stamp *)at)->s);
			else
				sqlite3_bind_null(s->stmt, n);
			break;
		case KIND_BLOB: /* NULL binds NULL */
			sqlite3_bind_blob64(s->stmt, n, ((const struct blob *)at)->data,
					    ((const struct blob *)at)->size, SQLITE_STATIC);
			break;
		case KIND_NONE:
			sqlite3_bind_null(s->stmt, n);
			break;
		}
	}
}

static struct blob blob_of(sqlite3_stmt *stmt, int column, struct arena *a)
{
	struct blob b = { .data = sqlite3_column_blob(stmt, column) };

	b.size = (size_t)sqlite3_column_bytes(stmt, column);
	if (a && b.data) {
		void *copy = arena_alloc(a, b.size);

		memcpy(copy, b.data, b.size);
		b.data = copy;
	}
	return b;
}

/* Reads the current row; strings and blobs are copied into a, or stay SQLite's when a is NULL. */
static void columns(const struct statement *s, void *row, struct arena *a)
{
	for (int i = 0; i < s->n_columns; i++) {
		const struct field *f = s->columns[i];
		void *at = field_at(f, row);
		bool null = sqlite3_column_type(s->stmt, i) == SQLITE_NULL;
		const char *text;

		switch (f->kind) {
		case KIND_BOOL:
			*(bool *)at = sqlite3_column_int(s->stmt, i) != 0;
			break;
		case KIND_INT:
			*(int64_t *)at = sqlite3_column_int64(s->stmt, i);
			break;
		case KIND_STAMP:
			*(struct stamp *)at = (struct stamp){ sqlite3_column_int64(s->stmt, i) };
			break;
		case KIND_NUM:
			*(double *)at = sqlite3_column_double(s->stmt, i);
			break;
		case KIND_STR:
			text = null ? NULL : (const char *)sqlite3_column_text(s->stmt, i);
			*(const char **)at = a ? arena_strdup(a, text) : text;
			break;
		case KIND_MAYBE_INT:
			*(struct maybe_int *)at =
				(struct maybe_int){ sqlite3_column_int64(s->stmt, i), !null };
			break;
		case KIND_MAYBE_NUM:
			*(struct maybe_num *)at =
				(struct maybe_num){ sqlite3_column_double(s->stmt, i), !null };
			break;
		case KIND_MAYBE_STAMP:
			*(struct maybe_stamp *)at =
				(struct maybe_stamp){ sqlite3_column_int64(s->stmt, i), !null };
			break;
		case KIND_BLOB:
			*(struct blob *)at = blob_of(s->stmt, i, a);
			break;
		case KIND_NONE:
			break;
		}
	}
}

static void release(struct statement *s)
{
	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
}

enum err_code db_each(struct db *db, struct query *q, const void *in, db_row_fn *fn, void *ctx,
		      struct err *e)
{
	struct statement *s;
	enum err_code code = prepare(db, q, &s, e);
	_Alignas(16) char space[1024];
	void *row = space;
	int rc;

	if (code)
		return code;
	if (q->out->size > sizeof(space))
		abort();
	bind(s, in);
	while ((rc = sqlite3_step(s->stmt)) == SQLITE_ROW) {
		memset(row, 0, q->out->size);
		columns(s, row, NULL);
		code = fn(row, ctx, e);
		if (code)
			break;
	}
	if (!code && rc != SQLITE_DONE)
		code = failed(db, rc, q->sql, e);
	release(s);
	return code;
}

enum err_code db_get(struct db *db, struct query *q, const void *in, void *out, struct arena *a,
		     struct err *e)
{
	struct statement *s;
	enum err_code code = prepare(db, q, &s, e);
	int rc;

	if (code)
		return code;
	bind(s, in);
	rc = sqlite3_step(s->stmt);
	if (rc == SQLITE_ROW) {
		columns(s, out, a);
		/* to the end, so that an INSERT ... RETURNING is complete */
		while ((rc = sqlite3_step(s->stmt)) == SQLITE_ROW)
			;
		if (rc != SQLITE_DONE)
			code = failed(db, rc, q->sql, e);
	} else if (rc == SQLITE_DONE) {
		code = err_code_set(e, ERR_NOT_FOUND);
	} else {
		code = failed(db, rc, q->sql, e);
	}
	db->changes = sqlite3_changes64(db->handle);
	release(s);
	return code;
}

enum err_code db_run(struct db *db, struct query *q, const void *in, struct err *e)
{
	struct statement *s;
	enum err_code code = prepare(db, q, &s, e);
	int rc;

	if (code)
		return code;
	bind(s, in);
	while ((rc = sqlite3_step(s->stmt)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		code = failed(db, rc, q->sql, e);
	db->changes = sqlite3_changes64(db->handle);
	release(s);
	return code;
}

int64_t db_changes(struct db *db)
{
	return db->changes;
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

struct data_version {
	int64_t data_version;
};
static const struct field data_version_fields[] = {
	{ FIELD(struct data_version, data_version) },
	{ .key = NULL },
};
static const struct shape data_version_shape = { "", sizeof(struct data_version),
						 data_version_fields };

QUERY(q_main_version) = { .sql = "PRAGMA main.data_version", .out = &data_version_shape };
QUERY(q_series_version) = { .sql = "PRAGMA series.data_version", .out = &data_version_shape };

enum err_code db_version(struct db *db, struct db_version *out, struct err *e)
{
	struct data_version v;
	enum err_code code = db_get(db, &q_main_version, NULL, &v, NULL, e);

	if (code)
		return code;
	out->main = v.data_version;
	code = db_get(db, &q_series_version, NULL, &v, NULL, e);
	out->series = v.data_version;
	if (!db_in_transaction(db))
		live_refresh(db->live);
	out->live = live_version(db->live);
	out->own = sqlite3_total_changes64(db->handle);
	return code;
}

QUERY(q_begin_read) = { .sql = "BEGIN" };
QUERY(q_begin_write) = { .sql = "BEGIN IMMEDIATE" };
QUERY(q_commit) = { .sql = "COMMIT" };

enum err_code db_begin(struct db *db, enum tx tx, struct err *e)
{
	if (tx == TX_NONE)
		return ERR_NONE;
	live_refresh(db->live);
	return db_run(db, tx == TX_READ ? &q_begin_read : &q_begin_write, NULL, e);
}

enum err_code db_commit(struct db *db, struct err *e)
{
	enum err_code code = db_run(db, &q_commit, NULL, e);

	if (code)
		db_rollback(db);
	else
		live_publish(db->live);
	return code;
}

void db_rollback(struct db *db)
{
	if (db_in_transaction(db) &&
	    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		log_line(LOG_ERROR, "rollback failed: %s", sqlite3_errmsg(db->handle));
	live_refresh(db->live);
}

bool db_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(db->handle);
}

void db_casual(struct db *db, bool casual)
{
	/* not a kept statement: SQLite obeys this pragma while it is prepared */
	const char *sql =
		casual ? "PRAGMA main.synchronous=NORMAL" : "PRAGMA main.synchronous=FULL";

	/* a connection that might stay casual must not serve on */
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK && !casual)
		abort();
	sqlite3_busy_timeout(db->handle, casual ? 0 : db->busy_ms);
}
