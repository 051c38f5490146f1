/* import.c: a hypervisor's own history, taken over once, so that charts are full from the first
 * minute */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "panel/panel.h"
#include "panel/poll.h"
#include "panel/slot.h"
#include "panel/track.h"
#include "peer/turns.h"

/* The finest first. */
static const char *const timeframes[RRD_ARCHIVES] = { "hour", "day", "week", "month", "year" };

/* How far back each tier is filled, as far as charts of that tier look, and how far apart: of what
 * lies behind a month a hypervisor knows little more than days. */
static const struct {
	enum series_tier tier;
	int64_t back_s, step_s;
} parts[] = {
	{ TIER_MINUTE, 6 * HOUR_S, 60 },	 { TIER_5MIN, DAY_S, 300 },
	{ TIER_30MIN, 7 * DAY_S, 1800 },	 { TIER_HOUR, 30 * DAY_S, HOUR_S },
	{ TIER_HOUR, 366 * DAY_S, 12 * HOUR_S },
};

/* Whether asking for all of them would fail alike. */
static bool is_for_all(enum peer_state state)
{
	return state == PEER_AUTH_FAILED || state == PEER_RESOLVE_FAILED ||
	       state == PEER_TLS_FAILED || state == PEER_PIN_MISMATCH;
}

/* False: the answer failed in a way that may pass. */
static bool is_final(enum peer_state state)
{
	return state == PEER_OK || state == PEER_NOT_ALLOWED || state == PEER_NOT_FOUND ||
	       state == PEER_HTTP_ERROR || state == PEER_TOO_LARGE || state == PEER_BAD_ANSWER;
}

struct asking {
	const struct pve_account *account;
	struct history *imports;
	int64_t end_ms;
};

/* False: no further call is worth it in this round. */
static bool ask_history(void *ctx, size_t which, struct fetch_session *session, struct arena *a)
{
	const struct asking *all = ctx;
	struct history *h = &all->imports[which];
	char error[PEER_ERROR_BYTES];

	for (int i = 0; i < RRD_ARCHIVES; i++) {
		struct pve_rrd_row *rows = NULL;
		size_t n = 0;
		enum peer_state state = pve_rrd(session, all->account, h->node, h->vmid, h->lxc,
						timeframes[i], all->end_ms, a, &rows, &n, error);

		if (!is_final(state))
			return !is_for_all(state) && clock_monotonic_ms() < all->end_ms;
		if (state == PEER_OK)
			h->archives[i] = (struct rrd_archive){ rows, n };
	}
	h->done = true;
	return true;
}

static const struct server *known_server(const struct plan *plan, const char *node)
{
	for (size_t i = 0; i < plan->n_servers; i++)
		if (strcmp(plan->servers[i].node, node) == 0)
			return &plan->servers[i];
	return NULL;
}

static int by_vmid(const void *key, const void *row)
{
	int64_t vmid = *(const int64_t *)key, other = ((const struct guest *)row)->vmid;

	return (vmid > other) - (vmid < other);
}

static bool is_guest_imported(const struct plan *plan, int64_t vmid)
{
	const struct guest *known = plan->n_guests ? bsearch(&vmid, plan->guests, plan->n_guests,
							     sizeof(*known), by_vmid)
						   : NULL;

	return known && known->imported;
}

static bool is_wanted(const struct plan *plan, const char *node)
{
	return !*plan->slot->node || strcmp(plan->slot->node, node) == 0;
}

static void list_node(const struct plan *plan, struct round *round, const struct pve_node *node)
{
	const struct server *known = known_server(plan, node->name);

	if (is_wanted(plan, node->name) && node->online && !isnan(node->cpu) &&
	    !(known && known->imported))
		round->imports[round->n_imports++] = (struct history){ .node = node->name };
}

static void list_guest(const struct plan *plan, struct round *round, const struct pve_guest *g)
{
	if (is_wanted(plan, g->node) && !g->template && strcmp(g->status, "unknown") != 0 &&
	    !is_guest_imported(plan, g->vmid))
		round->imports[round->n_imports++] =
			(struct history){ .node = g->node,
					  .vmid = g->vmid,
					  .lxc = g->lxc,
					  .counted = { g->net_in, g->net_out, g->disk_read,
						       g->disk_write } };
}

/* Whose history is missing; where that are many, from another one on in each round, since some may
 * never answer. */
static void imports_list(const struct plan *plan, struct round *round)
{
	const struct pve_cluster *c = &round->cluster;
	size_t all = c->n_nodes + c->n_guests;
	size_t first = all > IMPORT_SUBJECTS ? (size_t)plan->turn.number * IMPORT_SUBJECTS : 0;

	for (size_t i = 0; i < all && round->n_imports < IMPORT_SUBJECTS; i++) {
		size_t at = (first + i) % all;

		if (at < c->n_nodes)
			list_node(plan, round, &c->nodes[at]);
		else
			list_guest(plan, round, &c->guests[at - c->n_nodes]);
	}
}

void import_gather(struct fetch_session *session, const struct pve_account *account,
		   const struct plan *plan, struct round *round, int64_t end_ms, struct arena *a)
{
	struct asking all = { account, round->imports, end_ms };
	struct turns turns = { .one = ask_history, .ctx = &all };

	imports_list(plan, round);
	turns.n = round->n_imports;
	turns_ask(&turns, session, a);
}

