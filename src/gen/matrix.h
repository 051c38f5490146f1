/* matrix.h: who may do what: every route, one a line */
#ifndef GEN_MATRIX_H
#define GEN_MATRIX_H

#include <stdbool.h>
#include <stdio.h>

#include "http/route.h"

/* Columns: family, method, path, pool, credentials, scope, rate class, transaction; json: an array
 * of objects with the operationId besides. Returns how many routes there are. */
int gen_routes_print(const struct family *const *families, FILE *out, bool json);

#endif
