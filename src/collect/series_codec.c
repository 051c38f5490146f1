/* series_codec.c: see series_codec.h
 *
 * A block is one string of bits, high bit first: the version, the form, the number of rows, then
 * column after column. A column is predicted in the one of four
 * ways that leaves least; what is left is divided by its greatest common divisor (memory comes in
 * pages, counters in sectors) and written as Golomb-Rice codes whose parameter follows the values,
 * as in JPEG-LS (ITU-T T.87, A.5). A column that is fully predicted takes no bits per row. */
#include "collect/series_codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	VERSION = 1,
	MAX_QUOTIENT = 20, /* ones before the length of a value in full stand instead */
	WINDOW = 16,	   /* rows that the parameter follows */
	K_STEP = 4,	   /* the first parameter is a multiple of it */
	K_MAX = 48,
};

enum mode {
	FROM_BASE,   /* differences from a value near the mean */
	FROM_LAST,   /* from the row before */
	FROM_SLOPE,  /* from the line through the two rows before */
	FROM_OTHERS, /* from what other columns of the row tell */
	MODES,
};

/* Differences that all have one sign need no bit for it. */
enum signs { NOT_NEGATIVE, NOT_POSITIVE, BOTH_SIGNS };

struct column {
	int64_t *v, *others; /* others: NULL, or the prediction of FROM_OTHERS */
	size_t n;
};

/* Room for one column of a block. */
struct scratch {
	int64_t *v, *others, *left[MODES];
};

static struct scratch scratch_new(size_t rows)
{
	int64_t *room = calloc((2 + MODES) * rows, sizeof(*room));
	struct scratch s = { .v = room, .others = room + rows };

	if (!room)
		abort();
	for (size_t mode = 0; mode < MODES; mode++)
		s.left[mode] = room + (2 + mode) * rows;
	return s;
}

/* Differences wrap around, so that every value has one. */
static int64_t minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t times(int64_t a, uint64_t b)
{
	return (int64_t)((uint64_t)a * b);
}

static uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t u)
{
	return (int64_t)((u >> 1) ^ (u & 1 ? UINT64_MAX : 0));
}

static uint64_t code_of(int64_t left, enum signs signs)
{
	if (signs == BOTH_SIGNS)
		return zigzag(left);
	return signs == NOT_NEGATIVE ? (uint64_t)left : 0 - (uint64_t)left;
}

static int64_t left_of(uint64_t code, enum signs signs)
{
	if (signs == BOTH_SIGNS)
		return unzigzag(code);
	return (int64_t)(signs == NOT_NEGATIVE ? code : 0 - code);
}

static unsigned bits_of(uint64_t u)
{
	return u ? 64 - (unsigned)__builtin_clzll(u) : 0;
}

/* The parameter of the codes: half the mean of what has been seen is best where small ones are more
 * than large ones. */
struct rice {
	uint64_t sum, n;
};

static struct rice rice_init(unsigned k)
{
	return (struct rice){ (uint64_t)1 << k, 1 };
}

static unsigned rice_k(const struct rice *r)
{
	unsigned k = 0;

	while (k < K_MAX && r->n << k < r->sum / 2)
		k++;
	return k;
}

static void rice_learn(struct rice *r, uint64_t u)
{
	const uint64_t most = (uint64_t)1 << K_MAX;

	r->sum += u < most ? u : most;
	if (++r->n == WINDOW) {
		r->sum /= 2;
		r->n /= 2;
	}
}

struct writer {
	struct buf *out;
	uint64_t held; /* the low `n` bits are not in out yet */
	unsigned n;    /* below 8 between calls */
};

static void put(struct writer *w, uint64_t v, unsigned bits)
{
	for (; bits > 32; bits -= 32)
		put(w, v >> (bits - 32) & UINT32_MAX, 32);
	w->held = w->held << bits | (v & (((uint64_t)1 << bits) - 1));
	for (w->n += bits; w->n >= 8; w->n -= 8)
		buf_char(w->out, (char)(w->held >> (w->n - 8)));
}

