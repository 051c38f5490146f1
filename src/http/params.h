/* params.h: path, query and form parameters into a struct, by descriptor */
#ifndef HTTP_PARAMS_H
#define HTTP_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "http/route.h"

enum { MAX_PARAMS = 256 }; /* pairs of one query or form; what follows is ignored */

/* Path parameters (values of the match) and query string into row, zeroed by the caller. Faults
 * come in the order of the descriptor; of a repeated name the last counts; unknown names are
 * ignored. */
void params_args(const struct route *r, const struct match *m, const char *query,
		 bool empty_is_absent, void *row, struct faults *fs);
/* A body of application/x-www-form-urlencoded, by the same rules. */
void params_form(const struct shape *s, const char *body, size_t n, void *row, struct faults *fs);
/* A field of a route's arguments that its path names. */
bool params_in_path(const struct route *r, const struct field *f);

#endif
