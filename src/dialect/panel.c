/* panel.c: how the panel family words errors: {"detail": ...} as FastAPI writes it */
#include "dialect/detail.h"
#include "dialect/dialects.h"

static void write_error(struct jsonw *w, const struct refusal *r)
{
	detail_write(w, r,
		     r->presented ? "Invalid or expired token" : "Authorization header required");
}

const struct dialect dialect_panel = {
	DETAIL_DIALECT,
	.name = "panel",
	.write_error = write_error,
};