static void put_varint(struct writer *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put(w, 0x80 | (v & 0x7f), 8);
	put(w, v, 8);
}

static void put_rice(struct writer *w, struct rice *r, uint64_t u)
{
	unsigned k = rice_k(r);
	uint64_t quotient = u >> k;

	if (quotient < MAX_QUOTIENT) {
		put(w, ((uint64_t)1 << (quotient + 1)) - 2, (unsigned)quotient + 1);
		put(w, u, k);
	} else {
		unsigned bits = bits_of(u);

		put(w, ((uint64_t)1 << MAX_QUOTIENT) - 1, MAX_QUOTIENT);
		put(w, bits - 1, 6);
		put(w, u, bits);
	}
	rice_learn(r, u);
}

/* What a way of predicting leaves, and what that costs. */
struct plan {
	enum mode mode;
	int64_t *left;
	size_t n; /* of left */
	enum signs signs;
	uint64_t unit;	/* divides all of left */
	uint64_t total; /* of their codes */
	int64_t base;
	size_t bits;
};

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static uint64_t unit_of(const int64_t *v, size_t n)
{
	uint64_t unit = 0;

	for (size_t i = 0; i < n && unit != 1; i++)
		for (uint64_t b = magnitude(v[i]); b;) {
			uint64_t rest = unit % b;

			if (!unit) {
				unit = b;
				break;
			}
			unit = b;
			b = rest;
		}
	return unit;
}

static int64_t divided(int64_t v, uint64_t unit)
{
	uint64_t q = magnitude(v) / unit;

	return v < 0 ? (int64_t)(0 - q) : (int64_t)q;
}

static enum signs signs_of(const int64_t *v, size_t n)
{
	bool below = false, above = false;

	for (size_t i = 0; i < n; i++) {
		below = below || v[i] < 0;
		above = above || v[i] > 0;
	}
	return below && above ? BOTH_SIGNS : below ? NOT_POSITIVE : NOT_NEGATIVE;
}

static void plan_weigh(struct plan *p)
{
	static const size_t header_bits = 16;

	p->unit = unit_of(p->left, p->n);
	p->signs = signs_of(p->left, p->n);
	p->bits = header_bits + (p->mode == FROM_OTHERS ? 0 : bits_of(zigzag(p->base)));
	if (!p->unit)
		return;
	p->bits += p->unit > 1 ? bits_of(p->unit) : 0;
	for (size_t i = 0; i < p->n; i++) {
		uint64_t u;

		if (p->unit > 1)
			p->left[i] = divided(p->left[i], p->unit);
		u = code_of(p->left[i], p->signs);
		p->total += u >> 12 < UINT64_MAX >> 12 ? u : 0;
		p->bits += bits_of(u) + 1;
	}
}

/* Differences from a value near the mean that lies a multiple of the unit from each. */
static void plan_base(struct plan *p, const struct column *c)
{
	double sum = 0;
	uint64_t unit;

	p->base = c->v[0];
	for (size_t i = 0; i < c->n; i++) {
		p->left[i] = minus(c->v[i], p->base);
		sum += (double)p->left[i] / (double)c->n;
	}
	unit = unit_of(p->left, c->n);
	if (unit && fabs(sum) < 9e18) {
		int64_t shift = times((int64_t)round(sum / (double)unit), unit);

		p->base = plus(p->base, shift);
		for (size_t i = 0; i < c->n; i++)
			p->left[i] = minus(p->left[i], shift);
	}
	p->n = c->n;
}

static void plan_make(struct plan *p, const struct column *c)
{
	p->base = c->v[0];
	switch (p->mode) {
	case FROM_BASE:
		plan_base(p, c);
		break;
	case FROM_LAST:
		for (p->n = 0; p->n + 1 < c->n; p->n++)
			p->left[p->n] = minus(c->v[p->n + 1], c->v[p->n]);
		break;
	case FROM_SLOPE:
		for (p->n = 0; p->n + 2 < c->n; p->n++)
			p->left[p->n] = minus(minus(c->v[p->n + 2], c->v[p->n + 1]),
					      minus(c->v[p->n + 1], c->v[p->n]));
		break;
	default:
		for (p->n = 0; p->n < c->n; p->n++)
			p->left[p->n] = minus(c->v[p->n], c->others[p->n]);
		break;
	}
	plan_weigh(p);
}

