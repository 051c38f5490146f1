/* params.c: see params.h */
#include "http/params.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A value as sent. */
struct raw {
	const char *p;
	size_t n;
};

/* Place of the field's {name} among the path's parameters, -1 when the path does not name it. */
static int path_index(const struct route *r, const char *key)
{
	int i = 0;

	for (const char *p = r->path; (p = strchr(p, '{')); i++) {
		size_t n = strcspn(++p, "}");

		if (strlen(key) == n && memcmp(key, p, n) == 0)
			return i;
	}
	return -1;
}

bool params_in_path(const struct route *r, const struct field *f)
{
	return path_index(r, f->key) >= 0;
}

/* Finds the last value of each field in a list of name=value pairs. */
static void pairs_read(const struct shape *s, const char *text, size_t n, struct raw *values,
		       struct arena *a)
{
	const char *end = text + n;

	for (int i = 0; i < MAX_PARAMS && text < end; i++) {
		const char *stop = memchr(text, '&', (size_t)(end - text));
		const char *equals;
		const struct field *f;
		char *name;

		if (!stop)
			stop = end;
		equals = memchr(text, '=', (size_t)(stop - text));
		name = percent_decode(a, text, (size_t)((equals ? equals : stop) - text), true);
		f = name ? field_find(s, name, strlen(name)) : NULL;
		if (f) {
			struct raw *v = &values[f - s->fields];

			v->p = equals ? equals + 1 : stop;
			v->n = (size_t)(stop - v->p);
		}
		text = stop + 1;
	}
}

static void undecodable(const struct field *f, enum place place, struct faults *fs)
{
	static const enum fault_kind kinds[] = {
		[KIND_BOOL] = FAULT_BOOL,     [KIND_INT] = FAULT_INT,
		[KIND_NUM] = FAULT_NUM,	      [KIND_STR] = FAULT_STRING,
		[KIND_STAMP] = FAULT_TIME,    [KIND_MAYBE_INT] = FAULT_INT,
		[KIND_MAYBE_NUM] = FAULT_NUM, [KIND_MAYBE_STAMP] = FAULT_TIME,
	};

	fault_add(fs, kinds[f->kind], place, f);
}

static void pairs_set(const struct shape *s, const struct raw *values, bool empty_is_absent,
		      bool *given, void *row, enum place place, struct faults *fs)
{
	int i = 0;

	for (const struct field *f = s->fields; f->key; f++, i++) {
		const char *text;

		if (given[i])
			continue;
		if (!values[i].p || (empty_is_absent && !values[i].n)) {
			if (f->required) {
				fault_add(fs, FAULT_MISSING, place, f);
				given[i] = true;
			}
			continue;
		}
		given[i] = true;
		text = percent_decode(fs->arena, values[i].p, values[i].n, true);
		if (text)
			field_from_text(f, row, text, place, fs);
		else
			undecodable(f, place, fs);
	}
	fields_finish(s, row, given, place, fs);
}

void params_args(const struct route *r, const struct match *m, const char *query,
		 bool empty_is_absent, void *row, struct faults *fs)
{
	struct raw values[MAX_FIELDS] = { 0 };
	bool given[MAX_FIELDS] = { false };
	int i = 0;

	for (const struct field *f = r->args->fields; f->key; f++, i++) {
		int at = path_index(r, f->key);

		if (at >= 0) {
			given[i] = true;
			field_from_text(f, row, m->values[at], IN_PATH, fs);
		}
	}
	pairs_read(r->args, query, strlen(query), values, fs->arena);
	pairs_set(r->args, values, empty_is_absent, given, row, IN_QUERY, fs);
}

void params_form(const struct shape *s, const char *body, size_t n, void *row, struct faults *fs)
{
	struct raw values[MAX_FIELDS] = { 0 };
	bool given[MAX_FIELDS] = { false };

	pairs_read(s, body, n, values, fs->arena);
	pairs_set(s, values, false, given, row, IN_FORM, fs);
}
