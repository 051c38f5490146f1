/* series_store.c: see series_store.h */
#include "collect/series_store.h"

#include <string.h>

#include "base/log.h"
#include "collect/series_codec.h"

static const int64_t spans_s[TABLES] = { 3600, 3600, 6 * 3600, 86400, 7 * 86400, SERIES_MINUTE_S };

static const int64_t least_s[TIERS] = { 2 * 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400 };

enum { LIMIT_MIN_MB = 16 };

void series_store_keep(const struct config *cfg, int64_t keep_s[TIERS])
{
	keep_s[TIER_RAW] = cfg->app.metrics_raw_hours * 3600;
	keep_s[TIER_MINUTE] = cfg->app.metrics_minute_days * 86400;
	keep_s[TIER_5MIN] = cfg->app.metrics_5min_days * 86400;
	keep_s[TIER_30MIN] = cfg->app.metrics_30min_days * 86400;
	keep_s[TIER_HOUR] = cfg->app.metrics_hour_days * 86400;
}

int64_t series_store_least_s(int table)
{
	return least_s[table];
}

int64_t series_store_limit(const struct config *cfg)
{
	int64_t mb = cfg->app.metrics_max_mb;

	if (!mb)
		return INT64_MAX;
	return (mb < LIMIT_MIN_MB ? LIMIT_MIN_MB : mb) << 20;
}

int64_t series_store_span_s(int table)
{
	return spans_s[table];
}

int64_t series_store_floor(int64_t ts, int64_t step_s)
{
	return ts - ts % step_s;
}

int64_t series_store_id(int table, int64_t ts, int64_t subject)
{
	return ts / spans_s[table] << SUBJECT_BITS | subject;
}

static const struct field subject_fields[] = {
	{ FIELD(struct series_subject, id) },
	{ FIELD(struct series_subject, kind) },
	{ FIELD(struct series_subject, name) },
	{ FIELD_AS(struct series_subject, marks[TIER_RAW], "mark_raw") },
	{ FIELD_AS(struct series_subject, marks[TIER_MINUTE], "mark_minute") },
	{ FIELD_AS(struct series_subject, marks[TIER_5MIN], "mark_5min") },
	{ FIELD_AS(struct series_subject, marks[TIER_30MIN], "mark_30min") },
	{ FIELD_AS(struct series_subject, marks[TIER_HOUR], "mark_hour") },
	{ .key = NULL },
};
static const struct shape subject_shape = { "SeriesSubject", sizeof(struct series_subject),
					    subject_fields };

struct block {
	int64_t id;
	struct blob data;
};
static const struct field block_fields[] = {
	{ FIELD(struct block, id) },
	{ FIELD(struct block, data) },
	{ .key = NULL },
};
static const struct shape block_shape = { "SeriesBlock", sizeof(struct block), block_fields };

struct range {
	int64_t from, to, limit;
};
static const struct field range_fields[] = {
	{ FIELD(struct range, from) },
	{ FIELD(struct range, to) },
	{ FIELD(struct range, limit) },
	{ .key = NULL },
};
static const struct shape range_shape = { "SeriesRange", sizeof(struct range), range_fields };

#define SUBJECT_COLUMNS "id, kind, name, mark_raw, mark_minute, mark_5min, mark_30min, mark_hour"

QUERY(q_subject) = {
	.sql = "SELECT " SUBJECT_COLUMNS
	       " FROM series.series_subject WHERE kind = :kind AND name = :name",
	.in = &subject_shape,
	.out = &subject_shape,
};

QUERY(q_subject_new) = {
	.sql = "INSERT INTO series.series_subject"
	       " (id, kind, name, mark_raw, mark_minute, mark_5min, mark_30min, mark_hour) VALUES"
	       " (:id, :kind, :name, :mark_raw, :mark_minute, :mark_5min, :mark_30min, :mark_hour)",
	.in = &subject_shape,
};

