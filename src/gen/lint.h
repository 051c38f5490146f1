/* lint.h: faults of the route tables that no compiler finds */
#ifndef GEN_LINT_H
#define GEN_LINT_H

#include <stdio.h>

#include "http/route.h"

/* Prints a line for each fault and returns their number. families ends with NULL. */
int gen_lint(const struct family *const *families, FILE *out);

#endif
