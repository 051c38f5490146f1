/* cache.h: a worker's last replies to reads that are the same for everybody who may ask */
#ifndef HTTP_CACHE_H
#define HTTP_CACHE_H

#include <stdint.h>

#include "base/buf.h"
#include "db/db.h"
#include "http/route.h"

/* An entry holds as long as neither database changed, no key of the configuration changed and the
 * same second lasts (ages are told in seconds). So a hit is what the handler would write again. */
struct cache_key {
	const struct route *route;
	const char *mount, *path, *query; /* as sent */
	struct db_version version;
	int64_t config_version, now_s;
};

struct cache;

struct cache *cache_new(void);
void cache_free(struct cache *c);
/* NULL when there is none; else valid until the next cache_put(). */
const struct buf *cache_get(struct cache *c, const struct cache_key *key);
/* Copies; replies or keys that are too long are left out. */
void cache_put(struct cache *c, const struct cache_key *key, const struct buf *body);

#endif
