/* multipart.c: fuzz target: multipart/form-data; the first line of the input is the Content-Type */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = (const char *)data, *line = size ? memchr(text, '\n', size) : NULL;
	size_t n = line ? (size_t)(line - text) : 0;

	if (line) {
		const char *body = line + 1;
		size_t body_size = size - n - 1;
		struct part *parts = multipart_parse(a, arena_strndup(a, text, n), body, body_size);

		for (struct part *p = parts; p && p->name; p++)
			if (p->data < body || p->size > (size_t)(body + body_size - p->data))
				abort();
	}
	arena_free(a);
	return 0;
}
