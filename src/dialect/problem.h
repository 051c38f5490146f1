/* problem.h: what the dialects that speak RFC 9457 share */
#ifndef DIALECT_PROBLEM_H
#define DIALECT_PROBLEM_H

#include "http/dialect.h"

/* The words of a family. */
struct problem_words {
	const char *(*detail)(const struct refusal *r);
	/* text of one fault, without the prefix "Invalid input: "; out has PROBLEM_TEXT bytes */
	void (*fault)(const struct fault *f, char *out);
};

enum { PROBLEM_TEXT = 256 };

int problem_status(const struct refusal *r);
void problem_write(struct jsonw *w, const struct refusal *r, const struct problem_words *words);
void problem_page_open(struct jsonw *w);
void problem_page_close(struct jsonw *w, const struct page *p);
void problem_write_schemas(struct jsonw *w);
const char *problem_schema(int status);
void problem_write_page_schema(struct jsonw *w, const char *row_schema, const struct shape *extra);
/* "limit must be an integer", "hours must be between 1 and 168": the texts both families use. */
void problem_fault(const struct fault *f, char *out);

/* What such a dialect takes over as it is; it adds its name and write_error. */
#define PROBLEM_DIALECT \
	.error_media = "application/problem+json", .stamp = write_stamp, \
	.status_of = problem_status, .page_open = problem_page_open, \
	.page_close = problem_page_close, .write_error_schemas = problem_write_schemas, \
	.error_schema = problem_schema, .write_page_schema = problem_write_page_schema

#endif