QUERY(q_subject_last) = {
	.sql = "SELECT id FROM series.series_subject ORDER BY id DESC LIMIT 1",
	.out = &block_shape,
};

/* One that was deleted. */
QUERY(q_subject_gap) = {
	.sql = "SELECT s.id + 1 AS id FROM series.series_subject s WHERE NOT EXISTS"
	       " (SELECT 1 FROM series.series_subject n WHERE n.id = s.id + 1) ORDER BY s.id LIMIT 1",
	.out = &block_shape,
	.scans = true,
};

QUERY(q_subject_delete) = {
	.sql = "DELETE FROM series.series_subject WHERE id = :id",
	.in = &subject_shape,
};

struct group {
	int64_t kind, limit, n;
	const char *name, *end;
};
static const struct field group_fields[] = {
	{ FIELD(struct group, kind) }, { FIELD(struct group, limit) }, { FIELD(struct group, n) },
	{ FIELD(struct group, name) }, { FIELD(struct group, end) },   { .key = NULL },
};
static const struct shape group_shape = { "SeriesGroup", sizeof(struct group), group_fields };

QUERY(q_group) = {
	.sql = "SELECT count(*) AS n FROM (SELECT 1 FROM series.series_subject"
	       " WHERE kind = :kind AND name >= :name AND name < :end LIMIT :limit)",
	.in = &group_shape,
	.out = &group_shape,
};

QUERY(q_subject_put) = {
	.sql = "UPDATE series.series_subject SET mark_raw = :mark_raw, mark_minute = :mark_minute,"
	       " mark_5min = :mark_5min, mark_30min = :mark_30min, mark_hour = :mark_hour WHERE id = :id",
	.in = &subject_shape,
};

QUERY(q_behind) = {
	.sql = "SELECT " SUBJECT_COLUMNS
	       " FROM series.series_subject WHERE mark_raw < :to ORDER BY mark_raw LIMIT :limit",
	.in = &range_shape,
	.out = &subject_shape,
};

QUERY(q_ahead) = {
	.sql = "SELECT " SUBJECT_COLUMNS
	       " FROM series.series_subject WHERE mark_raw > :from AND mark_raw < :to"
	       " ORDER BY mark_raw LIMIT :limit",
	.in = &range_shape,
	.out = &subject_shape,
};

/* "from" is an id, "to" the mark that stands for none. */
QUERY(q_resting) = {
	.sql = "SELECT " SUBJECT_COLUMNS
	       " FROM series.series_subject WHERE mark_raw = :to AND id > :from ORDER BY id LIMIT :limit",
	.in = &range_shape,
	.out = &subject_shape,
};

struct pages {
	int64_t page_count, freelist_count, page_size;
};
static const struct field pages_fields[] = {
	{ FIELD(struct pages, page_count) },
	{ FIELD(struct pages, freelist_count) },
	{ FIELD(struct pages, page_size) },
	{ .key = NULL },
};
static const struct shape pages_shape = { "SeriesPages", sizeof(struct pages), pages_fields };

QUERY(q_page_count) = { .sql = "PRAGMA series.page_count", .out = &pages_shape };
QUERY(q_freelist_count) = { .sql = "PRAGMA series.freelist_count", .out = &pages_shape };
QUERY(q_page_size) = { .sql = "PRAGMA series.page_size", .out = &pages_shape };

/* The same statements for each table of blocks. */
#define BLOCK_QUERIES(table) \
	QUERY(q_get_##table) = { \
		.sql = "SELECT id, data FROM series.series_" #table " WHERE id = :id", \
		.in = &block_shape, \
		.out = &block_shape, \
	}; \
	QUERY(q_put_##table) = { \
		.sql = "REPLACE INTO series.series_" #table " (id, data) VALUES (:id, :data)", \
		.in = &block_shape, \
	}; \
	QUERY(q_first_##table) = { \
		.sql = "SELECT id FROM series.series_" #table " ORDER BY id LIMIT 1", \
		.out = &block_shape, \
	}; \
	QUERY(q_delete_##table) = { \
		.sql = "DELETE FROM series.series_" #table \
		       " WHERE id IN (SELECT id FROM series.series_" #table \
		       " WHERE id >= :from AND id < :to ORDER BY id LIMIT :limit)", \
		.in = &range_shape, \
	}