/* Where the rates of a guest go: here they are counters. */
static const struct {
	size_t rate; /* in struct pve_rrd_row */
	int metric;
} counters[COUNTERS] = {
	{ offsetof(struct pve_rrd_row, net_in), GUEST_NETWORK_IN },
	{ offsetof(struct pve_rrd_row, net_out), GUEST_NETWORK_OUT },
	{ offsetof(struct pve_rrd_row, disk_read), GUEST_DISK_READ },
	{ offsetof(struct pve_rrd_row, disk_write), GUEST_DISK_WRITE },
};

static double rate_of(const struct pve_rrd_row *row, int i)
{
	return *(const double *)((const char *)row + counters[i].rate);
}

/* One part on its way into the past. */
struct past {
	double now[COUNTERS]; /* the counters at the end of the bucket */
	double all[COUNTERS]; /* what the whole part moved */
};

static void set_values(const struct history *h, const struct pve_rrd_row *row,
		       const struct past *past, struct series_sample *sample)
{
	for (int i = 0; i < MAX_METRICS; i++)
		sample->values[i] = NAN;
	if (h->vmid) {
		if (!isnan(row->cpu)) /* of those that run only */
			sample->values[GUEST_STATUS] = STATE_RUNNING;
		sample->values[GUEST_CPU] = 100 * row->cpu;
		sample->values[GUEST_MEMORY_USED] = row->mem_used;
		sample->values[GUEST_MEMORY_TOTAL] = row->mem_total;
		if (h->lxc)
			sample->values[GUEST_DISK_USED] = row->disk_used;
		for (int i = 0; i < COUNTERS; i++)
			if (!isnan(rate_of(row, i)))
				sample->values[counters[i].metric] = past->now[i];
		return;
	}
	sample->values[SERVER_CPU] = 100 * row->cpu;
	sample->values[SERVER_MEMORY_USED] = row->mem_used;
	sample->values[SERVER_MEMORY_TOTAL] = row->mem_total;
	sample->values[SERVER_DISK_USED] = row->disk_used;
	sample->values[SERVER_DISK_TOTAL] = row->disk_total;
	sample->values[SERVER_NETWORK_IN] = row->net_in;
	sample->values[SERVER_NETWORK_OUT] = row->net_out;
}

/* To the start of the bucket. A counter that would fall below zero was reset since: before, it had at
 * least what was moved until then. */
static void step_back(struct past *past, const struct pve_rrd_row *row, int64_t step_s)
{
	for (int i = 0; i < COUNTERS; i++) {
		double rate = rate_of(row, i);

		past->now[i] -= isnan(rate) ? 0 : floor(rate * (double)step_s);
		if (past->now[i] < 0)
			past->now[i] += past->all[i];
	}
}

static void past_begin(struct past *past, const struct history *h, int64_t from, int64_t end,
		       int64_t step_s)
{
	struct pve_rrd_row row;

	*past = (struct past){ 0 };
	for (int64_t ts = from; ts < end; ts += step_s)
		for (int i = 0;
		     rrd_bucket(h->archives, RRD_ARCHIVES, ts, step_s, &row) && i < COUNTERS; i++)
			if (!isnan(rate_of(&row, i)))
				past->all[i] += ceil(rate_of(&row, i) * (double)step_s);
	for (int i = 0; i < COUNTERS; i++)
		past->now[i] = h->counted[i] > 0 ? (double)h->counted[i] : 0;
}

/* The newest first: what is known of a counter is where it stands now. */
static void add_part(const struct storing *s, const struct history *h, struct series_sample *sample,
		     int part)
{
	int64_t step_s = parts[part].step_s;
	int64_t end = s->now - s->now % step_s, from = end - parts[part].back_s;
	struct past past;

	past_begin(&past, h, from, end, step_s);
	for (int64_t ts = end - step_s; ts >= from; ts -= step_s) {
		struct pve_rrd_row row;

		if (!rrd_bucket(h->archives, RRD_ARCHIVES, ts, step_s, &row))
			continue;
		set_values(h, &row, &past, sample);
		step_back(&past, &row, step_s);
		sample->ts = ts;
		series_import(parts[part].tier, sample);
	}
}

static enum err_code mark(const struct storing *s, const struct history *h, struct err *e)
{
	const char *slot = s->plan->slot->id;

	return h->vmid ? guest_set_imported(s->db, slot, h->vmid, e)
		       : server_set_imported(s->db, slot, h->node, e);
}

static enum err_code store_history(const struct storing *s, const struct history *h, struct err *e)
{
	struct series_sample sample = {
		.kind = h->vmid ? &series_guests : &series_servers,
		.subject = h->vmid ? slot_guest_subject(s->plan->slot, h->vmid, s->arena)
				   : slot_server_id(s->plan->slot, h->node, s->arena),
		.group = slot_group(s->plan->slot),
	};
	enum err_code code;

	for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++)
		add_part(s, h, &sample, (int)k);
	code = series_import_store(s->db, s->now, e);
	return code ? code : mark(s, h, e);
}

enum err_code import_store(const struct storing *s, struct err *e)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < s->round->n_imports; i++)
		if (s->round->imports[i].done)
			code = store_history(s, &s->round->imports[i], e);
	return code;
}
