/* buf.h: bytes that grow, reused from request to request */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* data is NULL or NUL-terminated behind size bytes. A buffer of all zeros is empty and valid; its
 * owner ends it with buf_done(). As in an arena, adding never fails. */
struct buf {
	char *data;
	size_t size, capacity;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for n more bytes; the caller writes them at the returned place and adds to size. */
char *buf_room(struct buf *b, size_t n);
/* Empties, keeps the memory; gives back what an unusually large reply took. */
void buf_reset(struct buf *b);
/* Frees; the buffer is empty and valid afterwards. */
void buf_done(struct buf *b);

#endif
