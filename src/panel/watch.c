/* watch.c: what nobody answers for any more: servers that have become silent, and tasks of which no
 * end will come. Their polls may be far apart by then, or wait after a refused login. */
#include <string.h>

#include "panel/news.h"
#include "panel/panel.h"
#include "panel/slot.h"

enum { MAX_OVERDUE = 5000 };

/* Rows that are to change, copied while they are read. */
struct overdue {
	const struct auth *auth;
	struct arena *arena;
	struct server *servers;
	struct task *tasks;
	int n_servers, n_tasks;
};

static enum err_code keep_server(void *row, void *ctx, struct err *e)
{
	struct overdue *o = ctx;
	const struct server *s = row;
	const struct proxmox_slot *slot = slot_of_id(o->auth->cfg, s->slot);

	(void)e;
	if (!slot || !s->fetched_at.is || s->down || o->n_servers == MAX_OVERDUE ||
	    server_is_online(o->auth->cfg, s, o->auth->now))
		return ERR_NONE;
	o->servers[o->n_servers] = *s;
	o->servers[o->n_servers].slot = slot->id;
	o->servers[o->n_servers++].node = arena_strdup(o->arena, s->node);
	return ERR_NONE;
}

static enum err_code keep_task(void *row, void *ctx, struct err *e)
{
	struct overdue *o = ctx;

	(void)e;
	if (o->n_tasks < MAX_OVERDUE)
		task_copy(o->arena, row, &o->tasks[o->n_tasks++]);
	return ERR_NONE;
}

static enum err_code tell_silence(struct overdue *o, struct server *s, struct err *e)
{
	int64_t now = o->auth->now;
	struct teller t = { o->auth->db, o->arena, slot_of_id(o->auth->cfg, s->slot), now };
	enum err_code code;

	if (s->fetched_at.s > now) /* the clock was set back since */
		s->fetched_at.s = now;
	s->online = false;
	s->down = true;
	code = tell_server(&t, s, "server.offline", e);
	return code ? code : server_put(t.db, s, e);
}

static enum err_code give_up(struct overdue *o, struct task *task, struct err *e)
{
	struct teller t = { o->auth->db, o->arena, slot_of_id(o->auth->cfg, task->slot),
			    o->auth->now };
	struct guest guest;
	enum err_code code = guest_get(t.db, task->slot, task->vmid, o->arena, &guest, e);

	if (code && code != ERR_NOT_FOUND)
		return code;
	task->state = TASK_LOST;
	if (t.slot)
		return tell_end(&t, task, code ? NULL : &guest, e);
	task->ended_at = (struct maybe_stamp){ t.now, true };
	return task_set(t.db, task, e);
}

enum err_code panel_watch(const struct auth *auth, bool *more, struct err *e)
{
	struct arena *a = arena_new();
	struct overdue o = { .auth = auth,
			     .arena = a,
			     .servers = ARENA_ARRAY(a, struct server, MAX_OVERDUE),
			     .tasks = ARENA_ARRAY(a, struct task, MAX_OVERDUE) };
	enum err_code code = server_each(auth->db, NULL, keep_server, &o, e);

	*more = false;
	if (!code)
		code = task_each_lost(auth->db, auth->now, keep_task, &o, e);
	for (int i = 0; !code && i < o.n_servers; i++)
		code = tell_silence(&o, &o.servers[i], e);
	for (int i = 0; !code && i < o.n_tasks; i++)
		code = give_up(&o, &o.tasks[i], e);
	arena_free(a);
	return code;
}
