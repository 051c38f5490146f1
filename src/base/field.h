/* field.h: the one description of a struct member, used for parameters, JSON, SQL, replies and
 * configuration */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time: seconds since 1970, UTC. Its own type, so that a descriptor knows to write it as a
 * time. */
struct stamp {
	int64_t s;
};

/* Values that may be absent: NULL in SQL, null in JSON. */
struct maybe_int {
	int64_t v;
	bool is;
};
struct maybe_num {
	double v;
	bool is;
};
struct maybe_stamp {
	int64_t s;
	bool is;
};

/* Bytes of no text: SQL only. */
struct blob {
	const void *data;
	size_t size;
};

enum kind {
	KIND_NONE = 0,
	KIND_BOOL,	  /* bool */
	KIND_INT,	  /* int64_t */
	KIND_NUM,	  /* double, finite */
	KIND_STR,	  /* const char *, UTF-8 without NUL; NULL = absent */
	KIND_STAMP,	  /* struct stamp */
	KIND_MAYBE_INT,	  /* struct maybe_int */
	KIND_MAYBE_NUM,	  /* struct maybe_num */
	KIND_MAYBE_STAMP, /* struct maybe_stamp */
	KIND_BLOB,	  /* struct blob; data NULL = absent. Null in JSON, taken from no input */
};

struct shape;

/* A row of a shape; the table ends with a row whose key is NULL. Zero means: no bound, optional,
 * shown. */
struct field {
	const char *key; /* JSON member, parameter, SQL column and bind name at once */
	enum kind kind;
	size_t offset;
	const char *doc;  /* for people: unit, format, meaning */
	bool required;	  /* in: must be given */
	bool bounded;	  /* min and max count (numbers) */
	int64_t min, max; /* numbers: value; strings: length in code points, max 0 = MAX_TEXT */
	const char *def;  /* in: taken when absent, as text */
	const char *const *one_of; /* strings: closed set, ends with NULL */
	const char *const *also;   /* taken beside one_of, and not told; ends with NULL */
	bool trim;		   /* in: blanks around are cut before lengths are tested */
	bool nullable;		   /* JSON schema: may be null (KIND_MAYBE_* always are) */
	bool null_is_empty; /* in: strings; null in JSON arrives as "", so that it differs from
			       absent */
	bool hidden;	    /* out: not written to JSON (order keys, helper columns) */
	bool json;	    /* out: KIND_STR that holds JSON text, written as it is */
	const char *schema; /* json: members of its JSON Schema, as text; NULL: anything */
	const struct shape *items;  /* json: an array of such objects */
	const struct shape *object; /* json: such an object */
	const char *example;
};

enum { MAX_TEXT = 65536 }; /* longest string value anywhere, bytes, unless a field says less */

struct shape {
	const char *name; /* schema name in OpenAPI */
	size_t size;	  /* of the struct */
	const struct field *fields;
};

#define KIND_OF(x) \
	_Generic((x), bool: KIND_BOOL, int64_t: KIND_INT, double: KIND_NUM, const char *: KIND_STR, \
		struct stamp: KIND_STAMP, struct maybe_int: KIND_MAYBE_INT, struct maybe_num: KIND_MAYBE_NUM, \
		struct maybe_stamp: KIND_MAYBE_STAMP, struct blob: KIND_BLOB)

/* FIELD(struct device, name): key, kind and offset from the C member. FIELD_AS gives it another
 * key. */
#define FIELD(type, member) FIELD_AS(type, member, #member)
#define FIELD_AS(type, member, name) \
	.key = (name), .kind = KIND_OF(((type *)0)->member), .offset = offsetof(type, member)

/* The row with this key of key_size bytes, not NUL-terminated; NULL when there is none. */
const struct field *field_find(const struct shape *s, const char *key, size_t key_size);

/* The member of row that f describes. */
static inline void *field_at(const struct field *f, void *row)
{
	return (char *)row + f->offset;
}
static inline const void *field_in(const struct field *f, const void *row)
{
	return (const char *)row + f->offset;
}

#endif
