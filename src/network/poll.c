/* poll.c: the Fritz!Box as a source of the collector: what is asked, what is stored, which events
 * follow */
#include "network/poll.h"

#include <string.h>

#include "base/buf.h"
#include "db/event.h"
#include "json/jsonw.h"
#include "network/minute.h"
#include "network/network.h"
#include "network/track.h"

enum {
	ROUND_MS = 20000,     /* all calls of one poll */
	BOX_EVERY_S = HOUR_S, /* model and firmware seldom change */
	AUTH_RETRY_S = 900,   /* the box delays logins more and more after wrong passwords */
};

/* What is at hand while a round is stored. */
struct storing {
	struct db *db;
	struct arena *arena;
	const struct fritz_round *round;
	struct provider *p;
	int64_t now;
};

static enum err_code event(const struct storing *s, const char *kind, struct buf *data,
			   struct err *e)
{
	enum err_code code =
		event_add(s->db, s->now, kind, s->p->name, data ? data->data : NULL, e);

	if (data)
		buf_done(data);
	return code;
}

/* Event with two members of the same kind. */
static enum err_code event_numbers(const struct storing *s, const char *kind, const char *key1,
				   int64_t v1, const char *key2, int64_t v2, struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, key1);
	jsonw_int(&w, v1);
	jsonw_key(&w, key2);
	jsonw_int(&w, v2);
	jsonw_close(&w, '}');
	return event(s, kind, &data, e);
}

static enum err_code event_texts(const struct storing *s, const char *kind, const char *key1,
				 const char *v1, const char *key2, const char *v2, struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, key1);
	jsonw_str(&w, v1);
	if (key2) {
		jsonw_key(&w, key2);
		jsonw_str(&w, v2);
	}
	jsonw_close(&w, '}');
	return event(s, kind, &data, e);
}

/* Counters go on over wraps; a reset of one of them is a reset of both. */
static enum err_code count_on(const struct storing *s, struct err *e)
{
	const struct fritz_traffic *t = &s->round->traffic;
	struct provider *p = s->p;
	struct counter sent = { p->sent, p->sent_offset },
		       received = { p->received, p->received_offset };
	bool first = !p->traffic_at.is;
	bool back = s->round->wan_state == PEER_OK && p->wan_at.is &&
		    s->round->wan.uptime_s < p->uptime_s;
	int64_t old_sent = p->sent, old_received = p->received;
	bool reset = counter_step(&sent, t->sent, p->wide, t->wide, back) == COUNTER_RESET;

	reset = counter_step(&received, t->received, p->wide, t->wide, back) == COUNTER_RESET ||
		reset;
	if (reset) {
		sent = (struct counter){ .total = sent.total - sent.offset };
		received = (struct counter){ .total = received.total - received.offset };
		p->reset_at = s->now;
	}
	p->sent = sent.total;
	p->sent_offset = sent.offset;
	p->received = received.total;
	p->received_offset = received.offset;
	p->wide = t->wide;
	if (!reset || first)
		return ERR_NONE;
	return event_numbers(s, "counter.reset", "bytes_sent", old_sent, "bytes_received",
			     old_received, e);
}

static enum err_code store_traffic(const struct storing *s, struct err *e)
{
	const struct fritz_traffic *t = &s->round->traffic;
	struct provider *p = s->p;
	struct traffic_point last = { p->traffic_at.is ? p->traffic_at.s : 0, p->sent,
				      p->received };
	struct traffic_point here, before = { 0 };
	struct minute_row row = { .ts = minute_of(s->now) }, earlier;
	int64_t up = 0, down = 0;
	enum err_code code = count_on(s, e);

	if (code)
		return code;
	here = (struct traffic_point){ s->now, p->sent, p->received };
	if (t->up_bps < 0 || t->down_bps < 0)
		mean_rates(&last, &here, p->reset_at, &up, &down);
	p->up_bps = t->up_bps < 0 ? up : t->up_bps;
	p->down_bps = t->down_bps < 0 ? down : t->down_bps;
	p->traffic_at = (struct maybe_stamp){ s->now, true };

