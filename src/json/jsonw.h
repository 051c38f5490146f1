/* jsonw.h: JSON as it grows: values into a buffer, commas set by the writer */
#ifndef JSON_JSONW_H
#define JSON_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/field.h"

/* How a family writes times. */
typedef void jsonw_stamp_fn(int64_t s, char out[STAMP_TEXT]);

struct jsonw {
	struct buf *buf;
	jsonw_stamp_fn *stamp;
	bool comma; /* a value stands before the next one */
};

/* Appends to buf, which stays the caller's. stamp NULL: RFC 3339 in UTC with Z. */
void jsonw_init(struct jsonw *w, struct buf *buf, jsonw_stamp_fn *stamp);

void jsonw_open(struct jsonw *w, char bracket);	 /* '{' or '[' */
void jsonw_close(struct jsonw *w, char bracket); /* '}' or ']' */
/* The key of the next value; plain ASCII, written as it is. */
void jsonw_key(struct jsonw *w, const char *key);
/* NULL is written as null; invalid UTF-8 becomes U+FFFD. */
void jsonw_str(struct jsonw *w, const char *s);
void jsonw_int(struct jsonw *w, int64_t v);
/* Shortest round trip; not finite is null. */
void jsonw_num(struct jsonw *w, double v);
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
/* Seconds since 1970, as the family writes times. */
void jsonw_stamp(struct jsonw *w, int64_t s);
/* JSON text, written as it is. */
void jsonw_raw(struct jsonw *w, const char *json);

/* All members that are not hidden, without the braces. */
void jsonw_members(struct jsonw *w, const struct shape *s, const void *row);
/* The same as an object. */
void jsonw_shape(struct jsonw *w, const struct shape *s, const void *row);

#endif
