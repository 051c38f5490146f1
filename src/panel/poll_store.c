/* poll_store.c: what a round of a Proxmox slot changes: rows, samples, events */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "panel/news.h"
#include "panel/panel.h"
#include "panel/poll.h"
#include "panel/slot.h"

static struct maybe_int whole(int64_t v)
{
	return (struct maybe_int){ v < 0 ? 0 : v, v >= 0 };
}

static struct maybe_num number(double v)
{
	return (struct maybe_num){ isnan(v) ? 0 : v, !isnan(v) };
}

static double sample_int(struct maybe_int v)
{
	return v.is ? (double)v.v : NAN;
}

static double sample_num(struct maybe_num v)
{
	return v.is ? v.v : NAN;
}

static struct teller teller_of(const struct storing *s)
{
	return (struct teller){ s->db, s->arena, s->plan->slot, s->now };
}

static enum err_code server_event(const struct storing *s, const struct server *server,
				  const char *kind, struct err *e)
{
	struct teller t = teller_of(s);

	return tell_server(&t, server, kind, e);
}

/* So many at the most: a cluster that tells nonsense fills no disk. */
static enum err_code guest_event(const struct storing *s, const struct guest *g, const char *kind,
				 struct err *e)
{
	struct teller t = teller_of(s);

	return ++*s->told > TELL_GUESTS ? ERR_NONE : tell_guest(&t, g, kind, e);
}

/* ---- servers ------------------------------------------------------------------------------- */

static const struct server *known_server(const struct plan *p, const char *node)
{
	for (size_t i = 0; i < p->n_servers; i++)
		if (strcmp(p->servers[i].node, node) == 0)
			return &p->servers[i];
	return NULL;
}

static bool is_wanted(const struct plan *p, const char *node)
{
	return !*p->slot->node || strcmp(p->slot->node, node) == 0;
}

static void count_guests(const struct pve_cluster *c, struct server *server)
{
	server->vms_running = server->vms_total = server->cts_running = server->cts_total = 0;
	for (size_t i = 0; i < c->n_guests; i++) {
		const struct pve_guest *g = &c->guests[i];
		bool running = strcmp(g->status, "running") == 0;

		if (g->template || strcmp(g->node, server->node) != 0)
			continue;
		if (g->lxc) {
			server->cts_total++;
			server->cts_running += running;
		} else {
			server->vms_total++;
			server->vms_running += running;
		}
	}
}

static enum err_code sample_server(const struct storing *s, const struct server *server,
				   struct err *e)
{
	struct series_sample sample = {
		.kind = &series_servers,
		.subject = slot_server_id(s->plan->slot, server->node, s->arena),
		.group = slot_group(s->plan->slot),
		.ts = s->now,
	};

	sample.values[SERVER_CPU] = 100 * sample_num(server->cpu);
	sample.values[SERVER_MEMORY_USED] = sample_int(server->mem_used);
	sample.values[SERVER_MEMORY_TOTAL] = sample_int(server->mem_total);
	sample.values[SERVER_DISK_USED] = sample_int(server->disk_used);
	sample.values[SERVER_DISK_TOTAL] = sample_int(server->disk_total);
	sample.values[SERVER_NETWORK_IN] = sample_num(server->net_in);
	sample.values[SERVER_NETWORK_OUT] = sample_num(server->net_out);
	sample.values[SERVER_UPTIME] = sample_int(server->uptime_s);
	return series_add(s->db, &sample, e);
}

/* The numbers of a node that is there. */
static enum err_code renew_server(const struct storing *s, const struct pve_node *node,
				  struct server *server, struct err *e)
{
	bool was_down = server->down;
	struct server before = *server;
	enum err_code code;