static void put_plan(struct writer *w, const struct plan *p, const struct column *c)
{
	struct rice r;
	unsigned k;

	put(w, p->mode, 2);
	put(w, p->unit > 0, 1);
	if (p->mode != FROM_OTHERS)
		put_varint(w, zigzag(p->base));
	if (p->mode == FROM_SLOPE)
		put_varint(w, zigzag(minus(c->v[1], c->v[0])));
	if (!p->unit)
		return;
	k = (bits_of(p->total / p->n) + K_STEP / 2) / K_STEP;
	if (k > K_MAX / K_STEP)
		k = K_MAX / K_STEP;
	put(w, p->signs, 2);
	put(w, p->unit > 1, 1);
	put(w, k, 4);
	if (p->unit > 1)
		put_varint(w, p->unit);
	r = rice_init(k * K_STEP);
	for (size_t i = 0; i < p->n; i++)
		put_rice(w, &r, code_of(p->left[i], p->signs));
}

static void put_column(struct writer *w, const struct column *c, const struct scratch *s)
{
	struct plan best = { .bits = SIZE_MAX };

	for (enum mode mode = 0; mode < MODES; mode++) {
		struct plan p = { .mode = mode, .left = s->left[mode] };

		if ((mode == FROM_SLOPE && c->n < 3) || (mode == FROM_OTHERS && !c->others))
			continue;
		plan_make(&p, c);
		if (p.bits < best.bits)
			best = p;
		if (!p.unit && mode == FROM_BASE)
			break; /* constant: nothing is less */
	}
	put_plan(w, &best, c);
}

struct reader {
	const unsigned char *at, *end;
	uint64_t held;
	unsigned n; /* bits of held that were not taken */
	bool damaged;
};

static uint64_t take(struct reader *r, unsigned bits)
{
	uint64_t v = 0;

	for (; bits > 32; bits -= 32)
		v = take(r, 32);
	while (r->n < bits) {
		if (r->at == r->end) {
			r->damaged = true;
			return 0;
		}
		r->held = r->held << 8 | *r->at++;
		r->n += 8;
	}
	r->n -= bits;
	return v << bits | (r->held >> r->n & (((uint64_t)1 << bits) - 1));
}

static uint64_t take_varint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint64_t byte = take(r, 8);

		v |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	r->damaged = true;
	return 0;
}

static uint64_t take_rice(struct reader *r, struct rice *rice)
{
	unsigned k = rice_k(rice), quotient = 0;
	uint64_t u;

	while (quotient < MAX_QUOTIENT && take(r, 1))
		quotient++;
	if (quotient < MAX_QUOTIENT)
		u = (uint64_t)quotient << k | take(r, k);
	else
		u = take(r, (unsigned)take(r, 6) + 1);
	rice_learn(rice, u);
	return u;
}

/* One difference after the other. */
struct differences {
	struct rice rice;
	enum signs signs;
	uint64_t unit; /* 0: all are */
};

static struct differences take_differences(struct reader *r)
{
	struct differences d = { .signs = (enum signs)take(r, 2) };
	bool scaled = take(r, 1);
	unsigned k = (unsigned)take(r, 4) * K_STEP;

	d.unit = scaled ? take_varint(r) : 1;
	d.rice = rice_init(k < K_MAX ? k : K_MAX);
	return d;
}

static int64_t take_difference(struct reader *r, struct differences *d)
{
	return d->unit ? times(left_of(take_rice(r, &d->rice), d->signs), d->unit) : 0;
}

