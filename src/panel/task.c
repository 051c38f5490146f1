/* task.c: see task.h */
#include "panel/task.h"

#include <string.h>

#include "auth/audit.h"
#include "json/jsonw.h"

static const struct field task_fields[] = {
	{ FIELD(struct task, id) },    { FIELD(struct task, at) },
	{ FIELD(struct task, actor) }, { FIELD(struct task, slot) },
	{ FIELD(struct task, vmid) },  { FIELD(struct task, action) },
	{ FIELD(struct task, state) }, { FIELD(struct task, upid) },
	{ FIELD(struct task, text) },  { FIELD(struct task, ended_at) },
	{ FIELD(struct task, audit) }, { .key = NULL },
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

#define COLUMNS "id, at, actor, slot, vmid, action, state, upid, text, ended_at, audit"

QUERY(q_repeat) = {
	.sql = "SELECT " COLUMNS " FROM series.pve_task WHERE slot = :slot AND vmid = :vmid"
	       " AND actor = :actor AND action = :action AND state <> 'refused' AND (at > :recent OR"
	       " (state = 'running' AND at > :followed) OR (state = 'asked' AND at > :alive))"
	       " AND NOT EXISTS (SELECT 1 FROM series.pve_task AS later WHERE later.slot = pve_task.slot"
	       " AND later.vmid = pve_task.vmid AND later.id > pve_task.id AND later.action <> pve_task.action)"
	       " ORDER BY id DESC LIMIT 1",
	.in = &repeat_shape,
	.out = &task_shape,
};

QUERY(q_add) = {
	.sql = "INSERT INTO series.pve_task (at, actor, slot, vmid, action, state, audit)"
	       " VALUES (:at, :actor, :slot, :vmid, :action, :state, :audit)",
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

QUERY(q_last) = {
	.sql = "SELECT " COLUMNS " FROM series.pve_task WHERE slot = :slot AND vmid = :vmid"
	       " ORDER BY id DESC LIMIT 1",
	.in = &task_shape,
	.out = &task_shape,
};

/* The lists of ids are short: each comes from an index of its own. */
QUERY(q_recent) = {
	.sql = "SELECT " COLUMNS " FROM series.pve_task WHERE id IN"
	       " (SELECT id FROM series.pve_task WHERE slot = :slot AND state = 'running'"
	       " UNION SELECT id FROM series.pve_task WHERE slot = :slot AND ended_at > :recent) ORDER BY id",
	.in = &repeat_shape,
	.out = &task_shape,
};

QUERY(q_lost) = {
	.sql = "SELECT " COLUMNS " FROM series.pve_task WHERE id IN"
	       " (SELECT id FROM series.pve_task WHERE state = 'running' AND at < :followed"
	       " UNION SELECT id FROM series.pve_task WHERE state = 'asked' AND at < :alive) ORDER BY id",
	.in = &repeat_shape,
	.out = &task_shape,
	.scans = true,
};

const char *task_word(const struct task *t)
{
	return strcmp(t->action, "reboot") == 0 ? "restart" : t->action;
}

const char *task_result(const struct task *t)
{
	bool accepted =
		strcmp(t->state, TASK_RUNNING) == 0 || (strcmp(t->state, TASK_OK) == 0 && !t->upid);

	return accepted ? "accepted" : t->state;
}

enum err_code task_repeat(struct db *db, const struct task *wanted, struct arena *a,
			  struct task *out, struct err *e)
{
	struct repeat in = {
		.actor = wanted->actor,
		.slot = wanted->slot,
		.vmid = wanted->vmid,
		.action = wanted->action,
		.recent = wanted->at.s - TASK_REPEAT_S,
		.alive = wanted->at.s - TASK_CALL_S,
		.followed = wanted->at.s - TASK_FOLLOW_S,
	};

	return db_get(db, &q_repeat, &in, out, a, e);
}

enum err_code task_last(struct db *db, const char *slot, int64_t vmid, struct arena *a,
			struct task *out, struct err *e)
{
	return db_get(db, &q_last, &(struct task){ .slot = slot, .vmid = vmid }, out, a, e);
}

void task_copy(struct arena *a, const struct task *from, struct task *out)
{
	*out = *from;
	out->slot = arena_strdup(a, from->slot);
	out->action = arena_strdup(a, from->action);
	out->state = arena_strdup(a, from->state);
	out->upid = arena_strdup(a, from->upid);
	out->text = arena_strdup(a, from->text);
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

const char *task_reason(const struct task *t)
{
	bool is_well =
		!t->text || strcmp(t->state, TASK_RUNNING) == 0 || strcmp(t->text, "OK") == 0;

	return is_well ? NULL : t->text;
}

static enum err_code amend_audit(struct db *db, const struct task *t, struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;
	enum err_code code;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "result");
	jsonw_str(&w, task_result(t));
	jsonw_key(&w, "reason"); /* null takes an earlier one away */
	jsonw_str(&w, task_reason(t));
	if (t->upid) {
		jsonw_key(&w, "upid");
		jsonw_str(&w, t->upid);
	}
	jsonw_close(&w, '}');
	code = audit_amend(db, t->audit.v, data.data, e);
	buf_done(&data);
	return code;
}

enum err_code task_set(struct db *db, const struct task *t, struct err *e)
{
	enum err_code code = db_run(db, &q_set, t, e);

	return code || !t->audit.is ? code : amend_audit(db, t, e);
}

enum err_code task_each_recent(struct db *db, const char *slot, int64_t now, db_row_fn *fn,
			       void *ctx, struct err *e)
{
	return db_each(db, &q_recent,
		       &(struct repeat){ .slot = slot, .recent = now - TASK_SETTLE_S }, fn, ctx, e);
}

enum err_code task_each_lost(struct db *db, int64_t now, db_row_fn *fn, void *ctx, struct err *e)
{
	return db_each(
		db, &q_lost,
		&(struct repeat){ .alive = now - TASK_CALL_S, .followed = now - TASK_FOLLOW_S }, fn,
		ctx, e);
}