	server->fetched_at = (struct maybe_stamp){ s->now, true };
	server->online = true;
	server->down = false;
	server->cpu = number(node->cpu);
	server->mem_used = whole(node->mem_used);
	server->mem_total = whole(node->mem_total);
	server->disk_used = whole(node->disk_used);
	server->disk_total = whole(node->disk_total);
	server->uptime_s = whole(node->uptime_s);
	server->load1 = number(node->load[0]);
	server->load5 = number(node->load[1]);
	server->load15 = number(node->load[2]);
	if (node->traffic_asked) {
		server->net_in = number(node->net_in);
		server->net_out = number(node->net_out);
	}
	if (!s->round->blind)
		count_guests(&s->round->cluster, server);
	if (s->save || !known_server(s->plan, server->node) || !before.online || was_down)
		code = server_put(s->db, server, e);
	else
		code = server_put_numbers(s->db, server, e);
	if (!code)
		code = sample_server(s, server, e);
	return code || !was_down ? code : server_event(s, &before, "server.online", e);
}

/* A node that the cluster says is away, or of which it tells no numbers. */
static enum err_code miss_server(const struct storing *s, bool is_away, struct server *server,
				 struct err *e)
{
	struct server before = *server;
	enum err_code code = ERR_NONE;

	if (is_away)
		server->online = false;
	if (is_away && !server->down && server->fetched_at.is) {
		code = server_event(s, server, "server.offline", e);
		server->down = true;
	}
	if (!code && (before.online != server->online || before.down != server->down ||
		      !known_server(s->plan, server->node)))
		code = server_put(s->db, server, e);
	return code;
}

static enum err_code store_node(const struct storing *s, const struct pve_node *node, struct err *e)
{
	const struct server *known = known_server(s->plan, node->name);
	struct server server =
		known ? *known : (struct server){ .slot = s->plan->slot->id, .node = node->name };

	/* without numbers the token lacks the right to see them */
	if (node->online && !isnan(node->cpu))
		return renew_server(s, node, &server, e);
	return miss_server(s, !node->online, &server, e);
}

static bool has_node(const struct pve_cluster *c, const char *name)
{
	for (size_t i = 0; i < c->n_nodes; i++)
		if (strcmp(c->nodes[i].name, name) == 0)
			return true;
	return false;
}

static enum err_code store_servers(const struct storing *s, struct err *e)
{
	const struct pve_cluster *c = &s->round->cluster;
	const struct plan *p = s->plan;
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < c->n_nodes; i++)
		if (is_wanted(p, c->nodes[i].name))
			code = store_node(s, &c->nodes[i], e);
	for (size_t i = 0; !code && i < p->n_servers; i++)
		if (!has_node(c, p->servers[i].node) || !is_wanted(p, p->servers[i].node))
			code = server_drop(s->db, p->slot->id, p->servers[i].node, e);
	return code;
}

/* ---- guests -------------------------------------------------------------------------------- */

/* Both lists ascend by vmid. */
static const struct guest *known_guest(const struct plan *p, int64_t vmid)
{
	size_t low = 0, high = p->n_guests;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->guests[middle].vmid < vmid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->n_guests && p->guests[low].vmid == vmid ? &p->guests[low] : NULL;
}

static enum err_code sample_guest(const struct storing *s, const struct guest *g, struct err *e)
{
	struct series_sample sample = {
		.kind = &series_guests,
		.subject = slot_guest_subject(s->plan->slot, g->vmid, s->arena),
		.group = slot_group(s->plan->slot),
		.ts = s->now,
	};

	sample.values[GUEST_STATUS] = state_of(g->status);
	sample.values[GUEST_CPU] = 100 * sample_num(g->cpu);
	sample.values[GUEST_MEMORY_USED] = sample_int(g->mem_used);
	sample.values[GUEST_MEMORY_TOTAL] = sample_int(g->mem_total);
	sample.values[GUEST_DISK_READ] = sample_int(g->disk_read);
	sample.values[GUEST_DISK_WRITE] = sample_int(g->disk_write);
	sample.values[GUEST_NETWORK_IN] = sample_int(g->net_in);
	sample.values[GUEST_NETWORK_OUT] = sample_int(g->net_out);
	sample.values[GUEST_UPTIME] = sample_int(g->uptime_s);
	sample.values[GUEST_DISK_USED] = g->lxc ? sample_int(g->disk_used) : NAN;
	return series_add(s->db, &sample, e);
}

