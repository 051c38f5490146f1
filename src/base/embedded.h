/* embedded.h: files of the source tree inside the program (schema, templates) */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

/* Generated at build time by build-aux/embed; sorted by path, ends with path NULL. Data is
 * NUL-terminated. */
struct embedded {
	const char *path; /* "schema/hearth/0001-accounts.sql" */
	const char *data;
	size_t size;
};

extern const struct embedded embedded_files[];

/* NULL when there is no such file. */
const struct embedded *embedded_find(const char *path);

#endif
