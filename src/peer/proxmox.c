/* proxmox.c: the calls; see proxmox.h
 *
 * Each call keeps one of a few Perl workers busy, so a round is one request after the other on one
 * connection, on a few more where there are many nodes (turns.h), and a list of everything is asked
 * for rather than its parts. */
#include "peer/proxmox.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "peer/proxmox_parse.h"
#include "peer/turns.h"

enum {
	RESOURCES_BYTES = 8 * 1024 * 1024, /* PVE_MAX_GUESTS at half a kilobyte */
	RRD_BYTES = 4 * 1024 * 1024,	   /* a day of one-minute rows has 700 KB */
	SMALL_BYTES = 256 * 1024,	   /* a status, a task, a refusal */
	SECRET_BYTES = 8,   /* as many of the token in words of the peer are no coincidence */
	RRD_RECENT_S = 300, /* the newest rows are often empty; what is older is no news */
	SPREAD_NODES = 40,  /* from so many on, each round asks some of them for their traffic */
};

struct call {
	struct fetch_session *session;
	const struct pve_account *account;
	int64_t deadline_ms;
	struct arena *scratch; /* until the call is over */
};

static const char *encode(struct arena *a, const char *text, const char *keep)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	char *out = arena_alloc(a, 3 * strlen(text) + 1), *p = out;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(unreserved, c) || strchr(keep, c)) {
			*p++ = (char)c;
		} else {
			*p++ = '%';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	return out;
}

/* Cut at a character border. */
static void error_set(struct arena *scratch, char error[PEER_ERROR_BYTES], const char *what,
		      const char *words)
{
	const char *text = arena_printf(scratch, "%s%s%s", what, *what ? ": " : "", words);

	snprintf(error, PEER_ERROR_BYTES, "%s",
		 text_clean(scratch, text, strlen(text), PEER_ERROR_BYTES - 1));
}

/* Whether any SECRET_BYTES of the secret, or all of a shorter one, stand in the text. */
static bool holds_secret(const struct call *c, const char *text)
{
	const char *secret = c->account->token_secret;
	size_t n = strlen(secret), part = n < SECRET_BYTES ? n : SECRET_BYTES;

	for (size_t i = 0; part && i + part <= n; i++)
		if (strstr(text, arena_strndup(c->scratch, secret + i, part)))
			return true;
	return false;
}

/* Each %XX as the byte it stands for, as far as there are such. */
static const char *decoded(struct arena *a, const char *text)
{
	char *out = arena_alloc(a, strlen(text) + 1), *p = out;

	for (; *text; text++) {
		unsigned byte;
		char digits[3] = "";

		if (*text == '%' && strspn(text + 1, "0123456789ABCDEFabcdef") >= 2) {
			memcpy(digits, text + 1, 2);
			byte = (unsigned)strtoul(digits, NULL, 16);
			*p++ = byte ? (char)byte : '%';
			text += 2;
		} else {
			*p++ = *text;
		}
	}
	return out;
}

/* Some servers repeat what they refuse, as it was sent or decoded, whole or cut. */
static bool tells_secret(const struct call *c, const char *words)
{
	return holds_secret(c, words) || holds_secret(c, decoded(c->scratch, words));
}

/* Proxmox puts its words into the reason phrase, newer releases into the body too; proxies may drop
 * the one or the other. Without words, and when they cannot be shown, it is the status. */
static const char *words_of(const struct call *c, const struct fetch_answer *answer)
{
	const char *words = answer->status == 401 ? "" : answer->reason; /* nothing of a login */

	if (!*words && answer->status != 401) {
		struct pve_refusal refusal;

		pve_parse_refusal(c->scratch, answer->body, answer->size, &refusal);
		words = refusal.message;
	}
	return *words && !tells_secret(c, words) ? words
						 : arena_printf(c->scratch, "%d", answer->status);
}

/* The node that answers could not reach the one in the path. */
static bool is_node_away(int status)
{
	return status == 595 || status == 596 || status == 599;
}