static void take_column(struct reader *r, const struct column *c)
{
	enum mode mode = (enum mode)take(r, 2);
	bool rest = take(r, 1);
	int64_t base = mode == FROM_OTHERS ? 0 : unzigzag(take_varint(r));
	int64_t slope = mode == FROM_SLOPE ? unzigzag(take_varint(r)) : 0;
	struct differences d = { 0 };
	size_t i = 0;

	if (rest)
		d = take_differences(r);
	if ((mode == FROM_SLOPE && c->n < 3) || (mode == FROM_OTHERS && !c->others))
		r->damaged = true;
	if (r->damaged)
		return;
	if (mode == FROM_LAST || mode == FROM_SLOPE)
		c->v[i++] = base;
	if (mode == FROM_SLOPE)
		c->v[i++] = plus(base, slope);
	for (; i < c->n && !r->damaged; i++) {
		int64_t left = take_difference(r, &d);

		if (mode == FROM_BASE)
			c->v[i] = plus(base, left);
		else if (mode == FROM_OTHERS)
			c->v[i] = plus(c->others[i], left);
		else if (mode == FROM_LAST)
			c->v[i] = plus(c->v[i - 1], left);
		else
			c->v[i] = plus(plus(c->v[i - 1], minus(c->v[i - 1], c->v[i - 2])), left);
	}
}

/* The columns, in their order; those of a metric have only the rows with a value of it. */
enum part { PART_TS, PART_SAMPLES, PART_MASK, PART_N, PART_SUM, PART_MIN, PART_MAX };

static bool is_in(const struct series_row *row, enum part part, size_t metric)
{
	return part < PART_N || row->cells[metric].n > 0;
}

static bool is_bucket(struct series_form form, enum series_tier tier, size_t metric)
{
	return tier != TIER_RAW && !(form.last >> metric & 1);
}

static int64_t mask_of(const struct series_row *row, size_t metrics)
{
	int64_t mask = 0;

	for (size_t m = 0; m < metrics; m++)
		mask |= (int64_t)(row->cells[m].n > 0) << m;
	return mask;
}

static int64_t get(const struct series_row *row, enum part part, size_t metric, size_t metrics)
{
	const struct series_cell *c = &row->cells[metric];

	switch (part) {
	case PART_TS:
		return row->ts;
	case PART_SAMPLES:
		return row->samples;
	case PART_MASK:
		return mask_of(row, metrics);
	case PART_N:
		return c->n;
	case PART_SUM:
		return c->sum;
	case PART_MIN:
		return c->min;
	default:
		return c->max;
	}
}

/* The mask leaves its marks in the cells' n, until a column of n comes. False: damaged. */
static bool set(struct series_row *row, enum part part, size_t metric, size_t metrics, int64_t v)
{
	struct series_cell *c = &row->cells[metric];

	switch (part) {
	case PART_TS:
		row->ts = v;
		return true;
	case PART_SAMPLES:
		row->samples = v;
		return v > 0;
	case PART_MASK:
		for (size_t m = 0; m < metrics; m++)
			row->cells[m].n = v >> m & 1;
		return v >> metrics == 0;
	case PART_N:
		c->n = v;
		return v > 0;
	case PART_SUM:
		c->sum = v;
		return true;
	case PART_MIN:
		c->min = v;
		return true;
	default:
		c->max = v;
		return true;
	}
}

/* Rows of the column, and what others tell of it. */
static struct column column_of(const struct scratch *s, const struct series_row *rows, size_t n,
			       enum part part, size_t metric)
{
	struct column c = { .v = s->v };

	if (part == PART_N || part == PART_MIN || part == PART_MAX)
		c.others = s->others;
	for (size_t i = 0; i < n; i++) {
		const struct series_cell *cell = &rows[i].cells[metric];

		if (!is_in(&rows[i], part, metric))
			continue;
		if (c.others)
			c.others[c.n] = part == PART_N ? rows[i].samples : cell->sum / cell->n;
		c.n++;
	}
	return c;
}

/* One direction of the work for all columns: put() or take(). */
struct work {
	struct series_form form;
	enum series_tier tier;
	size_t n;
	struct scratch s;
};

