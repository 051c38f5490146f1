/* series_rows.c: see series_rows.h */
#include "collect/series_rows.h"

#include <stdlib.h>

enum { GROWTH = 2, FIRST_ROWS = 8 };

struct series_form series_rows_form(const struct series_kind *kind)
{
	struct series_form form = { 0 };

	for (; form.metrics < MAX_METRICS && kind->metrics[form.metrics].name; form.metrics++)
		form.last |= (uint64_t)(kind->metrics[form.metrics].kind == METRIC_LAST)
			     << form.metrics;
	return form;
}

struct series_form series_rows_join(struct series_form a, struct series_form b)
{
	return (struct series_form){ a.metrics > b.metrics ? a.metrics : b.metrics,
				     a.last | b.last };
}

struct series_row *series_rows_add(struct series_rows *rows)
{
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * GROWTH : FIRST_ROWS;
		rows->v = realloc(rows->v, rows->capacity * sizeof(*rows->v));
		if (!rows->v)
			abort();
	}
	rows->v[rows->n] = (struct series_row){ 0 };
	return &rows->v[rows->n++];
}

void series_rows_done(struct series_rows *rows)
{
	free(rows->v);
	*rows = (struct series_rows){ 0 };
}