BLOCK_QUERIES(raw);
BLOCK_QUERIES(minute);
BLOCK_QUERIES(5min);
BLOCK_QUERIES(30min);
BLOCK_QUERIES(hour);
BLOCK_QUERIES(open);

#define EACH_TABLE(what) \
	{ \
		&q_##what##_raw, &q_##what##_minute, &q_##what##_5min, &q_##what##_30min, \
			&q_##what##_hour, &q_##what##_open \
	}

static struct query *const q_get[TABLES] = EACH_TABLE(get);
static struct query *const q_put[TABLES] = EACH_TABLE(put);
static struct query *const q_first[TABLES] = EACH_TABLE(first);
static struct query *const q_delete[TABLES] = EACH_TABLE(delete);

QUERY(q_open_before) = {
	.sql = "SELECT id FROM series.series_open WHERE id < :id ORDER BY id DESC LIMIT 1",
	.in = &block_shape,
	.out = &block_shape,
};

static enum err_code subject_take(void *row, void *ctx, struct err *e)
{
	const struct series_subject *from = row;
	struct series_subject *to = ctx;
	const char *name = to->name; /* that of the row lives for this call only */

	(void)e;
	*to = *from;
	to->name = name;
	return ERR_NONE;
}

enum err_code series_store_subject(struct db *db, int64_t kind, const char *name,
				   struct series_subject *out, struct err *e)
{
	*out = (struct series_subject){ .kind = kind, .name = name };
	for (enum series_tier t = TIER_RAW; t < TIERS; t++)
		out->marks[t] = MARK_NEVER;
	return db_each(db, &q_subject, out, subject_take, out, e);
}

enum err_code series_store_subject_put(struct db *db, const struct series_subject *s, struct err *e)
{
	return db_run(db, &q_subject_put, s, e);
}

static enum err_code id_take(void *row, void *ctx, struct err *e)
{
	(void)e;
	*(int64_t *)ctx = ((const struct block *)row)->id;
	return ERR_NONE;
}

enum err_code series_store_subject_new(struct db *db, struct series_subject *s, struct err *e)
{
	int64_t id = 0;
	enum err_code code = db_each(db, &q_subject_last, NULL, id_take, &id, e);

	if (!code && ++id > MAX_SUBJECTS)
		code = db_each(db, &q_subject_gap, NULL, id_take, &id, e);
	s->id = id <= MAX_SUBJECTS ? id : 0;
	return code || !s->id ? code : db_run(db, &q_subject_new, s, e);
}

enum err_code series_store_subject_delete(struct db *db, const struct series_subject *s,
					  struct err *e)
{
	return db_run(db, &q_subject_delete, s, e);
}

enum err_code series_store_group_count(struct db *db, int64_t kind, const char *prefix, int64_t *n,
				       struct err *e)
{
	struct arena *a = arena_new();
	char *end = arena_strdup(a, prefix);
	struct group g = { .kind = kind, .limit = GROUP_SUBJECTS, .name = prefix, .end = end };
	enum err_code code;

	end[strlen(end) - 1]++; /* the next character: a name that begins so is less */
	code = db_get(db, &q_group, &g, &g, NULL, e);
	*n = g.n;
	arena_free(a);
	return code;
}

struct listing {
	struct arena *arena;
	struct series_subject *out;
	int64_t n;
};

static enum err_code listing_add(void *row, void *ctx, struct err *e)
{
	struct listing *l = ctx;
	struct series_subject *s = &l->out[l->n++];

