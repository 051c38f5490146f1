/* task.h: actions that were asked for, and the tasks of Proxmox that they became */
#ifndef PANEL_TASK_H
#define PANEL_TASK_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

/* States. */
#define TASK_ASKED "asked"     /* the call is under way */
#define TASK_RUNNING "running" /* accepted; the collector follows it */
#define TASK_OK "ok"
#define TASK_FAILED "failed"
#define TASK_REFUSED "refused" /* Proxmox did not take it, or did not answer */
#define TASK_LOST "lost"       /* not followed to its end */

enum {
	TASK_REPEAT_S = 5,   /* the same action of the same user on the same guest is the same */
	TASK_FOLLOW_S = 600, /* how long it is followed at most */
	TASK_CALL_S = 30,    /* a call that was begun longer ago has died with its process */
	TASK_SETTLE_S = 30,  /* how long lists may tell of the guest what was before */
};

struct task {
	int64_t id;
	struct stamp at;
	int64_t actor; /* account */
	const char *slot;
	int64_t vmid;
	const char *action, *state;
	const char *upid, *text;     /* or NULL */
	struct maybe_stamp ended_at; /* or refused, or given up */
	struct maybe_int audit;	     /* id of the entry that tells it */
};

/* Its action as the API calls it. */
const char *task_word(const struct task *t);

/* For people and programs: "asked", "accepted", "ok", "failed", "refused", "lost". */
const char *task_result(const struct task *t);

/* Why it was refused or has failed, or the warnings of one that went well; or NULL. */
const char *task_reason(const struct task *t);

/* The newest task like wanted that makes it a repetition: not older than TASK_REPEAT_S, or its task
 * runs, or its call is under way; and it was not refused, and nothing else was asked of the guest
 * since. ERR_NOT_FOUND. */
enum err_code task_repeat(struct db *db, const struct task *wanted, struct arena *a,
			  struct task *out, struct err *e);
/* What was asked of a guest last. ERR_NOT_FOUND: nothing. */
enum err_code task_last(struct db *db, const char *slot, int64_t vmid, struct arena *a,
			struct task *out, struct err *e);
/* With its strings in the arena. */
void task_copy(struct arena *a, const struct task *from, struct task *out);
/* Inside the caller's transaction, as task_set(). Sets its id. */
enum err_code task_add(struct db *db, struct task *t, struct err *e);
/* ERR_NOT_FOUND. */
enum err_code task_get(struct db *db, int64_t id, struct arena *a, struct task *out, struct err *e);
/* Writes state, upid, text and end, in its row and in its entry of the audit trail. */
enum err_code task_set(struct db *db, const struct task *t, struct err *e);
/* Those of a slot that run, or have ended less than TASK_SETTLE_S ago, by id; row is a struct
 * task. */
enum err_code task_each_recent(struct db *db, const char *slot, int64_t now, db_row_fn *fn,
			       void *ctx, struct err *e);
/* Those of all slots of which no end will come: running or asked for too long; row as above. */
enum err_code task_each_lost(struct db *db, int64_t now, db_row_fn *fn, void *ctx, struct err *e);

#endif
