/* db.h: the two SQLite files behind one connection; statements are constants bound and read by
 * descriptor */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "db/live.h"

/* hearth.db (schema `main`) holds what people wrote, series.db (schema `series`) what was
 * observed. */
struct db;
struct sqlite3;

/* A statement: constant text with bound names. in: a field for every :name; out: a field for every
 * column name. What does not match is found when the statement is prepared. Declared only by
 * QUERY(), so that a test can walk all. */
struct query {
	const char *sql;
	const struct shape *in, *out;
	bool scans; /* reads a whole table on purpose (small by nature); else the query plan test
		       refuses it */
	int slot;   /* set by db.c: place in the statement caches */
};

/* QUERY(q_list) = { .sql = "...", ... }; */
#define QUERY(name) \
	static struct query name; \
	static struct query *const name##_entry __attribute__((used, section("queries"))) = &name; \
	static struct query name
/* All queries linked into the program; the walk ends when fn returns false. */
void query_each(bool (*fn)(struct query *q, void *ctx), void *ctx);

enum db_mode {
	DB_SERVE,   /* an API worker: short busy timeout */
	DB_COLLECT, /* collector and command line: may wait longer */
};

/* Opens DIR/hearth.db and DIR/series.db. ERR_SCHEMA when a file is missing or its version is not
 * the program's. */
enum err_code db_open(struct db **out, const char *dir, enum db_mode mode, struct err *e);
void db_close(struct db *db);
/* For what no descriptor tells, such as the checks of hearthctl doctor. */
struct sqlite3 *db_handle(struct db *db);
/* What is newer than some rows; follows the transactions. */
struct live *db_live(struct db *db);

/* Of all calls below: ERR_CONFLICT: a constraint was broken; ERR_BUSY: another one writes;
 * ERR_DISK_FULL; ERR_INTERNAL: anything else, with a line in the log.
 *
 * For each row: values are valid during the call only. A code other than ERR_NONE ends the walk and
 * is returned. */
typedef enum err_code db_row_fn(void *row, void *ctx, struct err *e);
enum err_code db_each(struct db *db, struct query *q, const void *in, db_row_fn *fn, void *ctx,
		      struct err *e);
/* The first row, its strings and blobs in the arena. ERR_NOT_FOUND without text of its own when
 * there is none. */
enum err_code db_get(struct db *db, struct query *q, const void *in, void *out, struct arena *a,
		     struct err *e);
/* A statement without rows. */
enum err_code db_run(struct db *db, struct query *q, const void *in, struct err *e);
/* Rows changed by the last db_run(). */
int64_t db_changes(struct db *db);
/* The id of the last row inserted. */
int64_t db_last_id(struct db *db);

/* Most rows that one call of a sweep, or another chore, touches, so that no transaction is long; as a
 * number and in SQL. */
#define DB_SWEEP_ROWS 5000
#define DB_SWEEP_LIMIT "LIMIT " DB_DIGITS(DB_SWEEP_ROWS)
#define DB_DIGITS(number) DB_TEXT(number)
#define DB_TEXT(number) #number

enum tx { TX_NONE, TX_READ, TX_WRITE };
/* TX_READ sees one state of both files; TX_WRITE is IMMEDIATE, ERR_BUSY when another writer holds
 * on. */
enum err_code db_begin(struct db *db, enum tx tx, struct err *e);
enum err_code db_commit(struct db *db, struct err *e);
/* Harmless when no transaction is open. */
void db_rollback(struct db *db);
bool db_in_transaction(struct db *db);
/* While casual, a lock that another holds is ERR_BUSY at once, and a commit does not wait for the
 * disk: for notes such as "last used" that are worth no wait and may be lost in a power cut. Not
 * inside a transaction. */
void db_casual(struct db *db, bool casual);

/* Changes with every change of the data: by others in one of the files, among the live numbers, or by this
 * connection.
 * Asked inside a transaction it belongs to what that transaction sees. */
struct db_version {
	int64_t main, series, live, own;
};
enum err_code db_version(struct db *db, struct db_version *out, struct err *e);

/* Does the schema still fit? A worker asks now and then, so that it stops serving when somebody
 * migrated. */
enum err_code db_check_schema(struct db *db, struct err *e);

#endif