static void set_numbers(struct guest *g, const struct pve_guest *from)
{
	g->cpu = number(from->cpu);
	g->cpus = number(from->cpus);
	g->mem_used = whole(from->mem_used);
	g->mem_total = whole(from->mem_total);
	g->disk_used = whole(from->disk_used);
	g->disk_total = whole(from->disk_total);
	g->uptime_s = whole(from->uptime_s);
	g->net_in = whole(from->net_in);
	g->net_out = whole(from->net_out);
	g->disk_read = whole(from->disk_read);
	g->disk_write = whole(from->disk_write);
}

static bool is_same_num(struct maybe_num a, struct maybe_num b)
{
	return a.is == b.is && fabs(a.v - b.v) < 1e-9;
}

static bool is_same_int(struct maybe_int a, struct maybe_int b)
{
	return a.is == b.is && a.v == b.v;
}

static bool has_same_numbers(const struct guest *a, const struct guest *b)
{
	return is_same_num(a->cpu, b->cpu) && is_same_num(a->cpus, b->cpus) &&
	       is_same_int(a->mem_used, b->mem_used) && is_same_int(a->mem_total, b->mem_total) &&
	       is_same_int(a->disk_used, b->disk_used) &&
	       is_same_int(a->disk_total, b->disk_total) && is_same_int(a->uptime_s, b->uptime_s) &&
	       is_same_int(a->net_in, b->net_in) && is_same_int(a->net_out, b->net_out) &&
	       is_same_int(a->disk_read, b->disk_read) && is_same_int(a->disk_write, b->disk_write);
}

static bool is_same_guest(const struct guest *a, const struct guest *b)
{
	return strcmp(a->node, b->node) == 0 && a->lxc == b->lxc && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->status, b->status) == 0 && a->known == b->known &&
	       a->template == b->template && strcmp(a->tags, b->tags) == 0;
}

static enum err_code change_event(const struct storing *s, const struct guest *old,
				  const struct guest *g, struct err *e)
{
	static const char *const kinds[] = {
		[GUEST_STARTED] = "guest.started",
		[GUEST_STOPPED] = "guest.stopped",
		[GUEST_RESTARTED] = "guest.restarted",
	};
	enum guest_change change =
		g->known ? guest_change(old->status, old->uptime_s.is ? old->uptime_s.v : -1,
					g->status, g->uptime_s.is ? g->uptime_s.v : -1)
			 : GUEST_SAME;

	/* a virtual machine that moves goes on, but its age is counted from there */
	if (change == GUEST_RESTARTED && !g->lxc && strcmp(old->node, g->node) != 0)
		change = GUEST_SAME;
	return change == GUEST_SAME ? ERR_NONE : guest_event(s, g, kinds[change], e);
}

/* What is known is kept while the cluster knows nothing. */
static struct guest merged(const struct storing *s, const struct guest *old,
			   const struct pve_guest *from)
{
	struct guest g = old ? *old : (struct guest){ .slot = s->plan->slot->id };
	bool known = strcmp(from->status, "unknown") != 0;

	g.vmid = from->vmid;
	g.node = from->node;
	g.lxc = from->lxc;
	g.known = known;
	if (old && !known)
		return g;
	g.name = from->name;
	g.status = from->status;
	g.template = from->template;
	g.tags = from->tags;
	set_numbers(&g, from);
	return g;
}

static enum err_code store_guest(const struct storing *s, const struct pve_guest *from,
				 struct err *e)
{
	const struct guest *old = known_guest(s->plan, from->vmid);
	struct guest g = merged(s, old, from);
	bool changed = !old || !is_same_guest(old, &g);
	enum err_code code = ERR_NONE;

