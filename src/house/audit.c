/* audit.c: who changed what, and who switched which machine */
#include "base/err.h"
#include "house/routes.h"
#include "http/req.h"

struct audit_args {
	int64_t limit, offset;
};

static const struct field audit_arg_fields[] = {
	PAGE_FIELDS(struct audit_args, 1000, "100"),
	{ .key = NULL },
};
const struct shape house_audit_args = { "AuditArgs", sizeof(struct audit_args), audit_arg_fields };

struct audit {
	int64_t id;
	struct stamp time;
	const char *actor, *action, *subject, *data;
};

static const struct field audit_fields[] = {
	{ FIELD(struct audit, id) },
	{ FIELD(struct audit, time) },
	{ FIELD(struct audit, actor), .doc = "User name at that time, or what asked" },
	{ FIELD(struct audit, action), .example = "guest.start" },
	{ FIELD(struct audit, subject), .doc = "What it was done to", .example = "nas/100" },
	{ FIELD(struct audit, data), .json = true, .schema = "\"type\":\"object\"",
	  .doc = "Object; its members depend on the action. Never a secret" },
	{ .key = NULL },
};
const struct shape house_audit_shape = { "AuditEntry", sizeof(struct audit), audit_fields };

QUERY(q_audit) = {
	.sql = "SELECT id, at AS time, actor, action, subject, data FROM audit"
	       " ORDER BY id DESC LIMIT :limit OFFSET :offset",
	.in = &house_audit_args,
	.out = &house_audit_shape,
};

/* Retention keeps the table small. */
QUERY(q_count) = {
	.sql = "SELECT count(*) AS n FROM audit",
	.out = &count_shape,
	.scans = true,
};

enum err_code house_audit(struct req *rq, struct res *rs, struct err *e)
{
	return res_page(rq, rs, &q_audit, &q_count, rq->args, NULL, e);
}
