/* schema.h: JSON Schema (2020-12, as OpenAPI 3.1 uses it) of fields and shapes */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include "base/field.h"
#include "json/jsonw.h"

/* The schema object of one field. */
void schema_field(struct jsonw *w, const struct field *f);
/* `"key": schema` of every field that is not hidden. */
void schema_properties(struct jsonw *w, const struct shape *s);
/* The schema object of a shape. reply: every member is always present; else those that are
 * required. */
void schema_shape(struct jsonw *w, const struct shape *s, bool reply);

#endif
