/* arena.c: chunks in a list, the newest first; see arena.h */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK_BYTES = 64 * 1024, /* a usual request fits into one */
	ALIGN = 16,
};

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(ALIGN) unsigned char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *);
	void *ptr;
};

struct arena {
	struct chunk *chunks;
	struct cleanup *cleanups;
};

static struct chunk *chunk_new(size_t bytes, struct chunk *next)
{
	struct chunk *c;

	if (bytes > SIZE_MAX - sizeof(*c))
		abort();
	c = malloc(sizeof(*c) + bytes);
	if (!c)
		abort();
	c->next = next;
	c->used = 0;
	c->size = bytes;
	return c;
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->chunks = chunk_new(CHUNK_BYTES, NULL);
	return a;
}

static void cleanups_run(struct arena *a)
{
	while (a->cleanups) {
		struct cleanup *c = a->cleanups;

		a->cleanups = c->next;
		c->fn(c->ptr);
	}
}

void arena_reset(struct arena *a)
{
	struct chunk *keep = NULL;

	cleanups_run(a);
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		if (!keep && c->size == CHUNK_BYTES)
			keep = c;
		else
			free(c);
	}
	if (!keep)
		keep = chunk_new(CHUNK_BYTES, NULL);
	keep->next = NULL;
	keep->used = 0;
	a->chunks = keep;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->chunks);
	free(a);
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct chunk *c = a->chunks;
	void *p;

	if (bytes > SIZE_MAX - ALIGN)
		abort();
	bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (bytes > c->size - c->used) {
		if (bytes > CHUNK_BYTES / 4) { /* a chunk of its own, behind the current one */
			struct chunk *own = chunk_new(bytes, c->next);

			c->next = own;
			own->used = bytes;
			return memset(own->data, 0, bytes);
		}
		c = a->chunks = chunk_new(CHUNK_BYTES, c);
	}
	p = c->data + c->used;
	c->used += bytes;
	return memset(p, 0, bytes);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *format, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		abort();
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	char *p;

	va_start(ap, format);
	p = arena_vprintf(a, format, ap);
	va_end(ap);
	return p;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
	struct cleanup *c = ARENA_NEW(a, struct cleanup);

	c->fn = fn;
	c->ptr = ptr;
	c->next = a->cleanups;
	a->cleanups = c;
}
