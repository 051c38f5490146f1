/* buf.c: see buf.h */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_BYTES = 4096,
	KEEP_BYTES = 1024 * 1024, /* larger ones are freed by buf_reset(), so that one export does
				     not stay in memory */
};

char *buf_room(struct buf *b, size_t n)
{
	if (n >= b->capacity - b->size) {
		size_t want = b->capacity ? b->capacity * 2 : FIRST_BYTES;
		char *grown;

		while (want <= b->size + n)
			want *= 2;
		grown = realloc(b->data, want);
		if (!grown)
			abort();
		b->data = grown;
		b->capacity = want;
	}
	return b->data + b->size;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *p = buf_room(b, n);

	if (n)
		memcpy(p, bytes, n);
	b->size += n;
	b->data[b->size] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	buf_room(b, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(b->data + b->size, (size_t)n + 1, format, ap);
	va_end(ap);
	b->size += (size_t)n;
}

void buf_reset(struct buf *b)
{
	if (b->capacity > KEEP_BYTES)
		buf_done(b);
	b->size = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
