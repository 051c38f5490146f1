/* openapi_merge.h: the documents of several families as one */
#ifndef GEN_OPENAPI_MERGE_H
#define GEN_OPENAPI_MERGE_H

#include "base/arena.h"
#include "http/route.h"

struct json_object; /* of json-c */

enum { MAX_SCHEMAS = 512 }; /* of one family */

#define SCHEMA_REF "#/components/schemas/"

/* Adds what own, the document of f, has and all has not. A schema or operationId whose name is
 * taken by another gets the family's name in front. own is changed; both trees share parts
 * afterwards. */
void openapi_merge(struct json_object *all, struct json_object *own, const struct family *f,
		   struct arena *a);

/* Takes away the schemas that nothing in the document refers to. */
void openapi_prune(struct json_object *document, struct arena *a);

#endif
