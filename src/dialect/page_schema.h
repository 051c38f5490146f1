/* page_schema.h: OpenAPI schema of a page of items with limit and offset */
#ifndef DIALECT_PAGE_SCHEMA_H
#define DIALECT_PAGE_SCHEMA_H

#include "base/field.h"
#include "json/jsonw.h"

/* row_schema: reference of an item; total_key: name of the member that counts all items; extra:
 * further members or NULL. Writes the whole schema object. */
void page_schema_write(struct jsonw *w, const char *row_schema, const char *total_key,
		       const struct shape *extra);

#endif
