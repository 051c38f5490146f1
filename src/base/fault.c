/* fault.c: see fault.h */
#include "base/fault.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

void faults_init(struct faults *fs, struct arena *a)
{
	*fs = (struct faults){ .arena = a };
	fs->last = &fs->first;
}

struct fault *fault_add(struct faults *fs, enum fault_kind kind, enum place place,
			const struct field *f)
{
	struct fault *fault = ARENA_NEW(fs->arena, struct fault);

	fault->kind = kind;
	fault->place = place;
	fault->from_text = place != IN_BODY;
	fault->f = f;
	fault->name = f ? f->key : NULL;
	*fs->last = fault;
	fs->last = &fault->next;
	fs->count++;
	return fault;
}

void fault_rule(struct faults *fs, enum place place, const char *name, const char *text)
{
	struct fault *fault = fault_add(fs, FAULT_RULE, place, NULL);

	fault->name = name;
	fault->text = text;
}

static void check_number(const struct field *f, double v, enum place place, struct faults *fs)
{
	if (!f->bounded)
		return;
	if (v < (double)f->min)
		fault_add(fs, FAULT_BELOW, place, f);
	else if (v > (double)f->max)
		fault_add(fs, FAULT_ABOVE, place, f);
}

static bool is_one_of(const char *const *choice, const char *v)
{
	while (*choice && strcmp(*choice, v) != 0)
		choice++;
	return *choice;
}

static void check_string(const struct field *f, const char *v, enum place place, struct faults *fs)
{
	size_t n = utf8_length(v);

	if (n < (size_t)f->min) {
		fault_add(fs, FAULT_SHORT, place, f);
	} else if (n > (size_t)(f->max ? f->max : MAX_TEXT)) {
		fault_add(fs, FAULT_LONG, place, f);
	} else if (f->one_of && !is_one_of(f->one_of, v) && !(f->also && is_one_of(f->also, v))) {
		fault_add(fs, FAULT_CHOICE, place, f);
	}
}

void field_check(const struct field *f, const void *row, enum place place, struct faults *fs)
{
	const void *at = field_in(f, row);

	switch (f->kind) {
	case KIND_INT:
		check_number(f, (double)*(const int64_t *)at, place, fs);
		break;
	case KIND_MAYBE_INT:
		if (((const struct maybe_int *)at)->is)
			check_number(f, (double)((const struct maybe_int *)at)->v, place, fs);
		break;
	case KIND_NUM:
		check_number(f, *(const double *)at, place, fs);
		break;
	case KIND_MAYBE_NUM:
		if (((const struct maybe_num *)at)->is)
			check_number(f, ((const struct maybe_num *)at)->v, place, fs);
		break;
	case KIND_STR:
		if (*(const char *const *)at)
			check_string(f, *(const char *const *)at, place, fs);
		break;
	case KIND_NONE:
	case KIND_BLOB:
	case KIND_BOOL:
	case KIND_STAMP:
	case KIND_MAYBE_STAMP:
		break;
	}
}

static bool parse_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "true", "1", "yes", "on" }, *const no[] = { "false", "0",
										       "no",
										       "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*out = strcasecmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

/* An integer beyond 64 bits counts as the largest or smallest, so that bounds find it, and no row
 * does. */
static bool parse_int_near(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-');

	if (parse_int(text, out))
		return true;
	*out = *text == '-' ? INT64_MIN : INT64_MAX;
	return *digits && !digits[strspn(digits, "0123456789")];
}

void field_from_text(const struct field *f, void *row, const char *text, enum place place,
		     struct faults *fs)
{
	void *at = field_at(f, row);
	enum fault_kind wrong = FAULT_RULE;
	int64_t i;
	double d;
	bool b;

	switch (f->kind) {
	case KIND_BOOL:
		if (parse_bool(text, &b))
			*(bool *)at = b;
		else
			wrong = FAULT_BOOL;
		break;
	case KIND_INT:
	case KIND_MAYBE_INT:
		if (!parse_int_near(text, &i))
			wrong = FAULT_INT;
		else if (f->kind == KIND_INT)
			*(int64_t *)at = i;
		else
			*(struct maybe_int *)at = (struct maybe_int){ i, true };
		break;
	case KIND_NUM:
	case KIND_MAYBE_NUM:
		if (!parse_num(text, &d))
			wrong = FAULT_NUM;
		else if (f->kind == KIND_NUM)
			*(double *)at = d;
		else
			*(struct maybe_num *)at = (struct maybe_num){ d, true };
		break;
	case KIND_STAMP:
	case KIND_MAYBE_STAMP:
		if (!parse_stamp(text, &i))
			wrong = FAULT_TIME;
		else if (f->kind == KIND_STAMP)
			*(struct stamp *)at = (struct stamp){ i };
		else
			*(struct maybe_stamp *)at = (struct maybe_stamp){ i, true };
		break;
	case KIND_STR:
		if (is_utf8(text, strlen(text)))
			*(const char **)at = f->trim ? text_trim(fs->arena, text)
						     : arena_strdup(fs->arena, text);
		else
			wrong = FAULT_STRING;
		break;
	case KIND_NONE:
	case KIND_BLOB:
		return;
	}
	if (wrong != FAULT_RULE)
		fault_add(fs, wrong, place, f);
	else
		field_check(f, row, place, fs);
}

void fields_finish(const struct shape *s, void *row, const bool *given, enum place place,
		   struct faults *fs)
{
	int i = 0;

	for (const struct field *f = s->fields; f->key; f++, i++) {
		if (given[i])
			continue;
		if (f->required)
			fault_add(fs, FAULT_MISSING, place, f);
		else if (f->def)
			field_from_text(f, row, f->def, place, fs);
	}
}
