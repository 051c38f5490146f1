/* openapi.h: the OpenAPI 3.1 document of a family, or of all of them, from the route tables */
#ifndef GEN_OPENAPI_H
#define GEN_OPENAPI_H

#include "base/buf.h"
#include "base/err.h"
#include "http/route.h"

/* Appends the document as indented JSON, always in the same order. families ends with NULL. name: a
 * family's, or "all": what stands at the root, where an earlier family wins and what two families
 * call by one name is told apart by the later one's name. server_url: where the paths begin; NULL:
 * the family's mount, "/" for all. ERR_NOT_FOUND: no such family. */
enum err_code gen_openapi(const struct family *const *families, const char *name,
			  const char *server_url, struct buf *out, struct err *e);

#endif