	(void)e;
	*s = *(const struct series_subject *)row;
	s->name = arena_strdup(l->arena, s->name);
	return ERR_NONE;
}

static enum err_code subjects_list(struct db *db, struct query *q, const struct range *in,
				   struct arena *a, struct series_subject *out, int64_t *n,
				   struct err *e)
{
	struct listing l = { .arena = a, .out = out };
	enum err_code code = db_each(db, q, in, listing_add, &l, e);

	*n = l.n;
	return code;
}

enum err_code series_store_behind(struct db *db, int64_t ts, int64_t limit, struct arena *a,
				  struct series_subject *out, int64_t *n, struct err *e)
{
	struct range in = { .to = ts, .limit = limit };

	return subjects_list(db, &q_behind, &in, a, out, n, e);
}

enum err_code series_store_ahead(struct db *db, int64_t ts, int64_t limit, struct arena *a,
				 struct series_subject *out, int64_t *n, struct err *e)
{
	struct range in = { ts, MARK_NEVER, limit };

	return subjects_list(db, &q_ahead, &in, a, out, n, e);
}

enum err_code series_store_resting(struct db *db, int64_t id, int64_t limit, struct arena *a,
				   struct series_subject *out, int64_t *n, struct err *e)
{
	struct range in = { id, MARK_NEVER, limit };

	return subjects_list(db, &q_resting, &in, a, out, n, e);
}

struct loading {
	int table;
	struct series_rows *out;
};

static enum series_tier tier_of(int table)
{
	return table == TABLE_OPEN ? TIER_RAW : (enum series_tier)table;
}

/* A damaged block has no rows: one is lost, the history goes on. */
static enum err_code block_decode(void *row, void *ctx, struct err *e)
{
	const struct block *b = row;
	const struct loading *l = ctx;

	(void)e;
	if (!series_codec_read(b->data.data, b->data.size, tier_of(l->table), l->out))
		log_line(LOG_ERROR, "series table=%d block=%lld is damaged", l->table,
			 (long long)b->id);
	return ERR_NONE;
}

enum err_code series_store_load(struct db *db, int table, int64_t id, struct series_rows *out,
				struct err *e)
{
	struct block in = { .id = id };
	struct loading l = { table, out };

	return db_each(db, q_get[table], &in, block_decode, &l, e);
}

static enum err_code save(struct db *db, int table, int64_t id, struct series_form form,
			  const struct series_row *rows, size_t n, struct err *e)
{
	struct buf bytes = { 0 };
	struct block in = { .id = id };
	enum err_code code;

	series_codec_write(&bytes, form, tier_of(table), rows, n);
	in.data = (struct blob){ bytes.data, bytes.size };
	code = db_run(db, q_put[table], &in, e);
	buf_done(&bytes);
	return code;
}

enum err_code series_store_save(struct db *db, int table, int64_t id,
				const struct series_rows *rows, struct err *e)
{
	return save(db, table, id, rows->form, rows->v, rows->n, e);
}

/* Both ascending; of two with the same time one remains. */
static void rows_merge(struct series_rows *out, const struct series_rows *old,
		       const struct series_row *rows, size_t n, enum merge how)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < n) {
		bool from_old = j == n || (i < old->n && old->v[i].ts < rows[j].ts);
		bool both = i < old->n && j < n && old->v[i].ts == rows[j].ts;

		if (both)
			from_old = how == MERGE_KEEP;
		*series_rows_add(out) = from_old ? old->v[i] : rows[j];
		i += from_old || both;
		j += !from_old || both;
	}
}

