/* series.c: the writer: what was collected goes into the open hour, full hours into blocks, old
 * blocks away; see series.h */
#include "collect/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/log.h"
#include "collect/series_store.h"

enum {
	HOUR_S = 3600,
	DAY_S = 86400,
	LATE_S = 30,	    /* after the end of a minute its samples may still come */
	EARLY_S = 60,	    /* so far ahead of our clock a sample may be */
	PATIENCE_S = 3600,  /* so long a clock may be behind what was stored */
	MAX_ITEMS = 200000, /* kept in memory while nothing can be stored; ten minutes of 3000
			       subjects */
	SEAL_SUBJECTS = 50, /* rolled up by one call: 3000 blocks of the open hour */
	PRUNE_BLOCKS = 5000,
	BURY_SUBJECTS = 20, /* looked at by one call */
	GROWTH = 2,
	FIRST_ITEMS = 256,
};

/* 2025-01-01: a clock that shows less was never set. */
static const int64_t built_s = 1735689600;

/* The largest whole number; all of its size are exact in a double, and an hour of them has a sum. */
static const double max_value = 9e15;

/* A sample, or a bucket from elsewhere, in units of the last decimals. */
struct item {
	const struct series_kind *kind;
	const char *subject;
	size_t group;
	enum series_tier tier;
	size_t order; /* of two with the same time the later one counts */
	int64_t ts;
	uint64_t present; /* a bit for each value */
	int64_t values[MAX_METRICS];
};

struct batch {
	struct arena *arena; /* of the subjects' names */
	struct item *items;
	size_t n, capacity;
};

static struct {
	struct batch fresh, sent, imported;
	int64_t sent_id, sent_ticket; /* a block beside those of the last flush tells whether it
					 was committed */
	int64_t buried;		      /* up to this id was looked who has no history left */
	bool told_crowded, told_cramped;
} memory;

int64_t series_tier_step_s(enum series_tier tier)
{
	static const int64_t steps_s[TIERS] = { 0, 60, 300, 1800, 3600 };

	return steps_s[tier];
}

const char *series_tier_name(enum series_tier tier)
{
	static const char *const names[TIERS] = { "raw", "minute", "5min", "30min", "hour" };

	return names[tier];
}

static void batch_reset(struct batch *b)
{
	arena_free(b->arena);
	free(b->items);
	*b = (struct batch){ 0 };
}

void series_forget(void)
{
	batch_reset(&memory.fresh);
	batch_reset(&memory.sent);
	batch_reset(&memory.imported);
	memory.buried = 0;
}

static void batch_add(struct batch *b, const struct item *item)
{
	struct item *to;

	if (!b->arena)
		b->arena = arena_new();
	if (b->n == b->capacity) {
		b->capacity = b->capacity ? b->capacity * GROWTH : FIRST_ITEMS;
		b->items = realloc(b->items, b->capacity * sizeof(*b->items));
		if (!b->items)
			abort();
	}
	to = &b->items[b->n++];
	*to = *item;
	to->subject = arena_strdup(b->arena, item->subject);
	to->order = b->n;
}

static void collect(struct batch *b, const struct series_sample *sample, enum series_tier tier,
		    int64_t step_s)
{
	struct item item = {
		.kind = sample->kind,
		.subject = sample->subject,
		.group = sample->group,
		.tier = tier,
		.ts = series_store_floor(sample->ts, step_s),
	};
	const struct metric *metrics = sample->kind->metrics;

	for (size_t i = 0; i < MAX_METRICS && metrics[i].name; i++) {
		double v = sample->values[i];

		for (int d = 0; d < metrics[i].decimals && d < MAX_DECIMALS; d++)
			v *= 10;
		if (!(fabs(v) <= max_value))
			continue;
		item.values[i] = llround(v);
		item.present |= (uint64_t)1 << i;
	}
	if (item.present && item.ts > 0)
		batch_add(b, &item);
}

enum err_code series_add(struct db *db, const struct series_sample *sample, struct err *e)
{
	(void)db;
	(void)e;
	if (memory.fresh.n >= MAX_ITEMS) {
		log_line(LOG_WARNING, "series: too much waits to be stored, samples are lost");
		batch_reset(&memory.fresh);
	}
	collect(&memory.fresh, sample, TIER_RAW, sample->kind->raw_step_s);
	return ERR_NONE;
}