/* One request; what went wrong stands in error, "" with PEER_OK. */
static enum peer_state ask(const struct call *c, const char *method, const char *path,
			   size_t max_bytes, const char *what, struct fetch_answer *answer,
			   char error[PEER_ERROR_BYTES])
{
	const struct pve_account *account = c->account;
	size_t n = strlen(account->url);
	const char *const headers[] = {
		/* the server decodes it; a header of ours cannot become two */
		arena_printf(c->scratch, "Authorization: PVEAPIToken=%s=%s",
			     encode(c->scratch, account->token_id, "@!"),
			     encode(c->scratch, account->token_secret, "")),
		"Accept: application/json",
		NULL,
	};
	struct fetch f = {
		.method = method,
		.headers = headers,
		.tls = account->tls,
		.pin = account->pin,
		.ca_file = account->ca_file,
		.timeout_ms = account->timeout_ms,
		.deadline_ms = c->deadline_ms,
		.max_bytes = max_bytes,
		.fresh = method != NULL, /* an action counts once */
	};

	if (account->tls != FETCH_TLS_INSECURE && strncasecmp(account->url, "http:", 5) == 0) {
		*answer = (struct fetch_answer){ .state = PEER_TLS_FAILED };
		error_set(c->scratch, error, what, "an http URL would send the token in the clear");
		return PEER_TLS_FAILED;
	}
	while (n && account->url[n - 1] == '/')
		n--;
	f.url = arena_printf(c->scratch, "%.*s/api2/json%s", (int)n, account->url, path);
	fetch(c->session, &f, c->scratch, answer);
	error[0] = '\0';
	if (answer->state == PEER_OK)
		return PEER_OK;
	error_set(c->scratch, error, what, answer->status ? words_of(c, answer) : answer->error);
	return is_node_away(answer->status) ? PEER_CONNECT_FAILED : answer->state;
}

/* What a parser says of an answer that came. */
static enum peer_state judged(const struct call *c, enum peer_state state, const char *what,
			      char error[PEER_ERROR_BYTES])
{
	if (state != PEER_OK)
		error_set(c->scratch, error, what, "not the JSON of an answer");
	return state;
}

/* The caller's arguments make no path. */
static enum peer_state no_path(const struct call *c, const char *words,
			       char error[PEER_ERROR_BYTES])
{
	error_set(c->scratch, error, "", words);
	return PEER_NOT_FOUND;
}

static struct call call_begin(struct fetch_session *s, const struct pve_account *account,
			      int64_t deadline_ms)
{
	return (struct call){ s, account, deadline_ms, arena_new() };
}

static void call_end(struct call *c)
{
	arena_free(c->scratch);
}