enum err_code series_store_merge(struct db *db, int table, int64_t subject,
				 const struct series_rows *rows, enum merge how, struct err *e)
{
	struct series_rows old = { 0 }, merged = { 0 };
	enum err_code code = ERR_NONE;
	size_t to;

	for (size_t from = 0; !code && from < rows->n; from = to) {
		int64_t id = series_store_id(table, rows->v[from].ts, subject);

		for (to = from; to < rows->n; to++)
			if (series_store_id(table, rows->v[to].ts, subject) != id)
				break;
		old.form = rows->form;
		old.n = merged.n = 0;
		code = series_store_load(db, table, id, &old, e);
		if (code)
			break;
		rows_merge(&merged, &old, rows->v + from, to - from, how);
		code = save(db, table, id, old.form, merged.v, merged.n, e);
	}
	series_rows_done(&old);
	series_rows_done(&merged);
	return code;
}

enum err_code series_store_delete(struct db *db, int table, int64_t from, int64_t to, int64_t limit,
				  bool *more, struct err *e)
{
	struct range in = { from, to, limit };
	enum err_code code = db_run(db, q_delete[table], &in, e);

	*more = !code && db_changes(db) == limit;
	return code;
}

/* The smallest id of a table; the largest of all when it is empty. */
static enum err_code first_id(struct db *db, int table, int64_t *out, struct err *e)
{
	*out = INT64_MAX;
	return db_each(db, q_first[table], NULL, id_take, out, e);
}

enum err_code series_store_oldest(struct db *db, int table, int64_t *ts, struct err *e)
{
	int64_t id;
	enum err_code code = first_id(db, table, &id, e);

	*ts = id == INT64_MAX ? id : (id >> SUBJECT_BITS) * spans_s[table];
	return code;
}

enum err_code series_store_used(struct db *db, int64_t *bytes, struct err *e)
{
	struct pages p = { 0 };
	enum err_code code = db_get(db, &q_page_count, NULL, &p, NULL, e);
	int64_t count = p.page_count, free_count;

	if (!code)
		code = db_get(db, &q_freelist_count, NULL, &p, NULL, e);
	free_count = p.freelist_count;
	if (!code)
		code = db_get(db, &q_page_size, NULL, &p, NULL, e);
	*bytes = (count - free_count) * p.page_size;
	return code;
}

enum err_code series_store_closed(struct db *db, int64_t *out, struct err *e)
{
	struct block in = { .id = INT64_MAX };
	enum err_code code = ERR_NONE;

	*out = 0;
	while (!code) {
		int64_t id = 0, minute, mark = 0;

		/* the last id of the newest minute, then the first one of it */
		code = db_each(db, &q_open_before, &in, id_take, &id, e);
		if (code || !id)
			return code;
		minute = id >> SUBJECT_BITS;
		in.id = minute << SUBJECT_BITS;
		if (id != in.id)
			code = db_each(db, q_get[TABLE_OPEN], &in, id_take, &mark, e);
		if (id == in.id || mark) {
			*out = minute * SERIES_MINUTE_S;
			return code;
		}
	}
	return code;
}

enum err_code series_store_end(struct db *db, int64_t *out, struct err *e)
{
	struct block in = { .id = INT64_MAX };
	int64_t id = -1;
	enum err_code code = db_each(db, &q_open_before, &in, id_take, &id, e);

	*out = id < 0 ? 0 : ((id >> SUBJECT_BITS) + 1) * SERIES_MINUTE_S;
	return code;
}

enum err_code series_store_close(struct db *db, int64_t ts, struct err *e)
{
	struct block in = { .id = series_store_id(TABLE_OPEN, ts, 0) };

	return db_run(db, q_put[TABLE_OPEN], &in, e);
}

/* A tier that is made of the rows of a finer one. */
struct maker {
	struct series_sink sink; /* gets the finer rows */
	struct series_sink *out;
	int64_t step_s;
	struct series_form form;
	struct series_row bucket;
	bool begun, stopped;
};

