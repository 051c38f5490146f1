/* recorder.c: how the recorder family words errors and pages: {"detail": ...} as FastAPI writes
 * it */
#include "dialect/detail.h"
#include "dialect/dialects.h"

static void write_error(struct jsonw *w, const struct refusal *r)
{
	detail_write(w, r, "Not authenticated");
}

const struct dialect dialect_recorder = {
	DETAIL_DIALECT,
	.name = "recorder",
	.write_error = write_error,
};
