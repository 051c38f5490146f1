/* arena.h: memory that lives as long as one request (or one poll, or one command) */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/* All memory of a request comes from its arena and goes with it in one step. Other resources
 * (files, statements, curl handles) hang on the arena by arena_defer(). Allocation never returns
 * NULL: a process that cannot get a few kilobytes ends with abort(), its supervisor starts
 * another. */
struct arena;

struct arena *arena_new(void);
/* Runs the deferred cleanups, newest first, and frees all. NULL is fine. */
void arena_free(struct arena *a);
/* Runs the deferred cleanups and forgets all memory; keeps one chunk so that the next request
 * allocates nothing. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t bytes);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))
/* Zeroed; n * size that overflows ends the process. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* NULL stays NULL. */
char *arena_strdup(struct arena *a, const char *s);
/* Copies n bytes and adds a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* fn(ptr) runs at the next reset or free. */
void arena_defer(struct arena *a, void (*fn)(void *), void *ptr);

#endif
