/* event.c: what happened in the house */
#include <string.h>

#include "base/err.h"
#include "house/routes.h"
#include "http/req.h"

struct event_args {
	int64_t limit, offset;
	const char *kind;
};

static const struct field event_arg_fields[] = {
	PAGE_FIELDS(struct event_args, 1000, "100"),
	{ FIELD(struct event_args, kind), .min = 1, .max = 64,
	  .doc = "Only events whose kind begins so: an area such as device, or more, such as device.o" },
	{ .key = NULL },
};
const struct shape house_events_args = { "EventArgs", sizeof(struct event_args), event_arg_fields };

struct event {
	int64_t id;
	struct stamp time;
	const char *kind, *subject, *data;
};

static const struct field event_fields[] = {
	{ FIELD(struct event, id) },
	{ FIELD(struct event, time) },
	{ FIELD(struct event, kind), .example = "device.online" },
	{ FIELD(struct event, subject), .nullable = true,
	  .doc = "What it happened to: a MAC, a source" },
	{ FIELD(struct event, data), .json = true, .schema = "\"type\":\"object\"",
	  .doc = "Object; its members depend on the kind" },
	{ .key = NULL },
};
const struct shape house_event_shape = { "Event", sizeof(struct event), event_fields };

/* area: of the kind, up to the dot; the flags: whose events are shown */
struct binds {
	int64_t limit, offset;
	const char *area, *kind;
	bool network, panel, admin;
};

static const struct field bind_fields[] = {
	{ FIELD(struct binds, limit) },	  { FIELD(struct binds, offset) },
	{ FIELD(struct binds, area) },	  { FIELD(struct binds, kind) },
	{ FIELD(struct binds, network) }, { FIELD(struct binds, panel) },
	{ FIELD(struct binds, admin) },	  { .key = NULL },
};
static const struct shape bind_shape = { "EventBinds", sizeof(struct binds), bind_fields };

/* An event tells names of the family that it is about: who may not read that one does not see it. */
#define SHOWN \
	"CASE WHEN area = 'auth' THEN :admin" \
	" WHEN area IN ('server', 'guest') OR (area = 'source' AND subject GLOB 'proxmox/*') THEN :panel" \
	" ELSE :network END"
#define COLUMNS "SELECT id, at AS time, kind, subject, data FROM series.event WHERE "
#define NEWEST " ORDER BY id DESC LIMIT :limit OFFSET :offset"

QUERY(q_all) = {
	.sql = COLUMNS "id > 0 AND " SHOWN NEWEST,
	.in = &bind_shape,
	.out = &house_event_shape,
};

/* Retention keeps the table small. */
QUERY(q_all_count) = {
	.sql = "SELECT count(*) AS n FROM series.event WHERE " SHOWN,
	.in = &bind_shape,
	.out = &count_shape,
	.scans = true,
};

#define OF_KIND "area = :area AND substr(kind, 1, length(:kind)) = :kind AND " SHOWN

QUERY(q_kind) = {
	.sql = COLUMNS OF_KIND NEWEST,
	.in = &bind_shape,
	.out = &house_event_shape,
};

QUERY(q_kind_count) = {
	.sql = "SELECT count(*) AS n FROM series.event WHERE " OF_KIND,
	.in = &bind_shape,
	.out = &count_shape,
};

enum err_code house_events(struct req *rq, struct res *rs, struct err *e)
{
	const struct event_args *args = rq->args;
	scope_set scopes = rq->who->scopes;
	struct binds in = {
		.limit = args->limit,
		.offset = args->offset,
		.kind = args->kind,
		.network = has_scope(scopes, SCOPE_READ_NETWORK),
		.panel = has_scope(scopes, SCOPE_READ_PANEL),
		.admin = has_scope(scopes, SCOPE_ADMIN_ALL),
	};

	if (!in.network && !in.panel)
		return err_set(e, ERR_FORBIDDEN, "Scope %s or %s required",
			       scope_name(SCOPE_READ_NETWORK), scope_name(SCOPE_READ_PANEL));
	if (!args->kind)
		return res_page(rq, rs, &q_all, &q_all_count, &in, NULL, e);
	in.area = arena_strndup(rq->arena, args->kind, strcspn(args->kind, "."));
	return res_page(rq, rs, &q_kind, &q_kind_count, &in, NULL, e);
}
