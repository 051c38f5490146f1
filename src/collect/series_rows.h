/* series_rows.h: samples and buckets of one subject in memory */
#ifndef COLLECT_SERIES_ROWS_H
#define COLLECT_SERIES_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "collect/series.h"

/* A metric in a row, in units of its last decimal. All integers, so that a mean is the same
 * whatever way the samples came together. */
struct series_cell {
	int64_t n;   /* samples that had a value; METRIC_LAST: 0 or 1 */
	int64_t sum; /* METRIC_LAST: the value */
	int64_t min, max;
};

struct series_row {
	int64_t ts;
	int64_t samples;
	struct series_cell cells[MAX_METRICS];
};

/* How many cells of a row count, and which metrics are METRIC_LAST: a bit each. A block tells its
 * form, so that it can be rolled up by who does not know what was measured. */
struct series_form {
	size_t metrics;
	uint64_t last;
};

struct series_form series_rows_form(const struct series_kind *kind);
/* That of an old row and a new one, which may have more metrics. */
struct series_form series_rows_join(struct series_form a, struct series_form b);

/* All zeros is empty and valid. */
struct series_rows {
	struct series_form form;
	struct series_row *v;
	size_t n, capacity;
};

/* One more row at the end, all zero. */
struct series_row *series_rows_add(struct series_rows *rows);
void series_rows_done(struct series_rows *rows);

#endif
