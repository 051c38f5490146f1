/* task.c: see task.h */
#include "panel/task.h"

#include <string.h>

static const struct field task_fields[] = {
	{ FIELD(struct task, id) },
	{ FIELD(struct task, at) },
	{ FIELD(struct task, actor) },
	{ FIELD(struct task, slot) },
	{ FIELD(struct task, vmid) },
	{ FIELD(struct task, action) },
	{ FIELD(struct task, state) },
	{ FIELD(struct task, upid) },
	{ FIELD(struct task, text) },
	{ FIELD(struct task, ended_at) },
	{ .key = NULL },
};
static const struct shape task_shape = { "TaskRow", sizeof(struct task), task_fields };

struct repeat {
	int64_t actor;
	const char *slot;
	int64_t vmid;
	const char *action;
	int64_t recent, alive, followed;
};

static const struct field repeat_fields[] = {
	{ FIELD(struct repeat, actor) },    { FIELD(struct repeat, slot) },
	{ FIELD(struct repeat, vmid) },	    { FIELD(struct repeat, action) },
	{ FIELD(struct repeat, recent) },   { FIELD(struct repeat, alive) },
	{ FIELD(struct repeat, followed) }, { .key = NULL },
};
static const struct shape repeat_shape = { "TaskRepeat", sizeof(struct repeat), repeat_fields };

#define COLUMNS "id, at, actor, slot, vmid, action, state, upid, text, ended_at"

QUERY(q_repeat) = {
	.sql = "SELECT " COLUMNS " FROM series.pve_task WHERE slot = :slot AND vmid = :vmid"
	       " AND actor = :actor AND action = :action AND (at > :recent OR"
	       " (state = 'running' AND at > :followed) OR (state = 'asked' AND at > :alive))"
	       " AND NOT EXISTS (SELECT 1 FROM series.pve_task AS later WHERE later.slot = pve_task.slot"
	       " AND later.vmid = pve_task.vmid AND later.id > pve_task.id AND later.action <> pve_task.action)"
	       " ORDER BY id DESC LIMIT 1",
	.in = &repeat_shape,
	.out = &task_shape,
};

QUERY(q_add) = {
	.sql = "INSERT INTO series.pve_task (at, actor, slot, vmid, action, state)"
	       " VALUES (:at, :actor, :slot, :vmid, :action, :state)",
	.in = &task_shape,
};

QUERY(q_get) = {
	.sql = "SELECT " COLUMNS " FROM series.pve_task WHERE id = :id",
	.in = &task_shape,
	.out = &task_shape,
};

QUERY(q_set) = {
	.sql = "UPDATE series.pve_task SET state = :state, upid = :upid, text = :text, ended_at = :ended_at"
	       " WHERE id = :id",
	.in = &task_shape,
};

QUERY(q_running) = {
	.sql = "SELECT " COLUMNS
	       " FROM series.pve_task WHERE slot = :slot AND state = 'running' ORDER BY id",
	.in = &task_shape,
	.out = &task_shape,
};

const char *task_word(const struct task *t)
{
	return strcmp(t->action, "reboot") == 0 ? "restart" : t->action;
}

enum err_code task_repeat(struct db *db, const struct task *wanted, int64_t alive_since,
			  struct arena *a, struct task *out, struct err *e)
{
	struct repeat in = {
		.actor = wanted->actor,
		.slot = wanted->slot,
		.vmid = wanted->vmid,
		.action = wanted->action,
		.recent = wanted->at.s - TASK_REPEAT_S,
		.alive = alive_since,
		.followed = wanted->at.s - TASK_FOLLOW_S,
	};

	return db_get(db, &q_repeat, &in, out, a, e);
}

enum err_code task_add(struct db *db, struct task *t, struct err *e)
{
	enum err_code code = db_run(db, &q_add, t, e);

	t->id = db_last_id(db);
	return code;
}

enum err_code task_get(struct db *db, int64_t id, struct arena *a, struct task *out, struct err *e)
{
	return db_get(db, &q_get, &(struct task){ .id = id }, out, a, e);
}

enum err_code task_set(struct db *db, const struct task *t, struct err *e)
{
	return db_run(db, &q_set, t, e);
}

enum err_code task_each_running(struct db *db, const char *slot, db_row_fn *fn, void *ctx,
				struct err *e)
{
	return db_each(db, &q_running, &(struct task){ .slot = slot }, fn, ctx, e);
}
