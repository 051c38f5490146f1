/* openapi_doc.h: an OpenAPI 3.1 document while it is made, for the openapi*.c; the format:
 * https://spec.openapis.org/oas/v3.1.0 */
#ifndef GEN_OPENAPI_DOC_H
#define GEN_OPENAPI_DOC_H

#include "base/arena.h"
#include "base/field.h"
#include "http/route.h"
#include "json/jsonw.h"

struct json_object; /* of json-c */

enum { MAX_SCHEMAS = 512 }; /* of one family, which has a dozen or two */

#define SCHEMA_REF "#/components/schemas/"

/* What a schema describes; one shape may be all three. */
enum use { USE_REPLY, USE_INPUT, USE_PAGE };

struct schema {
	const char *name;
	enum use use;
	const struct shape *shape, *extra;
};

struct doc {
	const struct family *family;
	struct arena *arena;
	const struct route **rows; /* those that are shown, in the order of the tables */
	int n_rows;
	struct jsonw w;
	struct schema schemas[MAX_SCHEMAS]; /* used so far, in that order */
	int n_schemas;
};

/* Members of the object that is open: a string (none when text is NULL), an opened bracket, an object
 * that refers to target. */
void openapi_str(struct doc *d, const char *key, const char *text);
void openapi_open(struct doc *d, const char *key, char bracket);
void openapi_ref(struct doc *d, const char *key, const char *target);

/* The reference of a schema, which the document will have; in the arena. */
const char *openapi_schema_ref(struct doc *d, enum use use, const struct shape *shape,
			       const struct shape *extra);
/* Who words the errors of the route. */
const struct dialect *openapi_dialect(const struct doc *d, const struct route *r);
const char *openapi_tag(const struct doc *d, const struct route *r);

/* openapi_operation.c: writes the member of a path that is the route. */
void openapi_operation(struct doc *d, const struct route *r);

/* openapi_merge.c: adds what own, the document of f, has and all has not. A schema or operationId
 * whose name is taken by another gets the family's name in front. own is changed; both trees share
 * parts afterwards. */
void openapi_merge(struct json_object *all, struct json_object *own, const struct family *f,
		   struct arena *a);

/* Takes away the schemas that nothing in the document refers to. */
void openapi_prune(struct json_object *document, struct arena *a);

#endif
