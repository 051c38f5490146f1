/* multipart.h: multipart/form-data (RFC 7578) in memory; pure function over bytes */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stddef.h>

#include "base/arena.h"

struct part {
	const char *name;     /* of the form field; NULL ends the list */
	const char *filename; /* as sent, hostile: never used as a path; NULL when it is no file */
	const char *content_type; /* NULL when not given */
	const char *data;	  /* into the body, not NUL-terminated */
	size_t size;
};

enum { MAX_PARTS = 64 }; /* fields and files of one form */

/* content_type: the header with its boundary. NULL when it is not well-formed, has too many parts
 * or a part without a name; names and file names are valid UTF-8 without control characters. */
struct part *multipart_parse(struct arena *a, const char *content_type, const char *body, size_t n);

#endif
