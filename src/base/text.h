/* text.h: UTF-8, numbers and names in text; pure functions without locale */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* n bytes are valid UTF-8 without NUL, surrogates and overlong forms. */
bool is_utf8(const char *s, size_t n);
/* Code points of valid UTF-8. */
size_t utf8_length(const char *s);
/* Has a C0 or C1 control character or DEL. */
bool has_control(const char *s);
/* A copy without control characters and invalid bytes, cut at a character border to at most
 * max_bytes, blanks around cut. */
char *text_clean(struct arena *a, const char *s, size_t n, size_t max_bytes);
/* A copy without blanks (space, tab, CR, LF) around. */
char *text_trim(struct arena *a, const char *s);

/* Decimal integer, optional minus, nothing else; false on anything else or overflow. */
bool parse_int(const char *s, int64_t *out);
/* Decimal fraction with optional exponent, blanks not allowed, finite; false on hex, inf, nan. */
bool parse_num(const char *s, double *out);
enum { NUM_TEXT = 32 }; /* room for a number, with NUL */
/* Shortest text that reads back to the same double. */
void write_num(double v, char out[NUM_TEXT]);

/* %XX decoding into the arena; plus: '+' becomes a blank. NULL on a malformed escape or a NUL
 * byte. */
char *percent_decode(struct arena *a, const char *s, size_t n, bool plus);

/* The entry stands in a list separated by commas, blanks or newlines. */
bool text_list_has(const char *list, const char *entry);

/* Compares in time that depends on the lengths only. */
bool secret_equal(const char *a, const char *b);

#endif
