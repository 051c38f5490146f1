/* fault.h: what is wrong with an input, in neutral terms; a family's dialect puts it into words */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/arena.h"
#include "base/field.h"

enum place { IN_PATH, IN_QUERY, IN_FORM, IN_BODY };

enum fault_kind {
	FAULT_MISSING,	/* required and absent */
	FAULT_NOT_JSON, /* at = byte offset */
	FAULT_NOT_OBJECT,
	FAULT_NOT_FORM, /* another Content-Type than the route reads */
	FAULT_NULL,	/* null where a value is needed */
	FAULT_STRING,	/* a JSON value that is no string */
	FAULT_INT,	/* no integer */
	FAULT_NUM,	/* no number */
	FAULT_BOOL,
	FAULT_TIME,
	FAULT_SHORT,  /* fewer than f->min code points */
	FAULT_LONG,   /* more than f->max code points */
	FAULT_BELOW,  /* less than f->min */
	FAULT_ABOVE,  /* more than f->max */
	FAULT_CHOICE, /* not in f->one_of */
	FAULT_RULE,   /* any other rule: text says it */
};

struct fault {
	struct fault *next;
	enum fault_kind kind;
	enum place place;
	bool from_text;	  /* the value came as text (query, path, form, or a JSON string where a
			     number belongs) */
	const char *name; /* of the field; NULL: the whole body */
	const struct field *f; /* its descriptor, when there is one */
	size_t at;	       /* FAULT_NOT_JSON */
	const char *text;      /* FAULT_RULE */
};

/* In the order of the descriptor, path before query before body. */
struct faults {
	struct arena *arena;
	struct fault *first, **last;
	int count;
};

void faults_init(struct faults *fs, struct arena *a);
struct fault *fault_add(struct faults *fs, enum fault_kind kind, enum place place,
			const struct field *f);
/* A rule that no descriptor can say; handlers use it too. name may be NULL. */
void fault_rule(struct faults *fs, enum place place, const char *name, const char *text);

/* Puts text into the member of row that f describes, or adds a fault. Length, range and choice are
 * tested. */
void field_from_text(const struct field *f, void *row, const char *text, enum place place,
		     struct faults *fs);
/* Sets defaults and reports what is required and absent; given[i] tells which fields had a
 * value. */
void fields_finish(const struct shape *s, void *row, const bool *given, enum place place,
		   struct faults *fs);
/* Length, range and choice of a value that is already in row. */
void field_check(const struct field *f, const void *row, enum place place, struct faults *fs);

enum { MAX_FIELDS = 256 }; /* fields of one shape */

#endif
