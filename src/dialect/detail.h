/* detail.h: what the dialects that speak as FastAPI does share: {"detail": ...} */
#ifndef DIALECT_DETAIL_H
#define DIALECT_DETAIL_H

#include "http/dialect.h"

int detail_status(const struct refusal *r);
/* unauthenticated: words of a 401 for which the handler has none of its own. */
void detail_write(struct jsonw *w, const struct refusal *r, const char *unauthenticated);
void detail_page_open(struct jsonw *w);
void detail_page_close(struct jsonw *w, const struct page *p);
void detail_write_schemas(struct jsonw *w);
const char *detail_schema(int status);
void detail_write_page_schema(struct jsonw *w, const char *row_schema, const struct shape *extra);

/* What such a dialect takes over as it is; it adds its name and write_error. */
#define DETAIL_DIALECT \
	.error_media = "application/json", .stamp = write_stamp, .status_of = detail_status, \
	.page_open = detail_page_open, .page_close = detail_page_close, \
	.write_error_schemas = detail_write_schemas, .error_schema = detail_schema, \
	.write_page_schema = detail_write_page_schema

#endif
