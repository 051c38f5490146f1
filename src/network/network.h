/* network.h: the home network as its router knows it: a family of the API, its poll and its
 * upkeep */
#ifndef NETWORK_NETWORK_H
#define NETWORK_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/err.h"
#include "base/field.h"
#include "collect/source.h"
#include "db/db.h"
#include "http/route.h"
#include "json/jsonw.h"

extern const struct family family_network;
extern const struct source source_fritzbox;

/* How fresh the stored data are. */
struct network_health {
	bool enabled;
	bool degraded;		/* the provider is not ok, or its data are older than ten minutes */
	struct maybe_int age_s; /* of the oldest part; absent when one never succeeded */
	const char *provider;	/* "ok", "degraded", "down" */
};
/* Of the one router; strings are static. Errors: the database's. */
enum err_code network_health(struct db *db, const struct config *cfg, int64_t now,
			     struct network_health *out, struct err *e);
/* The members status, cache_age_seconds and providers. */
void network_health_write(struct jsonw *w, const struct network_health *h);

/* Hourly: hours out of minutes, then the end of what is too old; at most DB_SWEEP_ROWS rows a call. */
enum err_code network_rollup(const struct auth *auth, bool *more, struct err *e);
enum err_code network_prune_bandwidth(const struct auth *auth, bool *more, struct err *e);
enum err_code network_prune_devices(const struct auth *auth, bool *more, struct err *e);
enum err_code network_prune_presence(const struct auth *auth, bool *more, struct err *e);
/* Repeats the labels of hearth.db in series.db where they differ, as after a restored file. */
enum err_code network_relabel(const struct auth *auth, bool *more, struct err *e);

#endif
