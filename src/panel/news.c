/* news.c: see news.h */
#include "panel/news.h"

#include <string.h>

#include "db/event.h"
#include "json/jsonw.h"
#include "panel/slot.h"

static enum err_code add(const struct teller *t, const char *kind, const char *subject,
			 struct buf *data, struct err *e)
{
	enum err_code code = event_add(t->db, t->now, kind, subject, data->data, e);

	buf_done(data);
	return code;
}

enum err_code tell_server(const struct teller *t, const struct server *s, const char *kind,
			  struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "name");
	jsonw_str(&w, slot_server_name(t->slot, s->node, t->arena));
	if (s->fetched_at.is) {
		jsonw_key(&w, "since");
		jsonw_stamp(&w, s->fetched_at.s);
	}
	jsonw_close(&w, '}');
	return add(t, kind, slot_server_id(t->slot, s->node, t->arena), &data, e);
}

static const char *guest_subject(const struct teller *t, const char *node, int64_t vmid)
{
	return arena_printf(t->arena, "%s/%lld", slot_server_id(t->slot, node, t->arena),
			    (long long)vmid);
}

enum err_code tell_guest(const struct teller *t, const struct guest *g, const char *kind,
			 struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "name");
	jsonw_str(&w, g->name);
	jsonw_key(&w, "type");
	jsonw_str(&w, g->lxc ? "lxc" : "qemu");
	jsonw_close(&w, '}');
	return add(t, kind, guest_subject(t, g->node, g->vmid), &data, e);
}

enum err_code tell_many(const struct teller *t, int64_t count, struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "name");
	jsonw_str(&w, *t->slot->name ? t->slot->name : t->slot->id);
	jsonw_key(&w, "count");
	jsonw_int(&w, count);
	jsonw_close(&w, '}');
	return add(t, "guest.many", t->slot->id, &data, e);
}

static enum err_code tell_failure(const struct teller *t, const struct task *task,
				  const struct guest *guest, struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "action");
	jsonw_str(&w, task_word(task));
	jsonw_key(&w, "result");
	jsonw_str(&w, task_result(task));
	jsonw_key(&w, "exit_status");
	jsonw_str(&w, task->text);
	jsonw_key(&w, "name");
	jsonw_str(&w, guest ? guest->name : NULL);
	jsonw_key(&w, "upid");
	jsonw_str(&w, task->upid);
	jsonw_close(&w, '}');
	return add(t, "guest.action_failed",
		   guest_subject(t, guest ? guest->node : t->slot->node, task->vmid), &data, e);
}

enum err_code tell_end(const struct teller *t, struct task *task, const struct guest *guest,
		       struct err *e)
{
	enum err_code code;

	task->ended_at = (struct maybe_stamp){ t->now, true };
	code = task_set(t->db, task, e);
	return code || strcmp(task->state, TASK_OK) == 0 ? code : tell_failure(t, task, guest, e);
}
