/* series_read.c: points of a chart; see series.h */
#include <math.h>

#include "collect/series.h"
#include "collect/series_store.h"

/* Turns rows into points until there are enough. */
struct pointer {
	struct series_sink sink;
	double scale[MAX_METRICS];
	enum series_tier tier;
	int64_t left; /* of the limit */
	series_fn *fn;
	void *ctx;
	struct err *e;
	enum err_code code; /* of fn */
};

static void point_fill(struct series_point *p, const struct pointer *to, struct series_form form,
		       const struct series_row *row)
{
	p->ts = row->ts;
	p->samples = row->samples;
	for (size_t i = 0; i < MAX_METRICS; i++) {
		const struct series_cell *c = &row->cells[i];

		p->mean[i] = p->min[i] = p->max[i] = NAN;
		if (c->n <= 0)
			continue;
		p->mean[i] = (double)c->sum / (double)c->n / to->scale[i];
		if (to->tier == TIER_RAW || form.last >> i & 1)
			continue;
		p->min[i] = (double)c->min / to->scale[i];
		p->max[i] = (double)c->max / to->scale[i];
	}
}

static bool pointer_row(struct series_sink *sink, struct series_form form,
			const struct series_row *row)
{
	struct pointer *to = (struct pointer *)sink; /* its first member */
	struct series_point point;

	point_fill(&point, to, form, row);
	to->code = to->fn(&point, to->ctx, to->e);
	return !to->code && --to->left > 0;
}

static int64_t round_up(int64_t ts, int64_t step_s)
{
	return ts % step_s ? ts - ts % step_s + step_s : ts;
}

/* Only complete buckets: to what was closed; only what is there: to the end of the open hour. */
static enum err_code range_fit(struct db *db, enum series_tier tier, int64_t *from, int64_t *to,
			       struct err *e)
{
	int64_t step_s = series_tier_step_s(tier), end;
	enum err_code code =
		tier == TIER_RAW ? series_store_end(db, &end, e) : series_store_closed(db, &end, e);

	if (code)
		return code;
	if (*from < 0)
		*from = 0;
	if (tier != TIER_RAW)
		end = series_store_floor(end, step_s);
	if (*to > end)
		*to = end;
	if (tier != TIER_RAW && *from < *to) {
		*from = round_up(*from, step_s);
		*to = round_up(*to, step_s);
	}
	return ERR_NONE;
}

enum err_code series_read(struct db *db, const struct series_kind *kind, const char *subject,
			  enum series_tier tier, int64_t from, int64_t to, int64_t limit,
			  series_fn *fn, void *ctx, struct err *e)
{
	struct pointer p = {
		.sink = { pointer_row },
		.tier = tier,
		.left = limit,
		.fn = fn,
		.ctx = ctx,
		.e = e,
	};
	struct series_subject s;
	enum err_code code = series_store_subject(db, kind->id, subject, &s, e);
	bool ends = false;

	for (size_t i = 0; i < MAX_METRICS; i++) {
		ends = ends || !kind->metrics[i].name;
		p.scale[i] = 1;
		for (int d = 0; !ends && d < kind->metrics[i].decimals && d < MAX_DECIMALS; d++)
			p.scale[i] *= 10;
	}
	if (code || !s.id || limit <= 0)
		return code;
	code = range_fit(db, tier, &from, &to, e);
	if (!code && from < to)
		code = series_store_walk(db, &s, tier, from, to, &p.sink, e);
	return code ? code : p.code;
}
