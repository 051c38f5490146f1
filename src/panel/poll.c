/* poll.c: Proxmox servers as a source of the collector; a slot of the configuration is one
 * instance */
#include "panel/poll.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "db/event.h"
#include "json/jsonw.h"
#include "panel/panel.h"
#include "panel/slot.h"

enum {
	ROUND_MS = 8000,	    /* all calls of one round; below the period of rounds */
	IMPORT_MS = 4000,	    /* of these, until when history may be begun */
	SPARE_MS = 3000,	    /* beyond the time limit of a single call */
	AUTH_RETRY_S = 300,	    /* a wrong token is refused slowly, and is not tried often */
	TASK_EVERY_S = 5,	    /* while one runs */
	TRAFFIC_EVERY_S = MINUTE_S, /* the server has one row of it a minute */
	TRAFFIC_LATE_S = 20, /* a minute stands in the server's statistics so long after its end */
};

static bool is_enabled(const struct config *cfg)
{
	for (int i = 0; i < PROXMOX_SLOTS; i++)
		if (is_proxmox_slot_used(&cfg->proxmox.slots[i]))
			return true;
	return false;
}

static const char *id(const struct config *cfg, int instance)
{
	const struct proxmox_slot *slot = &cfg->proxmox.slots[instance];

	return is_proxmox_slot_used(slot) ? slot->id : NULL;
}

static int64_t interval_s(const struct config *cfg)
{
	return cfg->proxmox.node_seconds;
}

static int64_t deadline_ms(const struct config *cfg)
{
	int64_t one_ms = cfg->proxmox.timeout_seconds * 1000 + SPARE_MS;

	return one_ms > ROUND_MS ? one_ms : ROUND_MS;
}

static const struct proxmox_slot *slot_of(const struct job *j)
{
	return &j->cfg->proxmox.slots[j->instance];
}

static const char *account(const struct job *j)
{
	const struct proxmox_slot *slot = slot_of(j);

	return arena_printf(j->arena, "%s\n%s\n%s\n%s\n%s\n%s", slot->url, slot->node,
			    slot->token_id, slot->token_secret, slot->tls, slot->tls_pin);
}

/* Rows that grow while they are read. */
struct list {
	struct arena *arena;
	char *at;
	size_t n, room, size;
};

static void *list_add(struct list *l, const void *row)
{
	void *place;

	if (l->n == l->room) {
		char *more;

		l->room = l->room ? 2 * l->room : 32;
		more = arena_array(l->arena, l->room, l->size);
		if (l->n)
			memcpy(more, l->at, l->n * l->size);
		l->at = more;
	}
	place = l->at + l->n++ * l->size;
	memcpy(place, row, l->size);
	return place;
}

static enum err_code keep_server(void *row, void *ctx, struct err *e)
{
	struct list *l = ctx;
	struct server *s = list_add(l, row);

	(void)e;
	s->slot = arena_strdup(l->arena, s->slot);
	s->node = arena_strdup(l->arena, s->node);
	return ERR_NONE;
}

static enum err_code keep_guest(void *row, void *ctx, struct err *e)
{
	struct list *l = ctx;
	struct guest *g = list_add(l, row);

	(void)e;
	g->slot = arena_strdup(l->arena, g->slot);
	g->node = arena_strdup(l->arena, g->node);
	g->name = arena_strdup(l->arena, g->name);
	g->status = arena_strdup(l->arena, g->status);
	g->tags = arena_strdup(l->arena, g->tags);
	return ERR_NONE;
}

static enum err_code keep_task(void *row, void *ctx, struct err *e)
{
	struct list *l = ctx;
	struct task *t = list_add(l, row);

	(void)e;
	t->slot = arena_strdup(l->arena, t->slot);
	t->action = arena_strdup(l->arena, t->action);
	t->state = arena_strdup(l->arena, t->state);
	t->upid = arena_strdup(l->arena, t->upid);
	t->text = arena_strdup(l->arena, t->text);
	return ERR_NONE;
}

static enum err_code prepare(struct job *j, struct db *db, struct err *e)
{
	const struct proxmox_slot *slot = slot_of(j);
	struct plan *p = ARENA_NEW(j->arena, struct plan);
	struct list servers = { .arena = j->arena, .size = sizeof(struct server) };
	struct list guests = { .arena = j->arena, .size = sizeof(struct guest) };
	struct list tasks = { .arena = j->arena, .size = sizeof(struct task) };
	int64_t last = j->last.last_success.is ? j->last.last_success.s : 0;
	bool hurried = j->last.next_due == 0;
	enum err_code code = server_each(db, slot->id, keep_server, &servers, e);

	if (!code)
		code = guest_each(db, slot->id, NULL, keep_guest, &guests, e);
	if (!code)
		code = task_each_running(db, slot->id, keep_task, &tasks, e);
	*p = (struct plan){
		.slot = slot,
		.servers = (struct server *)(void *)servers.at,
		.n_servers = servers.n,
		.guests = (struct guest *)(void *)guests.at,
		.n_guests = guests.n,
		.tasks = (struct task *)(void *)tasks.at,
		.n_tasks = tasks.n,
		.traffic_due = is_step_due(last - TRAFFIC_LATE_S, j->now - TRAFFIC_LATE_S,
					   TRAFFIC_EVERY_S),
		.guests_due = hurried || is_step_due(last, j->now, j->cfg->proxmox.guest_seconds),
	};
	j->plan = p;
	return code;
}

