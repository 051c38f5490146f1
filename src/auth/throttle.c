/* throttle.c: see throttle.h */
#include "auth/throttle.h"

#include "base/field.h"
#include "base/net.h"

enum { SWEEP_ROWS = 5000 };

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

static int64_t window_s(const struct auth *auth)
{
	return 60 * auth->cfg->auth.login_window_minutes;
}

static enum err_code refuse(const struct auth *auth, int64_t oldest, struct err *e)
{
	int64_t window = window_s(auth), wait = oldest + window - auth->now;

	err_set(e, ERR_RATE, "Too many failed logins. Try again later.");
	e->retry_after_s = (int)(wait < 1 ? 1 : wait > window ? window : wait);
	return ERR_RATE;
}

enum err_code throttle_check(const struct auth *auth, const char *username, const char *address,
			     int64_t *failures, struct err *e)
{
	int64_t max = auth->cfg->auth.login_max_failures;
	char network[NEIGHBOURHOOD_TEXT];
	struct binds in = { .username = username,
			    .address = address,
			    .network = network,
			    .since = auth->now - window_s(auth) };
	struct tally pair = { 0 }, all = { 0 };
	enum err_code code = db_get(auth->db, &q_pair, &in, &pair, NULL, e);

	write_neighbourhood(address, network);
	if (!code)
		code = db_get(auth->db, &q_network, &in, &all, NULL, e);
	if (code)
		return code;
	if (pair.n >= max)
		return refuse(auth, pair.oldest, e);
	if (all.n >= max * THROTTLE_ADDRESS_FACTOR)
		return refuse(auth, all.oldest, e);
	*failures = pair.n;
	return ERR_NONE;
}

enum err_code throttle_add(const struct auth *auth, const char *username, const char *address,
			   struct err *e)
{
	char network[NEIGHBOURHOOD_TEXT];
	struct binds in = {
		.username = username, .address = address, .network = network, .at = auth->now
	};

	write_neighbourhood(address, network);
	return db_run(auth->db, &q_add, &in, e);
}

enum err_code throttle_clear(const struct auth *auth, const char *username, const char *address,
			     struct err *e)
{
	return db_run(auth->db, &q_clear,
		      &(struct binds){ .username = username, .address = address }, e);
}

enum err_code throttle_sweep(const struct auth *auth, bool *more, struct err *e)
{
	struct binds in = { .since = auth->now - window_s(auth), .rows = SWEEP_ROWS };
	enum err_code code = db_run(auth->db, &q_sweep, &in, e);

	if (!code)
		*more = db_changes(auth->db) == SWEEP_ROWS;
	return code;
}