static void cell_add(struct series_cell *to, const struct series_cell *older, bool last)
{
	if (older->n == 0)
		return;
	if (to->n == 0) {
		*to = *older;
		return;
	}
	if (last)
		return;
	to->n += older->n;
	to->sum = (int64_t)((uint64_t)to->sum +
			    (uint64_t)older->sum); /* a damaged block is no crash */
	if (older->min < to->min)
		to->min = older->min;
	if (older->max > to->max)
		to->max = older->max;
}

static bool maker_row(struct series_sink *sink, struct series_form form,
		      const struct series_row *row)
{
	struct maker *m = (struct maker *)sink; /* its first member */
	int64_t ts = series_store_floor(row->ts, m->step_s);

	if (m->begun && ts != m->bucket.ts && !m->out->row(m->out, m->form, &m->bucket)) {
		m->stopped = true;
		return false;
	}
	m->form = series_rows_join(m->form, form);
	if (!m->begun || ts != m->bucket.ts) {
		m->bucket = *row;
		m->bucket.ts = ts;
		m->begun = true;
		return true;
	}
	m->bucket.samples += row->samples;
	for (size_t i = 0; i < form.metrics; i++)
		cell_add(&m->bucket.cells[i], &row->cells[i], form.last >> i & 1);
	return true;
}

/* One walk: what it goes through, and whether the sink has enough. */
struct walk {
	struct db *db;
	const struct series_subject *subject;
	struct series_rows rows; /* of one block */
};

static enum err_code walk_tier(struct walk *w, enum series_tier tier, int64_t from, int64_t to,
			       struct series_sink *sink, bool *enough, struct err *e);

static enum err_code walk_blocks(struct walk *w, int table, int64_t from, int64_t to,
				 struct series_sink *sink, bool *enough, struct err *e)
{
	int64_t first;
	enum err_code code = first_id(w->db, table, &first, e);
	int64_t id = series_store_id(table, to - 1, w->subject->id);
	int64_t last = series_store_id(table, from, w->subject->id);

	for (; !code && !*enough && id >= last && id >= first; id -= 1 << SUBJECT_BITS) {
		w->rows.n = 0;
		code = series_store_load(w->db, table, id, &w->rows, e);
		for (size_t i = w->rows.n; !code && !*enough && i-- > 0;)
			if (w->rows.v[i].ts >= from && w->rows.v[i].ts < to)
				*enough = !sink->row(sink, w->rows.form, &w->rows.v[i]);
	}
	return code;
}

static enum err_code walk_made(struct walk *w, enum series_tier tier, int64_t from, int64_t to,
			       struct series_sink *sink, bool *enough, struct err *e)
{
	struct maker m = {
		.sink = { maker_row },
		.out = sink,
		.step_s = series_tier_step_s(tier),
	};
	enum err_code code = walk_tier(w, tier - 1, from, to, &m.sink, enough, e);

	if (!code && !m.stopped && m.begun)
		*enough = !sink->row(sink, m.form, &m.bucket);
	return code;
}

static enum err_code walk_tier(struct walk *w, enum series_tier tier, int64_t from, int64_t to,
			       struct series_sink *sink, bool *enough, struct err *e)
{
	int64_t mark = w->subject->marks[tier];
	int64_t young = from > mark ? from : mark;
	enum err_code code = ERR_NONE;

	if (young < to && tier == TIER_RAW)
		code = walk_blocks(w, TABLE_OPEN, young, to, sink, enough, e);
	else if (young < to)
		code = walk_made(w, tier, young, to, sink, enough, e);
	if (!code && !*enough && from < mark && from < to)
		code = walk_blocks(w, (int)tier, from, to < mark ? to : mark, sink, enough, e);
	return code;
}

enum err_code series_store_walk(struct db *db, const struct series_subject *s,
				enum series_tier tier, int64_t from, int64_t to,
				struct series_sink *sink, struct err *e)
{
	struct walk w = { .db = db, .subject = s };
	bool enough = false;
	enum err_code code = walk_tier(&w, tier, from, to, sink, &enough, e);

	series_rows_done(&w.rows);
	return code;
}
