/* jsonr.c: json-c tree -> struct; see jsonr.h */
#include "json/jsonr.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <json.h>

#include "base/text.h"

static void tree_free(void *tree)
{
	json_object_put(tree);
}

static void tokener_free(void *tokener)
{
	json_tokener_free(tokener);
}

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* json-c takes more than JSON even when it is strict: 'key', NaN, Infinity, 1. and -01. Where does
 * the first of these stand outside of a string? */
static const char *stray_find(const char *text, size_t n)
{
	const char *end = text + n;
	bool quoted = false;

	for (const char *p = text; p < end; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted &&
			 (*p == '\'' || *p == 'N' || *p == 'I' ||
			  (*p == '.' && !is_digit(p + 1, end)) ||
			  (*p == '-' && p + 1 < end && p[1] == '0' && is_digit(p + 2, end) &&
			   (p == text || (p[-1] | 0x20) != 'e')))) /* 1e-05 is a number */
			return p;
	}
	return NULL;
}

struct json_object *jsonr_parse(struct arena *a, const char *text, size_t n, size_t *at)
{
	struct json_tokener *t = json_tokener_new_ex(JSONR_DEPTH);
	const char *stray = stray_find(text, n);
	struct json_object *tree;

	*at = stray ? (size_t)(stray - text) : 0;
	if (stray || !t || n > INT32_MAX) {
		json_tokener_free(t);
		return NULL;
	}
	arena_defer(a, tokener_free, t);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	tree = json_tokener_parse_ex(t, text, (int)n);
	*at = json_tokener_get_parse_end(t);
	if (json_tokener_get_error(t) ==
	    json_tokener_continue) { /* a number at the end is complete only at the NUL */
		tree = json_tokener_parse_ex(t, "", 1);
		*at = n;
	}
	if (tree)
		arena_defer(a, tree_free, tree);
	if (json_tokener_get_error(t) != json_tokener_success)
		return NULL;
	while (*at < n && text[*at] && strchr(" \t\r\n", text[*at]))
		++*at;
	return *at < n ? NULL : tree; /* nothing may follow */
}

static void set_number(const struct field *f, void *row, struct json_object *v, struct faults *fs)
{
	double d = json_object_get_double(v);
	bool integer = f->kind == KIND_INT || f->kind == KIND_MAYBE_INT;
	void *at = field_at(f, row);

	if (json_object_get_type(v) == json_type_string) { /* a number in quotes is worded apart */
		fault_add(fs, integer ? FAULT_INT : FAULT_NUM, IN_BODY, f)->from_text = true;
		return;
	}
	if (integer) {
		int64_t i = json_object_get_int64(v);

		if (json_object_get_type(v) != json_type_int ||
		    (i > 0 && json_object_get_uint64(v) != (uint64_t)i)) {
			fault_add(fs, FAULT_INT, IN_BODY, f);
			return;
		}
		if (f->kind == KIND_INT)
			*(int64_t *)at = i;
		else
			*(struct maybe_int *)at = (struct maybe_int){ i, true };
	} else {
		if ((json_object_get_type(v) != json_type_int &&
		     json_object_get_type(v) != json_type_double) ||
		    !isfinite(d)) {
			fault_add(fs, FAULT_NUM, IN_BODY, f);
			return;
		}
		d = d == 0 ? 0.0 : d;
		if (f->kind == KIND_NUM)
			*(double *)at = d;
		else
			*(struct maybe_num *)at = (struct maybe_num){ d, true };
	}
	field_check(f, row, IN_BODY, fs);
}

static void set_value(const struct field *f, void *row, struct json_object *v, struct faults *fs)
{
	switch (f->kind) {
	case KIND_BOOL:
		if (json_object_get_type(v) == json_type_boolean)
			*(bool *)field_at(f, row) = json_object_get_boolean(v);
		else
			fault_add(fs, FAULT_BOOL, IN_BODY, f);
		break;
	case KIND_INT:
	case KIND_NUM:
	case KIND_MAYBE_INT:
	case KIND_MAYBE_NUM:
		set_number(f, row, v, fs);
		break;
	case KIND_STR:
	case KIND_STAMP:
	case KIND_MAYBE_STAMP:
		if (f->json) {
			*(const char **)field_at(f, row) = arena_strdup(
				fs->arena,
				json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN));
			break;
		}
		if (json_object_get_type(v) != json_type_string ||
		    strlen(json_object_get_string(v)) != (size_t)json_object_get_string_len(v))
			fault_add(fs, FAULT_STRING, IN_BODY, f);
		else
			field_from_text(f, row, json_object_get_string(v), IN_BODY, fs);
		break;
	case KIND_NONE:
	case KIND_BLOB:
		break;
	}
}

static void set_object(const struct shape *s, void *row, struct json_object *object,
		       struct faults *fs)
{
	bool given[MAX_FIELDS] = { false };
	int i = 0;

	for (const struct field *f = s->fields; f->key; f++, i++) {
		struct json_object *v;

		if (!json_object_object_get_ex(object, f->key, &v))
			continue;
		if (v) {
			given[i] = true;
			set_value(f, row, v, fs);
		} else if (f->null_is_empty) {
			given[i] = true;
			*(const char **)field_at(f, row) = "";
		} else if (!f->nullable) {
			given[i] = true;
			fault_add(fs, FAULT_NULL, IN_BODY, f);
		}
	}
	fields_finish(s, row, given, IN_BODY, fs);
}

void jsonr_shape(const struct shape *s, void *row, const char *text, size_t n, struct faults *fs)
{
	struct json_object *tree;
	size_t at;

	if (!n) {
		fault_add(fs, FAULT_MISSING, IN_BODY, NULL);
		return;
	}
	tree = jsonr_parse(fs->arena, text, n, &at);
	if (tree && json_object_get_type(tree) == json_type_object)
		set_object(s, row, tree, fs);
	else if (tree || (n == 4 && memcmp(text, "null", 4) == 0))
		fault_add(fs, FAULT_NOT_OBJECT, IN_BODY, NULL);
	else
		fault_add(fs, FAULT_NOT_JSON, IN_BODY, NULL)->at = at;
}
