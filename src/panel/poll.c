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
	ROUND_MS = 8000,  /* the calls of one round */
	IMPORT_MS = 1000, /* beyond these at least for history; all is below the period of rounds */
	SPARE_MS = 3000,  /* beyond the time limit of a single call */
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

static int64_t round_ms(const struct config *cfg)
{
	int64_t one_ms = cfg->proxmox.timeout_seconds * 1000 + SPARE_MS;

	return one_ms > ROUND_MS ? one_ms : ROUND_MS;
}

static int64_t deadline_ms(const struct config *cfg)
{
	return round_ms(cfg) + IMPORT_MS;
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
	task_copy(l->arena, row, t);
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
		code = task_each_recent(db, slot->id, j->now, keep_task, &tasks, e);
	*p = (struct plan){
		.slot = slot,
		.servers = (struct server *)(void *)servers.at,
		.n_servers = servers.n,
		.guests = (struct guest *)(void *)guests.at,
		.n_guests = guests.n,
		.tasks = (struct task *)(void *)tasks.at,
		.n_tasks = tasks.n,
		.turn = { .traffic = is_step_due(last - TRAFFIC_LATE_S, j->now - TRAFFIC_LATE_S,
						 TRAFFIC_EVERY_S),
			  .number = j->now / interval_s(j->cfg),
			  .parts = TRAFFIC_EVERY_S / interval_s(j->cfg) },
		.guests_due = hurried || is_step_due(last, j->now, j->cfg->proxmox.guest_seconds),
	};
	j->plan = p;
	return code;
}

static bool is_running(const struct task *t)
{
	return strcmp(t->state, TASK_RUNNING) == 0;
}

/* How the tasks stand; an error of one is no error of the round. */
static bool ask_tasks(struct fetch_session *session, const struct pve_account *acc,
		      const struct plan *plan, struct round *round, int64_t end_ms, struct arena *a)
{
	char error[PEER_ERROR_BYTES];
	bool any = false;

	for (size_t i = 0; i < plan->n_tasks; i++) {
		struct task_news *news = &round->news[i];

		if (!is_running(&plan->tasks[i]))
			continue;
		any = true;
		news->state = pve_task(session, acc, news->task->upid, end_ms, a,
				       &news->exit_status, error);
	}
	return any;
}

static bool is_asked_before(const struct plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (plan->tasks[k].vmid == plan->tasks[i].vmid)
			return true;
	return false;
}

/* The list of all is older than what was done to these. */
static void ask_guests(struct fetch_session *session, const struct pve_account *acc,
		       const struct plan *plan, struct round *round, int64_t end_ms,
		       struct arena *a)
{
	const struct pve_cluster *c = &round->cluster;
	char error[PEER_ERROR_BYTES];
	int asked = 0;

	for (size_t i = 0; i < plan->n_tasks && asked < ASK_GUESTS; i++) {
		if (is_asked_before(plan, i))
			continue;
		for (size_t k = 0; k < c->n_guests; k++)
			if (c->guests[k].vmid == plan->tasks[i].vmid) {
				pve_guest_now(session, acc, end_ms, a, &c->guests[k], error);
				asked++;
			}
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
static void complain(struct job *j, const char *what)
{
	j->error_code = peer_state_name(PEER_NOT_ALLOWED);
	j->error_text = arena_printf(
		j->arena,
		"The token may not see %s: give it the role PVEAuditor on / (and, when its privileges are "
		"separated, to its user too)",
		what);
}

/* Where the rights are missing a list is empty, as it is where no guest is left. */
static void ask_rights(struct fetch_session *session, const struct pve_account *acc, struct job *j,
		       struct round *round, int64_t end_ms)
{
	char error[PEER_ERROR_BYTES];
	bool sees_guests;
	enum peer_state state;

	if (round->cluster.n_guests)
		return;
	state = pve_rights(session, acc, end_ms, &sees_guests, error);
	round->blind = !sees_guests;
	if (state == PEER_OK && round->blind)
		complain(j, "guests");
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
	int64_t end_ms = clock_monotonic_ms() + round_ms(j->cfg);
	char error[PEER_ERROR_BYTES] = "";

	j->result = round;
	round->news = ARENA_ARRAY(j->arena, struct task_news, plan->n_tasks + 1);
	for (size_t i = 0; i < plan->n_tasks; i++)
		round->news[i] = (struct task_news){ &plan->tasks[i], PEER_TIMEOUT, NULL };
	round->state = pve_poll(session, &acc, *slot->node ? slot->node : NULL, &plan->turn, end_ms,
				j->arena, &round->cluster, error);
	if (round->state == PEER_OK && *slot->node && !has_node(&round->cluster, slot->node))
		round->state = PEER_NOT_FOUND;
	if (round->state == PEER_OK) {
		const char *hidden = hidden_node(plan, &round->cluster);

		ask_rights(session, &acc, j, round, end_ms);
		if (hidden)
			complain(j, hidden);
		if (ask_tasks(session, &acc, plan, round, end_ms, j->arena) &&
		    TASK_EVERY_S < interval_s(j->cfg))
			j->retry_s = TASK_EVERY_S;
		ask_guests(session, &acc, plan, round, end_ms, j->arena);
		import_gather(session, &acc, plan, round, end_ms + IMPORT_MS, j->arena);
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
	int told = 0;
	struct storing s = { db, j->arena, j->cfg, j->plan, j->result, j->now, j->save, &told };
	enum err_code code = store_refusal(j, db, e);

	if (code || s.round->state != PEER_OK)
		return code;
	code = store_cluster(&s, e);
	if (!code)
		code = store_tasks(&s, e);
	return code ? code : import_store(&s, e);
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