	code = minute_before(s->db, row.ts, &earlier, e);
	if (code)
		return code;
	if (earlier.at)
		before = (struct traffic_point){ earlier.at, earlier.sent, earlier.received };
	row = (struct minute_row){ row.ts, s->now, p->sent, p->received, p->up_bps, p->down_bps };
	mean_rates(&before, &here, p->reset_at, &row.up_bps, &row.down_bps);
	return minute_put(s->db, &row, e);
}

static enum err_code line_events(const struct storing *s, unsigned changes,
				 const struct line_state *old, const struct line_state *now,
				 struct err *e)
{
	enum err_code code = ERR_NONE;

	if (changes & LINE_DOWN)
		code = event(s, "wan.down", NULL, e);
	if (!code && changes & LINE_UP)
		code = event_texts(s, "wan.up", "ip", s->round->wan.external_ip, NULL, NULL, e);
	if (!code && changes & LINE_RECONNECTED)
		code = event_numbers(s, "wan.reconnected", "uptime_before", old->uptime_s, "uptime",
				     now->uptime_s, e);
	if (!code && changes & LINE_IP_CHANGED)
		code = event_texts(s, "wan.ip_changed", "from", old->ip, "to", now->ip, e);
	return code;
}

static enum err_code store_wan(const struct storing *s, struct err *e)
{
	const struct fritz_wan *wan = &s->round->wan;
	struct provider *p = s->p;
	struct line_state old = { p->connected, p->uptime_s, p->last_ip };
	struct line_state now = { wan->connected, wan->uptime_s, wan->external_ip };
	unsigned changes = p->wan_at.is ? line_changes(&old, &now) : 0;

	p->connected = wan->connected;
	p->linked = wan->linked;
	p->uptime_s = wan->connected ? wan->uptime_s : 0;
	p->external_ip = wan->external_ip;
	if (wan->external_ip)
		p->last_ip = wan->external_ip;
	p->max_up_bps = wan->max_up_bps;
	p->max_down_bps = wan->max_down_bps;
	p->wan_at = (struct maybe_stamp){ s->now, true };
	return line_events(s, changes, &old, &now, e);
}

static bool has_answered(const struct fritz_round *r)
{
	return r->hosts_state == PEER_OK || r->traffic_state == PEER_OK || r->wan_state == PEER_OK;
}

static bool has_refused(const struct fritz_round *r)
{
	return r->hosts_state == PEER_AUTH_FAILED || r->traffic_state == PEER_AUTH_FAILED ||
	       r->wan_state == PEER_AUTH_FAILED;
}

/* Down after several rounds without any answer; a refused login is an answer. */
static enum err_code store_reach(const struct storing *s, struct err *e)
{
	struct provider *p = s->p;
	bool was_down = p->down;

	if (has_answered(s->round)) {
		p->silent = 0;
		p->down = false;
		return was_down ? event(s, "router.up", NULL, e) : ERR_NONE;
	}
	if (has_refused(s->round))
		return ERR_NONE;
	p->silent++;
	if (was_down || p->silent < DOWN_ROUNDS)
		return ERR_NONE;
	p->down = true;
	return event_texts(s, "router.down", "reason", peer_state_name(s->round->hosts_state), NULL,
			   NULL, e);
}

enum err_code poll_store(struct db *db, struct arena *a, const struct fritz_round *round,
			 struct provider *p, int64_t now, struct err *e)
{
	struct storing s = { db, a, round, p, now };
	enum err_code code = store_reach(&s, e);

	if (!code && round->hosts_state == PEER_OK)
		code = poll_store_devices(db, a, &round->hosts, p, now, e);
	if (!code && round->traffic_state == PEER_OK) /* before the line: compares uptimes */
		code = store_traffic(&s, e);
	if (!code && round->wan_state == PEER_OK)
		code = store_wan(&s, e);
	if (!code && round->box_asked) {
		p->box_at = (struct maybe_stamp){ now, true };
		if (round->box_state == PEER_OK) {
			p->model = round->box.model;
			p->firmware = round->box.firmware;
		}
	}
	return code;
}