static bool is_one_of(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

/* A round */

static enum peer_state resources(const struct call *c, struct arena *a, struct pve_cluster *out,
				 char error[PEER_ERROR_BYTES])
{
	static const char what[] = "cluster/resources";
	struct fetch_answer answer;
	enum peer_state state =
		ask(c, NULL, "/cluster/resources", RESOURCES_BYTES, what, &answer, error);

	if (state == PEER_OK)
		state = judged(c, pve_parse_resources(a, answer.body, answer.size, out), what,
			       error);
	if (state == PEER_OK && !out->n_nodes) { /* each cluster has one, which is shown to all */
		error_set(c->scratch, error, what, "there is no node in it");
		state = PEER_BAD_ANSWER;
	}
	return state;
}

static void node_is_away(struct pve_node *node)
{
	node->online = false;
	node->cpu = NAN;
	node->mem_used = node->disk_used = node->uptime_s = -1;
}

/* *status: of the answer, 0 when none came. */
static enum peer_state node_status(const struct call *c, struct arena *a, struct pve_node *node,
				   int *status, char error[PEER_ERROR_BYTES])
{
	const char *path = arena_printf(c->scratch, "/nodes/%s/status", node->name);
	const char *what = arena_printf(c->scratch, "status of %s", node->name);
	struct fetch_answer answer;
	enum peer_state state = ask(c, NULL, path, SMALL_BYTES, what, &answer, error);

	*status = answer.status;
	if (is_node_away(answer.status))
		node_is_away(node);
	if (state == PEER_OK)
		state = judged(c, pve_parse_node_status(a, answer.body, answer.size, node), what,
			       error);
	return state;
}

static enum peer_state history(const struct call *c, const char *path, const char *what,
			       struct arena *a, struct pve_rrd_row **rows, size_t *n,
			       char error[PEER_ERROR_BYTES])
{
	struct fetch_answer answer;
	enum peer_state state = ask(c, NULL, path, RRD_BYTES, what, &answer, error);

	if (state == PEER_OK)
		state = judged(c, pve_parse_rrd(a, answer.body, answer.size, rows, n), what, error);
	return state;
}

static enum peer_state node_traffic(const struct call *c, struct pve_node *node,
				    char error[PEER_ERROR_BYTES])
{
	const char *path =
		arena_printf(c->scratch, "/nodes/%s/rrddata?timeframe=hour&cf=AVERAGE", node->name);
	const char *what = arena_printf(c->scratch, "rrddata of %s", node->name);
	struct pve_rrd_row *rows;
	size_t n;
	enum peer_state state = history(c, path, what, c->scratch, &rows, &n, error);

	node->traffic_asked = true;
	if (state != PEER_OK)
		return state;
	for (size_t i = n; i-- > 0 && rows[n - 1].ts - rows[i].ts <= RRD_RECENT_S;) {
		if (isnan(rows[i].net_in) || isnan(rows[i].net_out))
			continue;
		node->net_in = rows[i].net_in;
		node->net_out = rows[i].net_out;
		break;
	}
	return PEER_OK;
}

/* The first part that failed gives the round its error. False: further calls would fail alike. */
static bool noted(enum peer_state state, const char *part_error, char error[PEER_ERROR_BYTES])
{
	if (state != PEER_OK && !error[0])
		memcpy(error, part_error, PEER_ERROR_BYTES);
	return state != PEER_AUTH_FAILED && state != PEER_RESOLVE_FAILED &&
	       state != PEER_TLS_FAILED && state != PEER_PIN_MISMATCH;
}

/* False as above. */
static bool node_parts(const struct call *c, bool want_traffic, struct arena *a,
		       struct pve_node *node, char error[PEER_ERROR_BYTES])
{
	char part_error[PEER_ERROR_BYTES];
	int status;
	enum peer_state state = node_status(c, a, node, &status, part_error);

	if (!noted(state, part_error, error))
		return false;
	if (!status) /* no answer: the next node may be better, if there is anyone to ask */
		return state != PEER_CONNECT_FAILED;
	if (!want_traffic || !node->online ||
	    state == PEER_NOT_ALLOWED) /* the same right is needed */
		return true;
	state = node_traffic(c, node, part_error);
	return noted(state, part_error, error);
}

struct node_asking {
	const struct call *c;
	const struct pve_turn *turn;
	struct pve_node **nodes;
	size_t n;
	char (*errors)[PEER_ERROR_BYTES]; /* one for each */
};

static bool is_traffic_wanted(const struct node_asking *all, size_t i)
{
	const struct pve_turn *t = all->turn;

	if (all->n < SPREAD_NODES || t->parts < 1)
		return t->traffic;
	return (int64_t)i % t->parts == t->number % t->parts;
}

static bool node_ask(void *ctx, size_t i, struct fetch_session *s, struct arena *a)
{
	const struct node_asking *all = ctx;
	struct call c = call_begin(s, all->c->account, all->c->deadline_ms);
	bool go_on = node_parts(&c, is_traffic_wanted(all, i), a, all->nodes[i], all->errors[i]);

	call_end(&c);
	return go_on;
}

/* What cluster/resources does not say of the nodes. Where time does not suffice for all, another part
 * of them is left out each time. */
static void nodes_ask(const struct call *c, const char *wanted, const struct pve_turn *turn,
		      struct arena *a, struct pve_cluster *cluster, char error[PEER_ERROR_BYTES])
{
	struct node_asking all = { .c = c, .turn = turn };
	struct turns turns = { .one = node_ask, .ctx = &all };
	bool found = !wanted;

	all.nodes = ARENA_ARRAY(c->scratch, struct pve_node *, cluster->n_nodes + 1);
	for (size_t i = 0; i < cluster->n_nodes; i++) {
		struct pve_node *node = &cluster->nodes[i];

		if (wanted && strcmp(wanted, node->name) != 0)
			continue;
		found = true;
		if (node->online)
			all.nodes[all.n++] = node;
	}
	all.errors = arena_array(c->scratch, all.n + 1, PEER_ERROR_BYTES);
	turns.n = all.n;
	if (all.n)
		turns.first = (size_t)turn->number * (all.n * 2 / 5 + 1) % all.n;
	turns_ask(&turns, c->session, a);
	for (size_t i = 0; !error[0] && i < all.n; i++)
		memcpy(error, all.errors[i], PEER_ERROR_BYTES);
	if (!found)
		error_set(c->scratch, error, wanted, "no such node in the cluster");
}

enum peer_state pve_poll(struct fetch_session *s, const struct pve_account *account,
			 const char *node, const struct pve_turn *turn, int64_t deadline_ms,
			 struct arena *a, struct pve_cluster *out, char error[PEER_ERROR_BYTES])
{
	struct fetch_session *session = s ? s : fetch_session_new();
	struct call c = call_begin(session, account, deadline_ms);
	enum peer_state state;

	*out = (struct pve_cluster){ 0 };
	state = resources(&c, a, out, error);
	if (state == PEER_OK)
		nodes_ask(&c, node, turn, a, out, error);
	call_end(&c);
	if (!s)
		fetch_session_free(session);
	return state;
}

/* History of one */

static enum peer_state rrd(const struct call *c, const char *node, int64_t vmid, bool lxc,
			   const char *timeframe, struct arena *a, struct pve_rrd_row **rows,
			   size_t *n, char error[PEER_ERROR_BYTES])
{
	static const char *const timeframes[] = { "hour", "day", "week", "month", "year", NULL };
	const char *guest = "";

	if (!pve_parse_node_name(node))
		return no_path(c, "the name of the node is none", error);
	if (vmid < 0 || vmid > PVE_MAX_VMID || !is_one_of(timeframes, timeframe))
		return no_path(c, "no such history", error);
	if (vmid)
		guest = arena_printf(c->scratch, "/%s/%d", lxc ? "lxc" : "qemu", (int)vmid);
	return history(c,
		       arena_printf(c->scratch, "/nodes/%s%s/rrddata?timeframe=%s&cf=AVERAGE", node,
				    guest, timeframe),
		       arena_printf(c->scratch, "rrddata of %s%s", node, guest), a, rows, n, error);
}

enum peer_state pve_rrd(struct fetch_session *s, const struct pve_account *account,
			const char *node, int64_t vmid, bool lxc, const char *timeframe,
			int64_t deadline_ms, struct arena *a, struct pve_rrd_row **rows, size_t *n,
			char error[PEER_ERROR_BYTES])
{
	struct call c = call_begin(s, account, deadline_ms);
	enum peer_state state;

	*rows = NULL;
	*n = 0;
	state = rrd(&c, node, vmid, lxc, timeframe, a, rows, n, error);
	call_end(&c);
	return state;
}

/* One guest */

static enum peer_state guest_now(const struct call *c, struct arena *a, struct pve_guest *guest,
				 char error[PEER_ERROR_BYTES])
{
	static const char what[] = "status of a guest";
	struct fetch_answer answer;
	enum peer_state state =
		ask(c, NULL,
		    arena_printf(c->scratch, "/nodes/%s/%s/%d/status/current", guest->node,
				 guest->lxc ? "lxc" : "qemu", (int)guest->vmid),
		    SMALL_BYTES, what, &answer, error);

	if (state == PEER_OK)
		state = judged(c, pve_parse_guest_status(a, answer.body, answer.size, guest), what,
			       error);
	return state;
}

enum peer_state pve_guest_now(struct fetch_session *s, const struct pve_account *account,
			      int64_t deadline_ms, struct arena *a, struct pve_guest *guest,
			      char error[PEER_ERROR_BYTES])
{
	struct call c = call_begin(s, account, deadline_ms);
	enum peer_state state = guest_now(&c, a, guest, error);

	call_end(&c);
	return state;
}

enum peer_state pve_guest_node(struct fetch_session *s, const struct pve_account *account,
			       int64_t vmid, bool lxc, int64_t deadline_ms, struct arena *a,
			       const char **node, char error[PEER_ERROR_BYTES])
{
	struct call c = call_begin(s, account, deadline_ms);
	struct pve_cluster cluster;
	enum peer_state state = resources(&c, c.scratch, &cluster, error);

	*node = NULL;
	for (size_t i = 0; state == PEER_OK && i < cluster.n_guests; i++)
		if (cluster.guests[i].vmid == vmid && cluster.guests[i].lxc == lxc)
			*node = arena_strdup(a, cluster.guests[i].node);
	call_end(&c);
	return state == PEER_OK && !*node ? PEER_NOT_FOUND : state;
}

enum peer_state pve_rights(struct fetch_session *s, const struct pve_account *account,
			   int64_t deadline_ms, bool *sees_guests, char error[PEER_ERROR_BYTES])
{
	static const char what[] = "access/permissions";
	struct call c = call_begin(s, account, deadline_ms);
	struct fetch_answer answer;
	enum peer_state state =
		ask(&c, NULL, "/access/permissions", SMALL_BYTES, what, &answer, error);

	*sees_guests = false;
	if (state == PEER_OK)
		state = judged(&c, pve_parse_rights(answer.body, answer.size, sees_guests), what,
			       error);
	call_end(&c);
	return state;
}

bool pve_is_elsewhere(const char *reason)
{
	return strncmp(reason, "Configuration file 'nodes/", 26) == 0 &&
	       strstr(reason, "does not exist");
}

/* Actions and their tasks */

static enum peer_state action_post(const struct call *c, const char *node, bool lxc, int64_t vmid,
				   const char *action, struct arena *a, const char **upid,
				   char reason[PEER_ERROR_BYTES])
{
	static const char *const actions[] = { "start", "stop",	   "shutdown", "reboot",
					       "reset", "suspend", "resume",   NULL };
	struct fetch_answer answer;
	enum peer_state state;

	if (!pve_parse_node_name(node))
		return no_path(c, "the name of the node is none", reason);
	if (vmid < 1 || vmid > PVE_MAX_VMID || !is_one_of(actions, action))
		return no_path(c, "no such action", reason);
	state = ask(c, "POST",
		    arena_printf(c->scratch, "/nodes/%s/%s/%d/status/%s", node,
				 lxc ? "lxc" : "qemu", (int)vmid, action),
		    SMALL_BYTES, "", &answer, reason);
	if (state != PEER_OK) {
		if (!answer.status)
			reason[0] = '\0';
		return state;
	}
	return pve_parse_started(a, answer.body, answer.size, upid);
}

enum peer_state pve_action(struct fetch_session *s, const struct pve_account *account,
			   const char *node, bool lxc, int64_t vmid, const char *action,
			   int64_t deadline_ms, struct arena *a, const char **upid,
			   char reason[PEER_ERROR_BYTES])
{
	struct call c = call_begin(s, account, deadline_ms);
	enum peer_state state;

	*upid = NULL;
	state = action_post(&c, node, lxc, vmid, action, a, upid, reason);
	call_end(&c);
	return state;
}

static enum peer_state task(const struct call *c, const char *upid, struct arena *a,
			    const char **exit_status, char error[PEER_ERROR_BYTES])
{
	static const char what[] = "task";
	const char *node = pve_parse_upid(c->scratch, upid);
	struct fetch_answer answer;
	enum peer_state state;

	if (!node)
		return no_path(c, "the id of the task is none", error);
	state = ask(c, NULL,
		    arena_printf(c->scratch, "/nodes/%s/tasks/%s/status", node,
				 encode(c->scratch, upid, "")),
		    SMALL_BYTES, what, &answer, error);
	if (answer.status == 400) {
		struct pve_refusal refusal;

		pve_parse_refusal(c->scratch, answer.body, answer.size, &refusal);
		return refusal.no_task ? PEER_NOT_FOUND : state;
	}
	if (state == PEER_OK)
		state = judged(c, pve_parse_task(a, answer.body, answer.size, exit_status), what,
			       error);
	return state;
}

enum peer_state pve_task(struct fetch_session *s, const struct pve_account *account,
			 const char *upid, int64_t deadline_ms, struct arena *a,
			 const char **exit_status, char error[PEER_ERROR_BYTES])
{
	struct call c = call_begin(s, account, deadline_ms);
	enum peer_state state;

	*exit_status = NULL;
	state = task(&c, upid, a, exit_status, error);
	call_end(&c);
	return state;
}

bool pve_task_succeeded(const char *exit_status)
{
	return exit_status &&
	       (strcmp(exit_status, "OK") == 0 || strncmp(exit_status, "WARNINGS:", 9) == 0);
}
