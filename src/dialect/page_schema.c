/* page_schema.c: see page_schema.h */
#include "dialect/page_schema.h"

#include "json/schema.h"

void page_schema_write(struct jsonw *w, const char *row_schema, const char *total_key,
		       const struct shape *extra)
{
	const char *const numbers[] = { "limit", "offset", total_key };

	jsonw_open(w, '{');
	jsonw_key(w, "type");
	jsonw_str(w, "object");
	jsonw_key(w, "properties");
	jsonw_open(w, '{');
	jsonw_key(w, "items");
	jsonw_open(w, '{');
	jsonw_key(w, "type");
	jsonw_str(w, "array");
	jsonw_key(w, "items");
	jsonw_open(w, '{');
	jsonw_key(w, "$ref");
	jsonw_str(w, row_schema);
	jsonw_close(w, '}');
	jsonw_close(w, '}');
	for (int i = 0; i < 3; i++) {
		jsonw_key(w, numbers[i]);
		jsonw_raw(w, "{\"type\":\"integer\",\"format\":\"int64\"}");
	}
	if (extra)
		schema_properties(w, extra);
	jsonw_close(w, '}');
	jsonw_key(w, "required");
	jsonw_open(w, '[');
	jsonw_str(w, "items");
	for (int i = 0; i < 3; i++)
		jsonw_str(w, numbers[i]);
	for (const struct field *f = extra ? extra->fields : NULL; f && f->key; f++)
		if (!f->hidden)
			jsonw_str(w, f->key);
	jsonw_close(w, ']');
	jsonw_close(w, '}');
}
