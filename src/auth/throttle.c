/* throttle.c: see throttle.h */
#include "auth/throttle.h"

#include <stdio.h>

#include "auth/rate_table.h"
#include "base/buf.h"
#include "base/field.h"
#include "base/log.h"
#include "base/net.h"
#include "db/event.h"
#include "json/jsonw.h"

enum {
	MAX_EVENTS = 100, /* in a window: who has many addresses does not fill the disk */
};

#define EVENT_AREA "auth"
#define EVENT_KIND EVENT_AREA ".login_throttled"

struct binds {
	const char *username, *address;
	const char *network; /* see write_neighbourhood() */
	int64_t at, since, rows;
};

static const struct field bind_fields[] = {
	{ FIELD(struct binds, username) },
	{ FIELD(struct binds, address) },
	{ FIELD(struct binds, network) },
	{ FIELD(struct binds, at) },
	{ FIELD(struct binds, since) },
	{ FIELD(struct binds, rows) },
	{ .key = NULL },
};
static const struct shape bind_shape = { "LoginFailure", sizeof(struct binds), bind_fields };

struct tally {
	int64_t n, oldest;
};

static const struct field tally_fields[] = {
	{ FIELD(struct tally, n) },
	{ FIELD(struct tally, oldest) },
	{ .key = NULL },
};
static const struct shape tally_shape = { "LoginFailures", sizeof(struct tally), tally_fields };

QUERY(q_pair) = {
	.sql = "SELECT count(*) AS n, min(at) AS oldest FROM login_failure"
	       " WHERE username = :username AND address = :address AND at > :since",
	.in = &bind_shape,
	.out = &tally_shape,
};

QUERY(q_network) = {
	.sql = "SELECT count(*) AS n, min(at) AS oldest FROM login_failure"
	       " WHERE network = :network AND at > :since",
	.in = &bind_shape,
	.out = &tally_shape,
};

QUERY(q_add) = {
	.sql = "INSERT INTO login_failure (username, address, network, at)"
	       " VALUES (:username, :address, :network, :at)",
	.in = &bind_shape,
};

QUERY(q_clear) = {
	.sql = "DELETE FROM login_failure WHERE username = :username AND address = :address",
	.in = &bind_shape,
};

QUERY(q_sweep) = {
	.sql = "DELETE FROM login_failure WHERE id IN"
	       " (SELECT id FROM login_failure WHERE at <= :since ORDER BY at LIMIT :rows)",
	.in = &bind_shape,
};

struct told {
	int64_t n, same;
};

static const struct field told_fields[] = {
	{ FIELD(struct told, n) },
	{ FIELD(struct told, same) },
	{ .key = NULL },
};
static const struct shape told_shape = { "ThrottleEvents", sizeof(struct told), told_fields };

/* Of the newest events those in the window, and of them those of this network. */
QUERY(q_told) = {
	.sql = "SELECT count(*) AS n, coalesce(sum(subject = :network), 0) AS same FROM"
	       " (SELECT at, kind, subject FROM series.event WHERE area = '" EVENT_AREA "'"
	       " ORDER BY id DESC LIMIT :rows)"
	       " WHERE at > :since AND kind = '" EVENT_KIND "'",
	.in = &bind_shape,
	.out = &told_shape,
};

static int64_t window_s(const struct auth *auth)
{
	return 60 * auth->cfg->auth.login_window_minutes;
}

/* The door is closed until then. */
static enum err_code refuse(const struct auth *auth, int64_t until, struct err *e)
{
	int64_t window = window_s(auth), wait = until - auth->now;

	err_set(e, ERR_RATE, "Too many failed logins. Try again later.");
	e->retry_after_s = (int)(wait < 1 ? 1 : wait > window ? window : wait);
	return ERR_RATE;
}

static int64_t max_of_pair(const struct auth *auth)
{
	return auth->cfg->auth.login_max_failures;
}

static int64_t max_of_network(const struct auth *auth)
{
	return max_of_pair(auth) * THROTTLE_ADDRESS_FACTOR;
}

/* The counts of the database. */
static enum err_code tally(const struct auth *auth, const struct binds *in, struct tally *pair,
			   struct tally *all, struct err *e)
{
	enum err_code code = db_get(auth->db, &q_pair, in, pair, NULL, e);

	return code ? code : db_get(auth->db, &q_network, in, all, NULL, e);
}