static void write_part(const struct work *k, struct writer *w, const struct series_row *rows,
		       enum part part, size_t metric)
{
	struct column c = column_of(&k->s, rows, k->n, part, metric);
	size_t at = 0;

	for (size_t i = 0; i < k->n; i++)
		if (is_in(&rows[i], part, metric))
			c.v[at++] = get(&rows[i], part, metric, k->form.metrics);
	if (c.n)
		put_column(w, &c, &k->s);
}

static void read_part(const struct work *k, struct reader *r, struct series_row *rows,
		      enum part part, size_t metric)
{
	struct column c = column_of(&k->s, rows, k->n, part, metric);
	size_t at = 0;

	if (c.n && !r->damaged)
		take_column(r, &c);
	for (size_t i = 0; i < k->n && !r->damaged; i++)
		if (is_in(&rows[i], part, metric) &&
		    !set(&rows[i], part, metric, k->form.metrics, c.v[at++]))
			r->damaged = true;
}

void series_codec_write(struct buf *out, struct series_form form, enum series_tier tier,
			const struct series_row *rows, size_t n)
{
	struct work k = { form, tier, n, scratch_new(n) };
	struct writer w = { .out = out };

	put(&w, VERSION, 3);
	put(&w, form.metrics, 5);
	put(&w, form.last, (unsigned)form.metrics);
	put_varint(&w, n);
	write_part(&k, &w, rows, PART_TS, 0);
	if (tier != TIER_RAW)
		write_part(&k, &w, rows, PART_SAMPLES, 0);
	write_part(&k, &w, rows, PART_MASK, 0);
	for (size_t m = 0; m < form.metrics; m++) {
		enum part from = is_bucket(form, tier, m) ? PART_N : PART_SUM;
		enum part to = is_bucket(form, tier, m) ? PART_MAX : PART_SUM;

		for (enum part part = from; part <= to; part++)
			write_part(&k, &w, rows, part, m);
	}
	put(&w, 0, 7); /* the rest of the last byte */
	free(k.s.v);
}

/* What a block does not hold because it follows. */
static void complete(const struct work *k, struct series_row *rows)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->tier == TIER_RAW)
			rows[i].samples = 1;
		for (size_t m = 0; m < k->form.metrics; m++)
			if (!is_bucket(k->form, k->tier, m))
				rows[i].cells[m].min = rows[i].cells[m].max = rows[i].cells[m].sum;
	}
}

bool series_codec_read(const void *data, size_t size, enum series_tier tier,
		       struct series_rows *out)
{
	const unsigned char *bytes = data;
	struct reader r = { .at = bytes, .end = bytes + size };
	bool known = take(&r, 3) == VERSION;
	struct work k = { .form = { .metrics = take(&r, 5) }, .tier = tier };
	size_t first = out->n;
	struct series_row *rows;

	if (!known || k.form.metrics > MAX_METRICS)
		return false;
	k.form.last = take(&r, (unsigned)k.form.metrics);
	k.n = take_varint(&r);
	if (r.damaged || !k.n || k.n > MAX_BLOCK_ROWS)
		return false;
	for (size_t i = 0; i < k.n; i++)
		series_rows_add(out);
	rows = out->v + first;
	k.s = scratch_new(k.n);
	read_part(&k, &r, rows, PART_TS, 0);
	if (tier != TIER_RAW)
		read_part(&k, &r, rows, PART_SAMPLES, 0);
	read_part(&k, &r, rows, PART_MASK, 0);
	for (size_t m = 0; m < k.form.metrics; m++) {
		enum part from = is_bucket(k.form, tier, m) ? PART_N : PART_SUM;
		enum part to = is_bucket(k.form, tier, m) ? PART_MAX : PART_SUM;

		for (enum part part = from; part <= to; part++)
			read_part(&k, &r, rows, part, m);
	}
	free(k.s.v);
	complete(&k, rows);
	if (r.damaged)
		out->n = first;
	else
		out->form = series_rows_join(out->form, k.form);
	return !r.damaged;
}