	if (!old && s->plan->n_servers)
		code = guest_event(s, &g, "guest.appeared", e);
	else if (old)
		code = change_event(s, old, &g, e);
	if (!code && (changed || (s->save && s->plan->guests_due)))
		code = guest_put(s->db, &g, e);
	else if (!code && s->plan->guests_due && !has_same_numbers(old, &g))
		code = guest_put_numbers(s->db, &g, e);
	if (!code && s->plan->guests_due && g.known && !g.template)
		code = sample_guest(s, &g, e);
	return code;
}

static bool is_listed(const struct storing *s, int64_t vmid)
{
	const struct pve_cluster *c = &s->round->cluster;
	size_t low = 0, high = c->n_guests;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->guests[middle].vmid < vmid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n_guests && c->guests[low].vmid == vmid &&
	       is_wanted(s->plan, c->guests[low].node);
}

static int by_vmid(const void *a, const void *b)
{
	const struct pve_guest *x = a, *y = b;

	return (x->vmid > y->vmid) - (x->vmid < y->vmid);
}

/* One that is not listed any more. */
static enum err_code miss_guest(const struct storing *s, const struct guest *g, struct err *e)
{
	struct guest unseen = *g;
	enum err_code code;

	if (s->round->blind) {
		unseen.known = false;
		return g->known ? guest_put(s->db, &unseen, e) : ERR_NONE;
	}
	code = guest_event(s, g, "guest.disappeared", e);
	return code ? code : guest_drop(s->db, s->plan->slot->id, g->vmid, e);
}

static enum err_code store_guests(const struct storing *s, struct err *e)
{
	const struct pve_cluster *c = &s->round->cluster;
	const struct plan *p = s->plan;
	enum err_code code = ERR_NONE;

	if (c->n_guests)
		qsort(c->guests, c->n_guests, sizeof(*c->guests), by_vmid);
	for (size_t i = 0; !code && i < c->n_guests; i++)
		if (is_wanted(p, c->guests[i].node) &&
		    (!i || c->guests[i - 1].vmid != c->guests[i].vmid))
			code = store_guest(s, &c->guests[i], e);
	for (size_t i = 0; !code && i < p->n_guests; i++)
		if (!is_listed(s, p->guests[i].vmid))
			code = miss_guest(s, &p->guests[i], e);
	if (!code && *s->told > TELL_GUESTS) {
		struct teller t = teller_of(s);

		code = tell_many(&t, *s->told - TELL_GUESTS, e);
	}
	return code;
}

enum err_code store_cluster(const struct storing *s, struct err *e)
{
	enum err_code code = store_servers(s, e);

	return code ? code : store_guests(s, e);
}

/* ---- tasks --------------------------------------------------------------------------------- */

/* Proxmox says so for an instant at the end of some tasks, and of those that were aborted. */
static bool is_passing(const struct task *t, const char *exit_status)
{
	return strcmp(exit_status, "unexpected status") == 0 && !t->text;
}

static enum err_code store_task(const struct storing *s, const struct task_news *news,
				struct err *e)
{
	struct task t = *news->task;
	struct teller teller = teller_of(s);

	if (news->state == PEER_NOT_FOUND) {
		t.state = TASK_LOST;
	} else if (news->state != PEER_OK || !news->exit_status) {
		return ERR_NONE;
	} else {
		bool passing = is_passing(&t, news->exit_status);

		t.text = news->exit_status;
		if (passing)
			return task_set(s->db, &t, e);
		t.state = pve_task_succeeded(t.text) ? TASK_OK : TASK_FAILED;
	}
	return tell_end(&teller, &t, known_guest(s->plan, t.vmid), e);
}

enum err_code store_tasks(const struct storing *s, struct err *e)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < s->plan->n_tasks; i++)
		code = store_task(s, &s->round->news[i], e);
	return code;
}