/* How the tasks stand; an error of one is no error of the round. */
static void ask_tasks(struct fetch_session *session, const struct pve_account *acc,
		      const struct plan *plan, struct round *round, int64_t end_ms, struct arena *a)
{
	char error[PEER_ERROR_BYTES];

	round->news = ARENA_ARRAY(a, struct task_news, plan->n_tasks + 1);
	for (size_t i = 0; i < plan->n_tasks; i++) {
		struct task_news *news = &round->news[i];

		news->task = &plan->tasks[i];
		news->state = pve_task(session, acc, news->task->upid, end_ms, a,
				       &news->exit_status, error);
	}
}

static bool has_node(const struct pve_cluster *cluster, const char *name)
{
	for (size_t i = 0; i < cluster->n_nodes; i++)
		if (strcmp(cluster->nodes[i].name, name) == 0)
			return true;
	return false;
}

/* A node that is there without numbers: the token may not see them. */
static const char *hidden_node(const struct plan *plan, const struct pve_cluster *cluster)
{
	for (size_t i = 0; i < cluster->n_nodes; i++) {
		const struct pve_node *node = &cluster->nodes[i];

		if (node->online && isnan(node->cpu) &&
		    (!*plan->slot->node || strcmp(plan->slot->node, node->name) == 0))
			return node->name;
	}
	return NULL;
}

/* The round goes on with what there is. */
static void complain(struct job *j, const char *node)
{
	j->error_code = peer_state_name(PEER_NOT_ALLOWED);
	j->error_text = arena_printf(
		j->arena,
		"The token may not see %s: give it the role PVEAuditor on / (and, when its privileges are "
		"separated, to its user too)",
		node);
}

static void fail(struct job *j, enum peer_state state, const char *detail)
{
	j->error_code = peer_state_name(state);
	j->error_text = *detail ? arena_printf(j->arena, "%s (%s)", peer_state_text(state), detail)
				: peer_state_text(state);
	if (state == PEER_AUTH_FAILED) {
		j->retry_s = AUTH_RETRY_S;
		j->hold = true;
	} else {
		j->retry_s = backoff_s(interval_s(j->cfg), j->last.failures + 1);
	}
}

static void gather(struct job *j)
{
	const struct plan *plan = j->plan;
	const struct proxmox_slot *slot = plan->slot;
	struct pve_account acc = slot_account(j->cfg, slot);
	struct round *round = ARENA_NEW(j->arena, struct round);
	struct fetch_session *session = fetch_session_new();
	int64_t begin_ms = clock_monotonic_ms(), end_ms = begin_ms + deadline_ms(j->cfg);
	char error[PEER_ERROR_BYTES] = "";

	j->result = round;
	round->state = pve_poll(session, &acc, *slot->node ? slot->node : NULL, plan->traffic_due,
				end_ms, j->arena, &round->cluster, error);
	if (round->state == PEER_OK && *slot->node && !has_node(&round->cluster, slot->node))
		round->state = PEER_NOT_FOUND;
	if (round->state == PEER_OK) {
		const char *hidden = hidden_node(plan, &round->cluster);

		if (hidden)
			complain(j, hidden);
		ask_tasks(session, &acc, plan, round, end_ms, j->arena);
		import_gather(session, &acc, plan, round, begin_ms + IMPORT_MS, j->arena);
		if (plan->n_tasks && TASK_EVERY_S < interval_s(j->cfg))
			j->retry_s = TASK_EVERY_S;
	} else {
		fail(j, round->state, error);
	}
	fetch_session_free(session);
}

/* Said once, not with each try. */
static enum err_code store_refusal(struct job *j, struct db *db, struct err *e)
{
	const char *name = peer_state_name(PEER_AUTH_FAILED);
	const struct proxmox_slot *slot = slot_of(j);
	const struct round *round = j->result;
	struct buf data = { 0 };
	struct jsonw w;
	enum err_code code;

	if (round->state != PEER_AUTH_FAILED ||
	    (j->last.error_code && strcmp(j->last.error_code, name) == 0))
		return ERR_NONE;
	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "name");
	jsonw_str(&w, *slot->name ? slot->name : slot->id);
	jsonw_close(&w, '}');
	code = event_add(db, j->now, "source.auth_failed", j->name, data.data, e);
	buf_done(&data);
	return code;
}

static enum err_code store(struct job *j, struct db *db, struct err *e)
{
	struct storing s = { db, j->arena, j->cfg, j->plan, j->result, j->now, j->save };
	enum err_code code = store_refusal(j, db, e);

	if (!code && s.round->state == PEER_OK)
		code = store_cluster(&s, e);
	if (!code && s.round->state == PEER_OK)
		code = store_tasks(&s, e);
	if (!code && s.round->state == PEER_OK)
		code = import_store(&s, e);
	if (!code && s.round->state != PEER_OK)
		code = store_silence(&s, e);
	return code;
}

const struct source source_proxmox = {
	.name = "proxmox",
	.enabled = is_enabled,
	.instances = PROXMOX_SLOTS,
	.id = id,
	.interval_s = interval_s,
	.deadline_ms = deadline_ms,
	.account = account,
	.prepare = prepare,
	.gather = gather,
	.store = store,
};
