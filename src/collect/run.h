/* run.h: the collector's rounds: what is due is asked at once, and stored together */
#ifndef COLLECT_RUN_H
#define COLLECT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "collect/source.h"

struct collect_options {
	const char *dir;
	const char *only; /* name of a source, due or not; NULL: all that are due */
	int64_t for_s;	  /* 0: one round */
	int64_t every_s;  /* from the start of one round to that of the next */
	bool verbose;	  /* says on standard error what is done */
};

/* Rounds until the time is over or SIGTERM or SIGINT comes, which end it at once; nothing half done
 * is stored. A source that takes its time keeps no other one waiting: it is stored when it has
 * answered, and the next round goes on without it. Between rounds a request may wake the collector
 * (wake.h). Samples are stored each minute, what
 * is kept live (db/live.h) every SAVE_EVERY_S, and both at the end.
 * Another collector on the same folder: returns at once, without an error. The arrays
 * end with NULL and with run NULL. Errors: only that rounds cannot be made; a source that fails is
 * recorded, not an error. */
enum err_code collect_run(const struct collect_options *o, const struct source *const *sources,
			  const struct chore *chores, struct err *e);

#endif
