/* audit.c: see audit.h */
#include "auth/audit.h"

#include "base/clock.h"

struct audit {
	int64_t id;
	struct stamp at;
	struct maybe_int actor_id;
	const char *actor, *action, *subject, *data;
};

static const struct field audit_fields[] = {
	{ FIELD(struct audit, id) },	   { FIELD(struct audit, at) },
	{ FIELD(struct audit, actor_id) }, { FIELD(struct audit, actor) },
	{ FIELD(struct audit, action) },   { FIELD(struct audit, subject) },
	{ FIELD(struct audit, data) },	   { .key = NULL },
};
static const struct shape audit_shape = { "Audit", sizeof(struct audit), audit_fields };

QUERY(q_add) = {
	.sql = "INSERT INTO audit (at, actor_id, actor, action, subject, data)"
	       " VALUES (:at, :actor_id, :actor, :action, :subject, :data)",
	.in = &audit_shape,
};

QUERY(q_amend) = {
	.sql = "UPDATE audit SET data = json_patch(data, :data) WHERE id = :id",
	.in = &audit_shape,
};

static const char *actor(const struct principal *who)
{
	if (!who)
		return "command line";
	if (who->username)
		return who->username;
	return who->who == WHO_TRUSTED ? "trusted network" : "anyone";
}

enum err_code audit_add(struct db *db, int64_t now, const struct principal *who, const char *action,
			const char *subject, const char *data, struct err *e)
{
	struct audit row = {
		.at = { now },
		.actor_id = { who ? who->user_id : 0, who && who->user_id },
		.actor = actor(who),
		.action = action,
		.subject = subject ? subject : "",
		.data = data ? data : "{}",
	};

	return db_run(db, &q_add, &row, e);
}

enum err_code audit_amend(struct db *db, int64_t id, const char *data, struct err *e)
{
	return db_run(db, &q_amend, &(struct audit){ .id = id, .data = data }, e);
}

struct sweep {
	int64_t before, rows;
};

static const struct field sweep_fields[] = {
	{ FIELD(struct sweep, before) },
	{ FIELD(struct sweep, rows) },
	{ .key = NULL },
};
static const struct shape sweep_shape = { "AuditSweep", sizeof(struct sweep), sweep_fields };

QUERY(q_sweep) = {
	.sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < :before ORDER BY at LIMIT :rows)",
	.in = &sweep_shape,
};

enum err_code audit_sweep(const struct auth *auth, bool *more, struct err *e)
{
	struct sweep in = { auth->now - auth->cfg->app.event_retention_days * DAY_S,
			    DB_SWEEP_ROWS };
	enum err_code code = db_run(auth->db, &q_sweep, &in, e);

	*more = !code && db_changes(auth->db) == DB_SWEEP_ROWS;
	return code;
}
