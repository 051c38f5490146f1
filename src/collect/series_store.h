/* series_store.h: the tables of the series: subjects, blocks, and the walk through the rows of a
 * tier; known to series*.c only */
#ifndef COLLECT_SERIES_STORE_H
#define COLLECT_SERIES_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "collect/series.h"
#include "collect/series_rows.h"

/* The table of the current hour stands behind those of the tiers. */
enum { TABLE_OPEN = TIERS, TABLES };

enum {
	SUBJECT_BITS = 20,
	SUBJECT_TICKET = (1 << SUBJECT_BITS) - 1, /* open hour: that of the flush that ended here */
	MAX_SUBJECTS = SUBJECT_TICKET - 1,
	GROUP_SUBJECTS = 8000, /* of one kind; 64 groups of both kinds fit */
	SERIES_MINUTE_S = 60,
};

/* A mark of a subject that had no sample of its own yet. */
#define MARK_NEVER (INT64_C(1) << 40)

/* How long the configuration keeps each tier. */
void series_store_keep(const struct config *cfg, int64_t keep_s[TIERS]);
/* What charts need of a tier, and a limit in bytes leaves. */
int64_t series_store_least_s(int table);
/* Bytes of the limit; INT64_MAX: there is none. */
int64_t series_store_limit(const struct config *cfg);

/* Seconds of a block. */
int64_t series_store_span_s(int table);
int64_t series_store_floor(int64_t ts, int64_t step_s);
/* Where a block stands: its number in time, and the subject (0 is before all). */
int64_t series_store_id(int table, int64_t ts, int64_t subject);

struct series_subject {
	int64_t id, kind;
	const char *name;
	int64_t marks[TIERS];
};

/* Id 0 and marks that no time reaches: there is none of that name. The name in *out is the
 * caller's. */
enum err_code series_store_subject(struct db *db, int64_t kind, const char *name,
				   struct series_subject *out, struct err *e);
/* Gives it its id; 0: every id is taken. */
enum err_code series_store_subject_new(struct db *db, struct series_subject *s, struct err *e);
/* How many of a kind have names that begin so; counts GROUP_SUBJECTS at most. */
enum err_code series_store_group_count(struct db *db, int64_t kind, const char *prefix, int64_t *n,
				       struct err *e);
/* Up to `limit` subjects without samples of their own, by id, behind that one. */
enum err_code series_store_resting(struct db *db, int64_t id, int64_t limit, struct arena *a,
				   struct series_subject *out, int64_t *n, struct err *e);
enum err_code series_store_subject_delete(struct db *db, const struct series_subject *s,
					  struct err *e);
enum err_code series_store_subject_put(struct db *db, const struct series_subject *s,
				       struct err *e);
/* Up to `limit` subjects whose raw mark is before ts, or behind it; names in the arena. */
enum err_code series_store_behind(struct db *db, int64_t ts, int64_t limit, struct arena *a,
				  struct series_subject *out, int64_t *n, struct err *e);
enum err_code series_store_ahead(struct db *db, int64_t ts, int64_t limit, struct arena *a,
				 struct series_subject *out, int64_t *n, struct err *e);

/* Appends the rows of a block; none when there is no such block, or it is damaged. */
enum err_code series_store_load(struct db *db, int table, int64_t id, struct series_rows *out,
				struct err *e);
enum err_code series_store_save(struct db *db, int table, int64_t id,
				const struct series_rows *rows, struct err *e);
/* The rows, times ascending, into the blocks they belong to; those of the same time are replaced,
 * or kept. */
enum merge { MERGE_REPLACE, MERGE_KEEP };
enum err_code series_store_merge(struct db *db, int table, int64_t subject,
				 const struct series_rows *rows, enum merge how, struct err *e);
/* Deletes up to `limit` blocks with from <= id < to, oldest first; *more when there may be
 * others. */
enum err_code series_store_delete(struct db *db, int table, int64_t from, int64_t to, int64_t limit,
				  bool *more, struct err *e);

/* When the oldest block of a table begins; INT64_MAX: there is none. */
enum err_code series_store_oldest(struct db *db, int table, int64_t *ts, struct err *e);
/* Bytes of the file that hold something. */
enum err_code series_store_used(struct db *db, int64_t *bytes, struct err *e);

/* The time before which no more samples are taken; 0 when nothing tells. */
enum err_code series_store_closed(struct db *db, int64_t *out, struct err *e);
/* The end of the newest minute that has samples or was closed; 0 when there is none. */
enum err_code series_store_end(struct db *db, int64_t *out, struct err *e);
enum err_code series_store_close(struct db *db, int64_t ts, struct err *e);

/* Gets rows; false: no more of them, please. */
struct series_sink {
	bool (*row)(struct series_sink *sink, struct series_form form,
		    const struct series_row *row);
};
/* All rows with from <= ts < to, newest first, whether stored or made of a finer tier. In the tiers
 * of buckets both times are multiples of the step. */
enum err_code series_store_walk(struct db *db, const struct series_subject *s,
				enum series_tier tier, int64_t from, int64_t to,
				struct series_sink *sink, struct err *e);

#endif
