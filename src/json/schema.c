/* schema.c: see schema.h */
#include "json/schema.h"

#include <string.h>

#include "base/text.h"

static const char *type_of(const struct field *f)
{
	switch (f->kind) {
	case KIND_BOOL:
		return "boolean";
	case KIND_INT:
	case KIND_MAYBE_INT:
		return "integer";
	case KIND_NUM:
	case KIND_MAYBE_NUM:
		return "number";
	case KIND_STR:
	case KIND_STAMP:
	case KIND_MAYBE_STAMP:
	case KIND_NONE:
	case KIND_BLOB:
		break;
	}
	return "string";
}

static bool may_be_null(const struct field *f)
{
	return f->nullable || f->kind == KIND_MAYBE_INT || f->kind == KIND_MAYBE_NUM ||
	       f->kind == KIND_MAYBE_STAMP;
}

static void text_member(struct jsonw *w, const char *key, const char *text)
{
	if (!text)
		return;
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void int_member(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_int(w, v);
}

/* A default or example in the type of the field. */
static void value_member(struct jsonw *w, const char *key, const struct field *f, const char *text)
{
	double number;

	if (!text)
		return;
	jsonw_key(w, key);
	if (f->json || (f->kind == KIND_BOOL) ||
	    (strcmp(type_of(f), "string") != 0 && parse_num(text, &number)))
		jsonw_raw(w, text);
	else
		jsonw_str(w, text);
}

static void limits(struct jsonw *w, const struct field *f)
{
	if (f->kind == KIND_STR) {
		if (f->min)
			int_member(w, "minLength", f->min);
		if (f->max)
			int_member(w, "maxLength", f->max);
	} else if (f->bounded) {
		int_member(w, "minimum", f->min);
		int_member(w, "maximum", f->max);
	}
	if (f->one_of) {
		jsonw_key(w, "enum");
		jsonw_open(w, '[');
		for (const char *const *c = f->one_of; *c; c++)
			jsonw_str(w, *c);
		if (may_be_null(f))
			jsonw_null(w);
		jsonw_close(w, ']');
	}
}

static void shape_members(struct jsonw *w, const struct shape *s, bool reply);

void schema_field(struct jsonw *w, const struct field *f)
{
	jsonw_open(w, '{');
	if (f->json && f->items) {
		text_member(w, "type", "array");
		jsonw_key(w, "items");
		schema_shape(w, f->items, true);
	} else if (f->json && f->object) {
		shape_members(w, f->object, true);
	} else if (f->json && f->schema) {
		jsonw_raw(w, f->schema);
	} else if (!f->json) { /* a member that is JSON itself may be anything */
		jsonw_key(w, "type");
		if (may_be_null(f)) {
			jsonw_open(w, '[');
			jsonw_str(w, type_of(f));
			jsonw_str(w, "null");
			jsonw_close(w, ']');
		} else {
			jsonw_str(w, type_of(f));
		}
		if (f->kind == KIND_STAMP || f->kind == KIND_MAYBE_STAMP)
			text_member(w, "format", "date-time");
		if (f->kind == KIND_INT || f->kind == KIND_MAYBE_INT)
			text_member(w, "format", "int64");
		limits(w, f);
	}
	text_member(w, "description", f->doc);
	value_member(w, "default", f, f->def);
	value_member(w, "example", f, f->example);
	jsonw_close(w, '}');
}

void schema_properties(struct jsonw *w, const struct shape *s)
{
	for (const struct field *f = s->fields; f->key; f++) {
		if (f->hidden)
			continue;
		jsonw_key(w, f->key);
		schema_field(w, f);
	}
}

static void shape_members(struct jsonw *w, const struct shape *s, bool reply)
{
	bool any = false;

	text_member(w, "type", "object");
	jsonw_key(w, "properties");
	jsonw_open(w, '{');
	schema_properties(w, s);
	jsonw_close(w, '}');
	for (const struct field *f = s->fields; f->key; f++) {
		if (f->hidden || !(reply || f->required))
			continue;
		if (!any) {
			jsonw_key(w, "required");
			jsonw_open(w, '[');
			any = true;
		}
		jsonw_str(w, f->key);
	}
	if (any)
		jsonw_close(w, ']');
}

void schema_shape(struct jsonw *w, const struct shape *s, bool reply)
{
	jsonw_open(w, '{');
	shape_members(w, s, reply);
	jsonw_close(w, '}');
}
