/* jsonr.h: JSON text into a struct, by descriptor */
#ifndef JSON_JSONR_H
#define JSON_JSONR_H

#include <stddef.h>

#include "base/fault.h"

struct json_object; /* of json-c */

enum { JSONR_DEPTH = 32 }; /* nesting of arrays and objects */

/* Strict JSON in valid UTF-8, the whole text. The tree is freed with the arena. NULL and *at = the
 * offset of the mistake when it is not JSON; the text `null` is an error too. */
struct json_object *jsonr_parse(struct arena *a, const char *text, size_t n, size_t *at);

/* Fills row (zeroed by the caller) from a JSON object. Unknown members are ignored, of a repeated
 * one the last counts. null counts as absent for nullable fields. All faults are collected. */
void jsonr_shape(const struct shape *s, void *row, const char *text, size_t n, struct faults *fs);

#endif
