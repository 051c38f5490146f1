/* server.h: what a worker keeps between requests */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "db/db.h"
#include "http/cache.h"
#include "http/rate.h"
#include "http/route.h"

struct server {
	const char *dir;
	const struct family *const *families;
	const struct route *common; /* rows of every family */
	struct auth_keys keys;
	struct rate_table *rates;
	struct slots *slots;
	struct cache *cache;
	struct db *db;		    /* NULL while it cannot be opened */
	struct arena *config_arena; /* holds cfg */
	struct config *cfg;
	int64_t config_version;
	bool config_kept; /* cfg is older: hearth.conf or the environment has a fault */
	int64_t db_tried_s, schema_checked_s; /* seconds since 1970 */
	struct arena *arena;		      /* of the current request */
	struct buf body, head;
};

/* dir, families and common (see route_find()) are kept by reference. */
enum err_code server_init(struct server *s, const char *dir, const struct family *const *families,
			  const struct route *common, struct err *e);
void server_done(struct server *s);

/* Makes database and configuration current; called at the start of each request. On an error db is
 * NULL, cfg is that of the file and the environment, or the last good one. A fault in the file is
 * none: the last good cfg stays, and the file is looked at again each second. */
enum err_code server_ready(struct server *s, int64_t now, struct err *e);

#endif
