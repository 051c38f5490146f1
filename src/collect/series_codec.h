/* series_codec.h: rows of one subject and tier as a few bits a value; pure functions */
#ifndef COLLECT_SERIES_CODEC_H
#define COLLECT_SERIES_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "collect/series.h"
#include "collect/series_rows.h"

enum { MAX_BLOCK_ROWS = 4096 };

/* Appends the block of 1 to MAX_BLOCK_ROWS rows, times ascending. Raw rows have one sample. */
void series_codec_write(struct buf *out, struct series_form form, enum series_tier tier,
			const struct series_row *rows, size_t n);
/* Appends the rows of a block and joins its form; false when it is damaged. */
bool series_codec_read(const void *data, size_t size, enum series_tier tier,
		       struct series_rows *out);

#endif
