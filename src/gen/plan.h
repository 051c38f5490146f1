/* plan.h: what SQLite would do for every statement of the program */
#ifndef GEN_PLAN_H
#define GEN_PLAN_H

#include <stdio.h>

#include "db/db.h"

/* Prints what is wrong with the statement and returns how much: it cannot be prepared against the
 * schema, a bind or a column has no field, or it walks through a whole table though it does not say
 * that it scans. A walk in the order of a key that ends at a LIMIT is none. */
int gen_plan_query(struct db *db, const struct query *q, FILE *out);
/* The same for all queries of the program. */
int gen_plan(struct db *db, FILE *out);

#endif
