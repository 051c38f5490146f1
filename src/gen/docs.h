/* docs.h: the routes that every family has: its OpenAPI document and a page that shows it */
#ifndef GEN_DOCS_H
#define GEN_DOCS_H

#include "http/route.h"

/* GET /openapi.json and GET /docs; ends with fn NULL. Under a mount they tell of that family, at
 * the root of all. */
extern const struct route gen_routes[];

#endif
