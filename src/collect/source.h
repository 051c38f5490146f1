/* source.h: a system the collector polls, and a chore it does now and then; listed in
 * house/sources.c */
#ifndef COLLECT_SOURCE_H
#define COLLECT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "collect/state.h"
#include "db/db.h"

struct source;

/* One visit of a source. All its memory is in its own arena. */
struct job {
	const struct source *source;
	int instance;	  /* which one of the source's, from 0 */
	const char *name; /* "fritzbox", "proxmox/nas" */
	const struct config *cfg;
	struct arena *arena;
	int64_t now;		/* seconds since 1970, when the round began */
	struct poll_state last; /* as it was before */
	bool save;		/* time to store what is kept live (db/live.h) and in memory */
	void *plan;		/* from prepare() to gather() */
	void *result;		/* from gather() to store() */
	/* set by gather(); NULL code: all went well */
	const char *error_code; /* short name for programs */
	const char *error_text; /* for people, no secret */
	const char *memory;	/* for the next visit; NULL: as it was */
	/* set by gather() or store() */
	int64_t retry_s; /* > 0: instead of the interval */
	bool hold;	 /* not even on demand before that */
};

struct source {
	const char *name; /* "fritzbox" */
	bool (*enabled)(const struct config *cfg);
	/* Of a kind of system of which the house may have several: at most so many, each polled on
	 * its own, named "<source>/<id>". 0: there is one, and no id is asked for. */
	int instances;
	const char *(*id)(const struct config *cfg, int instance); /* NULL: not in use */
	int64_t (*interval_s)(const struct config *cfg);
	int64_t (*deadline_ms)(const struct config *cfg); /* of gather() */
	/* Text that changes when the account does: then the source is due at once and forgets its
	 * back-off. */
	const char *(*account)(const struct job *j);
	/* On the main thread: reads from the database what gather() must know. May be NULL. */
	enum err_code (*prepare)(struct job *j, struct db *db, struct err *e);
	/* On a thread of its own: asks the system, until its deadline at the latest. Knows no
	 * database. */
	void (*gather)(struct job *j);
	/* On the main thread, inside the round's one write transaction. Called after failed visits
	 * too. */
	enum err_code (*store)(struct job *j, struct db *db, struct err *e);
	/* What it keeps in memory, when the process ends. May be NULL. */
	enum err_code (*flush)(struct db *db, struct err *e);
};

/* How often what is kept live goes to the disk: each time costs a dozen pages, whatever stands in them. */
enum { SAVE_EVERY_S = 300 };

/* Seconds between tries after so many failures in a row: 30, 60, 120, then 300. */
int64_t source_retry_s(int64_t failures);

/* Work inside a transaction of its own; called again while it sets *more. */
struct chore {
	const char *name;
	int64_t every_s; /* 0: an hour. Else at its multiples, and at the start of the process */
	enum err_code (*run)(const struct auth *auth, bool *more, struct err *e);
};

#endif