void series_import(enum series_tier tier, const struct series_sample *sample)
{
	collect(&memory.imported, sample, tier,
		tier == TIER_RAW ? sample->kind->raw_step_s : series_tier_step_s(tier));
}

static int64_t minute_of(int64_t ts)
{
	return series_store_floor(ts, SERIES_MINUTE_S);
}

/* By subject, tier and time. */
static int item_order(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int names = strcmp(a->subject, b->subject);

	if (a->kind->id != b->kind->id)
		return a->kind->id < b->kind->id ? -1 : 1;
	if (names)
		return names;
	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool is_same_subject(const struct item *a, const struct item *b)
{
	return a->kind->id == b->kind->id && strcmp(a->subject, b->subject) == 0;
}

static void row_fill(struct series_row *row, const struct item *item)
{
	*row = (struct series_row){ .ts = item->ts, .samples = 1 };
	for (size_t i = 0; i < MAX_METRICS; i++)
		if (item->present >> i & 1)
			row->cells[i] = (struct series_cell){ 1, item->values[i], item->values[i],
							      item->values[i] };
}

/* One flush, or what is stored of an import. */
struct flush {
	struct db *db;
	bool imports;
	int64_t now, closed;
	struct series_rows rows; /* of one subject and tier */
	bool full;		 /* no id is left */
	const struct item *one;	 /* of the group that was counted last */
	int64_t group_n;
	int64_t newest; /* sample stored */
};

static bool is_wanted(const struct flush *f, const struct series_subject *s,
		      const struct item *item)
{
	int64_t mark = s->marks[item->tier];

	if (f->imports)
		return item->ts + series_tier_step_s(item->tier) <= (mark < f->now ? mark : f->now);
	return item->ts >= f->closed && (mark == MARK_NEVER || item->ts >= mark) &&
	       item->ts <= f->now + EARLY_S;
}

/* The rows of items[0..n), all of one subject and tier; those that are wanted. */
static void rows_collect(struct flush *f, const struct series_subject *s, const struct item *items,
			 size_t n)
{
	f->rows.form = series_rows_form(items->kind);
	f->rows.n = 0;
	for (size_t i = 0; i < n; i++) {
		bool replaces = f->rows.n && f->rows.v[f->rows.n - 1].ts == items[i].ts;

		if (is_wanted(f, s, &items[i]))
			row_fill(replaces ? &f->rows.v[f->rows.n - 1] : series_rows_add(&f->rows),
				 &items[i]);
	}
}

static bool is_same_group(const struct item *a, const struct item *b)
{
	return a->kind->id == b->kind->id && a->group == b->group &&
	       strncmp(a->subject, b->subject, a->group) == 0;
}

/* Of the group that the item belongs to; *room: one more may be stored. */
static enum err_code group_room(struct flush *f, const struct item *item, bool *room, struct err *e)
{
	struct arena *a;
	enum err_code code = ERR_NONE;

	if (!item->group || item->group > strlen(item->subject)) {
		*room = true;
		return ERR_NONE;
	}
	if (!f->one || !is_same_group(f->one, item)) {
		a = arena_new();
		code = series_store_group_count(f->db, item->kind->id,
						arena_strndup(a, item->subject, item->group),
						&f->group_n, e);
		arena_free(a);
		f->one = item;
	}
	*room = f->group_n++ < GROUP_SUBJECTS;
	return code;
}

/* Id 0 when there is no room for it: its history is left out, that of the others goes on. */
static enum err_code subject_new(struct flush *f, const struct item *item, struct series_subject *s,
				 struct err *e)
{
	bool room = false;
	enum err_code code = f->full ? ERR_NONE : group_room(f, item, &room, e);

	if (!code && room)
		code = series_store_subject_new(f->db, s, e);
	if (code || s->id)
		return code;
	f->full = f->full || room;
	if (!memory.told_crowded)
		log_line(LOG_WARNING, "series: there is no room for the history of %s and others",
			 item->subject);
	memory.told_crowded = true;
	return ERR_NONE;
}

/* A new subject is stored, and one that got its first sample has marks from there on. */
static enum err_code subject_ready(struct flush *f, const struct item *item,
				   struct series_subject *s, struct err *e)
{
	bool begins = !f->imports && s->marks[TIER_RAW] == MARK_NEVER;

	if (begins) {
		s->marks[TIER_RAW] = minute_of(f->rows.v[0].ts);
		for (enum series_tier t = TIER_MINUTE; t < TIERS; t++)
			s->marks[t] = series_store_floor(f->rows.v[0].ts, series_tier_step_s(t));
	}
	if (!s->id)
		return subject_new(f, item, s, e);
	return begins ? series_store_subject_put(f->db, s, e) : ERR_NONE;
}

/* items[0..n), all of one subject. */
static enum err_code subject_flush(struct flush *f, const struct item *items, size_t n,
				   struct err *e)
{
	struct series_subject s;
	enum err_code code = series_store_subject(f->db, items->kind->id, items->subject, &s, e);
	size_t to;

	for (size_t from = 0; !code && from < n; from = to) {
		int table = f->imports ? (int)items[from].tier : TABLE_OPEN;

		for (to = from; to < n && items[to].tier == items[from].tier;)
			to++;
		rows_collect(f, &s, items + from, to - from);
		if (!f->rows.n)
			continue;
		code = subject_ready(f, &items[from], &s, e);
		if (code || !s.id)
			break;
		code = series_store_merge(f->db, table, s.id, &f->rows,
					  f->imports ? MERGE_KEEP : MERGE_REPLACE, e);
		if (f->rows.v[f->rows.n - 1].ts > f->newest)
			f->newest = f->rows.v[f->rows.n - 1].ts;
	}
	return code;
}

static enum err_code block_of_one(struct db *db, int64_t id, int64_t v, struct err *e)
{
	struct series_row row = { .ts = v, .samples = 1 };
	struct series_rows rows = { .v = &row, .n = 1 };

	return series_store_save(db, TABLE_OPEN, id, &rows, e);
}

/* What block_of_one() stored; -1 when there is no such block. */
static enum err_code block_of_one_get(struct db *db, int64_t id, int64_t *v, struct err *e)
{
	struct series_rows rows = { 0 };
	enum err_code code = series_store_load(db, TABLE_OPEN, id, &rows, e);

	*v = rows.n ? rows.v[0].ts : -1;
	series_rows_done(&rows);
	return code;
}

static int64_t ticket_new(void)
{
	int64_t ticket;

	random_fill(&ticket, sizeof(ticket));
	return ticket & INT64_MAX;
}

/* What the last flush stored is forgotten, or comes before what is new. */
static enum err_code sent_settle(struct flush *f, struct err *e)
{
	struct batch all = memory.sent;
	int64_t ticket;
	enum err_code code;

	if (!all.n)
		return ERR_NONE;
	code = block_of_one_get(f->db, memory.sent_id, &ticket, e);
	if (code)
		return code;
	memory.sent = (struct batch){ 0 };
	if (ticket == memory.sent_ticket) {
		batch_reset(&all);
		return ERR_NONE;
	}
	for (size_t i = 0; i < memory.fresh.n; i++)
		batch_add(&all, &memory.fresh.items[i]);
	batch_reset(&memory.fresh);
	memory.fresh = all;
	return ERR_NONE;
}

static enum err_code batch_store(struct flush *f, struct batch *b, struct err *e)
{
	enum err_code code = ERR_NONE;
	size_t to;

	for (size_t i = 0; i < b->n; i++)
		b->items[i].order = i;
	if (b->n)
		qsort(b->items, b->n, sizeof(*b->items), item_order);
	for (size_t from = 0; !code && from < b->n; from = to) {
		for (to = from; to < b->n && is_same_subject(&b->items[from], &b->items[to]);)
			to++;
		code = subject_flush(f, b->items + from, to - from, e);
	}
	return code;
}

static enum err_code ticket_put(struct flush *f, struct err *e)
{
	if (!f->newest)
		return ERR_NONE;
	/* where the open hour grows, so that no page is written for it alone */
	memory.sent_id = series_store_id(TABLE_OPEN, f->newest, SUBJECT_TICKET);
	memory.sent_ticket = ticket_new();
	return block_of_one(f->db, memory.sent_id, memory.sent_ticket, e);
}

/* Afterwards what was stored is kept as sent; or all as fresh. */
static enum err_code fresh_store(struct flush *f, struct err *e)
{
	enum err_code code = batch_store(f, &memory.fresh, e);

	if (!code)
		code = ticket_put(f, e);
	if (code)
		return code;
	if (f->newest)
		memory.sent = memory.fresh;
	else
		batch_reset(&memory.fresh);
	memory.fresh = (struct batch){ 0 };
	return ERR_NONE;
}

enum err_code series_flush(struct db *db, int64_t now, struct err *e)
{
	struct flush f = { .db = db, .now = now };
	enum err_code code = series_store_closed(db, &f.closed, e);

	if (!code)
		code = sent_settle(&f, e);
	if (!code && memory.fresh.n)
		code = fresh_store(&f, e);
	series_rows_done(&f.rows);
	return code;
}

enum err_code series_import_store(struct db *db, int64_t now, struct err *e)
{
	struct flush f = { .db = db, .imports = true, .now = now };
	/* samples that wait set the marks, and come before what an import knows of their time */
	enum err_code code = memory.fresh.n ? series_flush(db, now, e) : ERR_NONE;

	if (!code)
		code = batch_store(&f, &memory.imported, e);
	batch_reset(&memory.imported);
	series_rows_done(&f.rows);
	return code;
}

/* Collects the rows of a walk, newest first. */
struct collector {
	struct series_sink sink;
	struct series_rows rows;
};

static bool collector_row(struct series_sink *sink, struct series_form form,
			  const struct series_row *row)
{
	struct collector *c = (struct collector *)sink; /* its first member */

	c->rows.form = series_rows_join(c->rows.form, form);
	*series_rows_add(&c->rows) = *row;
	return true;
}

static void rows_reverse(struct series_rows *rows)
{
	for (size_t i = 0; i < rows->n / 2; i++) {
		struct series_row row = rows->v[i];

		rows->v[i] = rows->v[rows->n - 1 - i];
		rows->v[rows->n - 1 - i] = row;
	}
}

/* Puts what the tier would be made of up to ts into its blocks. */
static enum err_code tier_fill(struct db *db, struct series_subject *s, enum series_tier tier,
			       int64_t ts, struct err *e)
{
	struct collector c = { .sink = { collector_row } };
	enum err_code code;

	if (ts <= s->marks[tier])
		return ERR_NONE;
	code = series_store_walk(db, s, tier, s->marks[tier], ts, &c.sink, e);
	rows_reverse(&c.rows);
	if (!code)
		code = series_store_merge(db, (int)tier, s->id, &c.rows, MERGE_REPLACE, e);
	s->marks[tier] = ts;
	series_rows_done(&c.rows);
	return code;
}

static bool row_found(struct series_sink *sink, struct series_form form,
		      const struct series_row *row)
{
	(void)form;
	(void)row;
	((struct collector *)sink)->rows.n++;
	return false;
}

static enum err_code has_rows(struct db *db, const struct series_subject *s, enum series_tier tier,
			      int64_t from, int64_t to, bool *has, struct err *e)
{
	struct collector c = { .sink = { row_found } };
	enum err_code code = series_store_walk(db, s, tier, from, to, &c.sink, e);

	*has = c.rows.n > 0;
	return code;
}

/* Every tier up to its last full block before ts. Who had no sample while the coarsest one went on by
 * a block has all in blocks, and rests until it gets another. */
static enum err_code subject_seal(struct db *db, struct series_subject *s, int64_t ts,
				  struct err *e)
{
	int64_t from = s->marks[TIER_HOUR];
	enum err_code code = ERR_NONE;
	bool lives = true;

	for (enum series_tier t = TIER_RAW; !code && t < TIERS; t++)
		code = tier_fill(db, s, t, series_store_floor(ts, series_store_span_s((int)t)), e);
	if (!code && s->marks[TIER_HOUR] > from)
		code = has_rows(db, s, TIER_HOUR, from, ts + 2 * HOUR_S, &lives, e);
	for (enum series_tier t = TIER_RAW; !lives && t < TIERS; t++)
		s->marks[t] = MARK_NEVER;
	return code ? code : series_store_subject_put(db, s, e);
}

/* *more: some are still behind. */
static enum err_code seal(struct db *db, int64_t ts, bool *more, struct err *e)
{
	struct arena *a = arena_new();
	struct series_subject *subjects = ARENA_ARRAY(a, struct series_subject, SEAL_SUBJECTS);
	int64_t n;
	enum err_code code = series_store_behind(db, ts, SEAL_SUBJECTS, a, subjects, &n, e);

	for (int64_t i = 0; !code && i < n; i++)
		code = subject_seal(db, &subjects[i], ts, e);
	*more = n == SEAL_SUBJECTS;
	arena_free(a);
	return code;
}

/* Until when a tier may be cut: what the next one does not have yet stays. */
static int64_t taken_until(int tier, int64_t sealed)
{
	return tier + 1 < TIERS ? series_store_floor(sealed, series_store_span_s(tier + 1))
				: INT64_MAX;
}

/* A tier is cut where it is older than its retention and the next one has it, in whole blocks. */
static enum err_code prune(struct db *db, const struct config *cfg, int64_t now, int64_t sealed,
			   bool *more, struct err *e)
{
	int64_t keep_s[TIERS];
	enum err_code code = series_store_delete(
		db, TABLE_OPEN, 0, series_store_id(TABLE_OPEN, sealed, 0), PRUNE_BLOCKS, more, e);

	series_store_keep(cfg, keep_s);
	for (int t = TIER_RAW; !code && !*more && t < TIERS; t++) {
		int64_t before = now - keep_s[t], taken = taken_until(t, sealed);

		if (taken < before)
			before = taken;
		if (before > 0)
			code = series_store_delete(db, t, 0, series_store_id(t, before, 0),
						   PRUNE_BLOCKS, more, e);
	}
	return code;
}

/* The tier whose oldest block is the oldest for the time it is kept, so that all shrink alike; of
 * those that may be cut. *end: of that block; TIERS: there is none. */
static enum err_code oldest_find(struct db *db, const struct config *cfg, int64_t now,
				 int64_t sealed, int *tier, int64_t *end, struct err *e)
{
	int64_t keep_s[TIERS], begin;
	double oldest = 0;
	enum err_code code = ERR_NONE;

	series_store_keep(cfg, keep_s);
	*tier = TIERS;
	for (int t = TIER_RAW; !code && t < TIERS; t++) {
		double age;

		code = series_store_oldest(db, t, &begin, e);
		if (code || begin == INT64_MAX)
			continue;
		age = (double)(now - begin) / (double)keep_s[t];
		begin += series_store_span_s(t);
		if (begin > taken_until(t, sealed) || begin > now - series_store_least_s(t) ||
		    age <= oldest)
			continue;
		oldest = age;
		*tier = t;
		*end = begin;
	}
	return code;
}

/* Where the file has more than it may: one stretch of one tier. */
static enum err_code prune_size(struct db *db, const struct config *cfg, int64_t now,
				int64_t sealed, bool *more, struct err *e)
{
	int64_t limit = series_store_limit(cfg), used = 0, end;
	int tier;
	bool whole;
	enum err_code code = limit == INT64_MAX ? ERR_NONE : series_store_used(db, &used, e);

	if (code || used <= limit)
		return code;
	code = oldest_find(db, cfg, now, sealed, &tier, &end, e);
	if (code)
		return code;
	if (tier < TIERS) {
		*more = true;
		return series_store_delete(db, tier, 0, series_store_id(tier, end, 0), PRUNE_BLOCKS,
					   &whole, e);
	}
	if (!memory.told_cramped)
		log_line(LOG_WARNING,
			 "series.db is larger than APP_METRICS_MAX_MB, but charts need "
			 "what is left");
	memory.told_cramped = true;
	return ERR_NONE;
}

/* Subjects that rest go when none of their history is left; a few are looked at each time. */
static enum err_code bury(struct db *db, int64_t now, struct err *e)
{
	struct arena *a = arena_new();
	struct series_subject *subjects = ARENA_ARRAY(a, struct series_subject, BURY_SUBJECTS);
	int64_t n;
	enum err_code code =
		series_store_resting(db, memory.buried, BURY_SUBJECTS, a, subjects, &n, e);

	for (int64_t i = 0; !code && i < n; i++) {
		bool has = false;

		for (int t = TIERS; !code && !has && t-- > TIER_RAW;)
			code = has_rows(db, &subjects[i], (enum series_tier)t, 0, now + DAY_S, &has,
					e);
		if (!code && !has)
			code = series_store_subject_delete(db, &subjects[i], e);
	}
	memory.buried = n == BURY_SUBJECTS ? subjects[n - 1].id : 0;
	arena_free(a);
	return code;
}

/* Forgets what was stored of times from ts on, in one tier of one subject. */
static enum err_code tier_cut(struct db *db, struct series_subject *s, enum series_tier tier,
			      int64_t ts, struct err *e)
{
	int64_t step_s = tier == TIER_RAW ? SERIES_MINUTE_S : series_tier_step_s(tier);
	int64_t from = series_store_floor(ts, step_s);
	int64_t id = series_store_id((int)tier, from, s->id);
	struct series_rows rows = { 0 };
	enum err_code code = series_store_load(db, (int)tier, id, &rows, e);
	size_t n = 0;
	bool more;

	if (from < s->marks[tier])
		s->marks[tier] = from;
	while (n < rows.n && rows.v[n].ts < from)
		n++;
	if (!code && n < rows.n) {
		rows.n = n;
		code = n ? series_store_save(db, (int)tier, id, &rows, e)
			 : series_store_delete(db, (int)tier, id, id + 1, 1, &more, e);
	}
	series_rows_done(&rows);
	return code;
}

/* Forgets what was stored of times from ts on. */
static enum err_code cut(struct db *db, int64_t ts, bool *more, struct err *e)
{
	struct arena *a = arena_new();
	struct series_subject *subjects = ARENA_ARRAY(a, struct series_subject, SEAL_SUBJECTS);
	int64_t n;
	enum err_code code = series_store_ahead(db, ts, SEAL_SUBJECTS, a, subjects, &n, e);

	*more = n == SEAL_SUBJECTS;
	for (int64_t i = 0; !code && i < n; i++) {
		for (enum series_tier t = TIER_RAW; !code && t < TIERS; t++)
			code = tier_cut(db, &subjects[i], t, ts, e);
		if (!code)
			code = series_store_subject_put(db, &subjects[i], e);
	}
	arena_free(a);
	/* the open hour at the end: it tells that there is something to cut */
	for (int t = TIER_RAW; !code && !*more && t < TABLES; t++) {
		int64_t from = t == TABLE_OPEN ? ts : ts + series_store_span_s(t);

		code = series_store_delete(db, t, series_store_id(t, from, 0), INT64_MAX,
					   PRUNE_BLOCKS, more, e);
	}
	return code;
}

/* The clock is behind what was stored. It may be wrong now, and soon right again, so nothing is
 * done for a while; or it was wrong then. Block 0 of the open hour tells since when. */
static enum err_code wait_or_cut(struct db *db, int64_t now, bool *more, struct err *e)
{
	int64_t since;
	enum err_code code = block_of_one_get(db, 0, &since, e);

	if (code)
		return code;
	if (since < 0 || since > now) {
		log_line(LOG_WARNING,
			 "the clock is behind the history, which takes no samples until then");
		return block_of_one(db, 0, now, e);
	}
	if (now - since < PATIENCE_S || now < built_s)
		return ERR_NONE;
	log_line(LOG_WARNING, "the clock stays behind: the history of later times goes");
	return cut(db, minute_of(now), more, e);
}

enum err_code series_roll(struct db *db, const struct config *cfg, int64_t now, bool *more,
			  struct err *e)
{
	int64_t closed, complete = minute_of(now - LATE_S), sealed;
	enum err_code code = series_flush(db, now, e);

	*more = false;
	if (!code)
		code = series_store_closed(db, &closed, e);
	if (code)
		return code;
	if (closed > now + EARLY_S)
		return wait_or_cut(db, now, more, e);
	if (complete > closed) {
		code = series_store_close(db, complete, e);
		closed = complete;
	}
	sealed = series_store_floor(closed, HOUR_S);
	if (!code)
		code = seal(db, sealed, more, e);
	if (!code && !*more)
		code = prune(db, cfg, now, sealed, more, e);
	if (!code && !*more)
		code = prune_size(db, cfg, now, sealed, more, e);
	if (!code && !*more)
		code = bury(db, now, e);
	return code;
}