static bool is_enabled(const struct config *cfg)
{
	return cfg->fritzbox.enabled;
}

static int64_t interval_s(const struct config *cfg)
{
	return cfg->fritzbox.poll_seconds;
}

static int64_t deadline_ms(const struct config *cfg)
{
	(void)cfg;
	return ROUND_MS;
}

static const char *account(const struct job *j)
{
	const struct config *cfg = j->cfg;

	return arena_printf(j->arena, "%s\n%lld\n%d\n%s\n%s\n%s", cfg->fritzbox.host,
			    cfg->fritzbox.port.is ? (long long)cfg->fritzbox.port.v : 0,
			    cfg->fritzbox.tls, cfg->fritzbox.tls_pin, cfg->fritzbox.username,
			    cfg->fritzbox.password);
}

/* The plan is the provider as it is stored. */
static enum err_code prepare(struct job *j, struct db *db, struct err *e)
{
	struct provider *p = ARENA_NEW(j->arena, struct provider);

	j->plan = p;
	return provider_get(db, PROVIDER_FRITZBOX, j->arena, p, e);
}

/* The state that tells most about a round that did not succeed as a whole. */
static enum peer_state worst(const struct fritz_round *r)
{
	if (has_refused(r))
		return PEER_AUTH_FAILED;
	if (r->hosts_state)
		return r->hosts_state;
	return r->traffic_state ? r->traffic_state : r->wan_state;
}

static void gather(struct job *j)
{
	const struct config *cfg = j->cfg;
	const struct provider *p = j->plan;
	struct fritz_round *round = ARENA_NEW(j->arena, struct fritz_round);
	struct fritz_account box = {
		.host = cfg->fritzbox.host,
		.username = cfg->fritzbox.username,
		.password = cfg->fritzbox.password,
		.tls_pin = cfg->fritzbox.tls_pin,
		.port = cfg->fritzbox.port.is ? (int)cfg->fritzbox.port.v : 0,
		.tls = cfg->fritzbox.tls,
		.timeout_ms = (int)cfg->fritzbox.timeout_seconds * 1000,
		.deadline_ms = ROUND_MS,
	};
	struct fritz_memory memory = { j->last.memory };
	enum peer_state state;

	fritz_poll(&box, &memory, !p->box_at.is || j->now - p->box_at.s >= BOX_EVERY_S, j->arena,
		   round);
	j->result = round;
	j->memory = round->memory.text;
	state = worst(round);
	if (state == PEER_OK)
		return;
	j->error_code = peer_state_name(state);
	j->error_text = round->error[0] ? arena_printf(j->arena, "%s (%s)", peer_state_text(state),
						       round->error)
					: peer_state_text(state);
	if (state == PEER_AUTH_FAILED) {
		j->retry_s = AUTH_RETRY_S;
		j->hold = true;
	} else if (!has_answered(round)) {
		j->retry_s = source_retry_s(j->last.failures + 1);
	}
}

/* Said once, not with each try. */
static enum err_code store_refusal(struct job *j, struct db *db, struct err *e)
{
	const char *name = peer_state_name(PEER_AUTH_FAILED);

	if (!has_refused(j->result) ||
	    (j->last.error_code && strcmp(j->last.error_code, name) == 0))
		return ERR_NONE;
	return event_add(db, j->now, "router.auth_failed", PROVIDER_FRITZBOX, NULL, e);
}

static enum err_code store(struct job *j, struct db *db, struct err *e)
{
	const struct provider *old = j->plan;
	struct provider p = *old;
	enum err_code code = store_refusal(j, db, e);

	if (!code)
		code = poll_store(db, j->arena, j->result, &p, j->now, e);
	if (code)
		return code;
	return j->save ? provider_put(db, &p, e) : provider_put_numbers(db, &p, old, e);
}

const struct source source_fritzbox = {
	.name = PROVIDER_FRITZBOX,
	.enabled = is_enabled,
	.interval_s = interval_s,
	.deadline_ms = deadline_ms,
	.account = account,
	.prepare = prepare,
	.gather = gather,
	.store = store,
	.flush = minute_flush,
};
