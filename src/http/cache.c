/* cache.c: see cache.h */
#include "http/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 32,		/* a key has one place; a newer one takes it */
	BODY_BYTES = 32 * 1024, /* so a worker's cache stays below a megabyte */
	NAME_BYTES = 256,	/* of mount, path and query together; longer ones are not kept */
};

struct slot {
	char name[NAME_BYTES]; /* mount, path and query */
	struct cache_key key;  /* without its texts */
	struct buf body;
};

struct cache {
	struct slot slots[SLOTS];
};

struct cache *cache_new(void)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	return c;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	for (int i = 0; i < SLOTS; i++)
		buf_done(&c->slots[i].body);
	free(c);
}

/* The place of a key; name gets its text. NULL when it is too long. */
static struct slot *slot_find(struct cache *c, const struct cache_key *key, char name[NAME_BYTES])
{
	uint32_t h = 2166136261u;
	int n = snprintf(name, NAME_BYTES, "%s%s?%s", key->mount, key->path, key->query);

	if (n < 0 || n >= NAME_BYTES)
		return NULL;
	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return &c->slots[h % SLOTS];
}

const struct buf *cache_get(struct cache *c, const struct cache_key *key)
{
	char name[NAME_BYTES];
	const struct slot *s = slot_find(c, key, name);

	if (!s || s->key.route != key->route || s->key.now_s != key->now_s ||
	    s->key.config_version != key->config_version ||
	    s->key.version.main != key->version.main ||
	    s->key.version.series != key->version.series ||
	    s->key.version.live != key->version.live || s->key.version.own != key->version.own ||
	    strcmp(s->name, name) != 0)
		return NULL;
	return &s->body;
}

void cache_put(struct cache *c, const struct cache_key *key, const struct buf *body)
{
	char name[NAME_BYTES];
	struct slot *s = body->size <= BODY_BYTES ? slot_find(c, key, name) : NULL;

	if (!s)
		return;
	memcpy(s->name, name, NAME_BYTES);
	s->key = *key;
	s->key.mount = s->key.path = s->key.query = NULL;
	buf_reset(&s->body);
	buf_add(&s->body, body->data, body->size);
}