/* Those of the table, where failures are counted that could not be written down: a disk that is
 * full is no reason to let anybody guess for ever. */
typedef bool rate_fn(struct rate_table *t, const char *identity, int64_t limit, int64_t window_s,
		     int64_t now, struct rate_state *out);

static bool spare(const struct auth *auth, const struct binds *in, rate_fn *fn,
		  struct rate_state *out)
{
	char pair[RATE_IDENTITY], all[RATE_IDENTITY];
	struct rate_state state;
	bool open;

	if (!auth->rates)
		return true;
	snprintf(pair, sizeof(pair), "login %s %s", in->username, in->address);
	snprintf(all, sizeof(all), "login %s", in->network);
	open = fn(auth->rates, pair, max_of_pair(auth), window_s(auth), auth->now, out);
	if (fn(auth->rates, all, max_of_network(auth), window_s(auth), auth->now, &state))
		return open;
	*out = state;
	return false;
}

enum err_code throttle_check(const struct auth *auth, const char *username, const char *address,
			     int64_t *failures, struct err *e)
{
	char network[NEIGHBOURHOOD_TEXT];
	struct binds in = { .username = username,
			    .address = address,
			    .network = network,
			    .since = auth->now - window_s(auth) };
	struct tally pair = { 0 }, all = { 0 };
	struct rate_state state;
	enum err_code code;

	write_neighbourhood(address, network);
	code = tally(auth, &in, &pair, &all, e);
	if (code)
		return code;
	if (pair.n >= max_of_pair(auth))
		return refuse(auth, pair.oldest + window_s(auth), e);
	if (all.n >= max_of_network(auth))
		return refuse(auth, all.oldest + window_s(auth), e);
	if (!spare(auth, &in, rate_table_look, &state))
		return refuse(auth, state.reset_s, e);
	*failures = pair.n;
	return ERR_NONE;
}

/* Inside a transaction. */
static enum err_code event_write(const struct auth *auth, const struct binds *in, struct err *e)
{
	struct buf data = { 0 };
	struct told told;
	struct jsonw w;
	enum err_code code = db_get(auth->db, &q_told, in, &told, NULL, e);

	if (code || told.same || told.n == MAX_EVENTS)
		return code;
	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "username");
	jsonw_str(&w, in->username);
	jsonw_close(&w, '}');
	code = event_add(auth->db, auth->now, EVENT_KIND, in->network, data.data, e);
	buf_done(&data);
	return code;
}

/* Writes an event when the door has just closed, once a window for each network. The failure is
 * counted already and stays so, whatever becomes of the event. */
static void tell(const struct auth *auth, const struct binds *in)
{
	struct tally pair = { 0 }, all = { 0 };
	struct err e = { 0 };
	enum err_code code = tally(auth, in, &pair, &all, &e);

	if (code || (pair.n < max_of_pair(auth) && all.n < max_of_network(auth)))
		return;
	code = db_begin(auth->db, TX_WRITE, &e);
	if (!code)
		code = event_write(auth, in, &e);
	if (!code)
		code = db_commit(auth->db, &e);
	if (code)
		log_line(LOG_WARNING, "the event " EVENT_KIND " is lost: %s", e.text);
	db_rollback(auth->db);
}

enum err_code throttle_add(const struct auth *auth, const char *username, const char *address,
			   struct err *e)
{
	char network[NEIGHBOURHOOD_TEXT];
	struct binds in = { .username = username,
			    .address = address,
			    .network = network,
			    .at = auth->now,
			    .since = auth->now - window_s(auth),
			    .rows = MAX_EVENTS };
	struct rate_state ignored;
	enum err_code code;

	write_neighbourhood(address, network);
	code = db_run(auth->db, &q_add, &in, e);
	if (code)
		spare(auth, &in, rate_table_take, &ignored);
	else
		tell(auth, &in);
	return code;
}

enum err_code throttle_clear(const struct auth *auth, const char *username, const char *address,
			     struct err *e)
{
	return db_run(auth->db, &q_clear,
		      &(struct binds){ .username = username, .address = address }, e);
}

enum err_code throttle_sweep(const struct auth *auth, bool *more, struct err *e)
{
	struct binds in = { .since = auth->now - window_s(auth), .rows = DB_SWEEP_ROWS };
	enum err_code code = db_run(auth->db, &q_sweep, &in, e);

	if (!code)
		*more = db_changes(auth->db) == DB_SWEEP_ROWS;
	return code;
}
