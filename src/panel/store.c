/* store.c: see store.h */
#include "panel/store.h"

#include "base/clock.h"
#include "json/jsonw.h"
#include "panel/panel.h"

enum { FRESH_MIN_S = 30, FRESH_POLLS = 3 };

static const struct field server_row_fields[] = {
	{ FIELD(struct server, slot) },	       { FIELD(struct server, node) },
	{ FIELD(struct server, fetched_at) },  { FIELD(struct server, online) },
	{ FIELD(struct server, down) },	       { FIELD(struct server, cpu) },
	{ FIELD(struct server, mem_used) },    { FIELD(struct server, mem_total) },
	{ FIELD(struct server, disk_used) },   { FIELD(struct server, disk_total) },
	{ FIELD(struct server, uptime_s) },    { FIELD(struct server, load1) },
	{ FIELD(struct server, load5) },       { FIELD(struct server, load15) },
	{ FIELD(struct server, net_in) },      { FIELD(struct server, net_out) },
	{ FIELD(struct server, vms_running) }, { FIELD(struct server, vms_total) },
	{ FIELD(struct server, cts_running) }, { FIELD(struct server, cts_total) },
	{ FIELD(struct server, imported) },    { .key = NULL },
};
static const struct shape server_row = { "ServerRow", sizeof(struct server), server_row_fields };

/* What changes with each round. */
static const struct field server_number_fields[] = {
	{ FIELD(struct server, fetched_at) },
	{ FIELD(struct server, cpu) },
	{ FIELD(struct server, mem_used) },
	{ FIELD(struct server, mem_total) },
	{ FIELD(struct server, disk_used) },
	{ FIELD(struct server, disk_total) },
	{ FIELD(struct server, uptime_s) },
	{ FIELD(struct server, load1) },
	{ FIELD(struct server, load5) },
	{ FIELD(struct server, load15) },
	{ FIELD(struct server, net_in) },
	{ FIELD(struct server, net_out) },
	{ FIELD(struct server, vms_running) },
	{ FIELD(struct server, vms_total) },
	{ FIELD(struct server, cts_running) },
	{ FIELD(struct server, cts_total) },
	{ .key = NULL },
};
static const struct shape server_numbers = { "ServerNumbers", sizeof(struct server),
					     server_number_fields };

#define SERVER_COLUMNS \
	"slot, node, fetched_at, online, down, cpu, mem_used, mem_total, disk_used, " \
	"disk_total, uptime_s, load1, load5, load15, net_in, net_out, vms_running, " \
	"vms_total, cts_running, cts_total, imported"
#define SERVER_BINDS \
	":slot, :node, :fetched_at, :online, :down, :cpu, :mem_used, :mem_total, " \
	":disk_used, :disk_total, :uptime_s, :load1, :load5, :load15, :net_in, :net_out, " \
	":vms_running, :vms_total, :cts_running, :cts_total, :imported"

QUERY(q_server) = {
	.sql = "SELECT " SERVER_COLUMNS
	       " FROM series.pve_server WHERE slot = :slot AND node = :node",
	.in = &server_row,
	.out = &server_row,
};

/* As many rows as the house has servers. */
QUERY(q_servers) = {
	.sql = "SELECT " SERVER_COLUMNS " FROM series.pve_server ORDER BY slot, node",
	.out = &server_row,
	.scans = true,
};

QUERY(q_slot_servers) = {
	.sql = "SELECT " SERVER_COLUMNS " FROM series.pve_server WHERE slot = :slot ORDER BY node",
	.in = &server_row,
	.out = &server_row,
};

QUERY(q_server_put) = {
	.sql = "REPLACE INTO series.pve_server (" SERVER_COLUMNS ") VALUES (" SERVER_BINDS ")",
	.in = &server_row,
};

QUERY(q_server_imported) = {
	.sql = "UPDATE series.pve_server SET imported = 1 WHERE slot = :slot AND node = :node",
	.in = &server_row,
};

QUERY(q_server_drop) = {
	.sql = "DELETE FROM series.pve_server WHERE slot = :slot AND node = :node",
	.in = &server_row,
};

static const struct field guest_row_fields[] = {
	{ FIELD(struct guest, slot) },	     { FIELD(struct guest, vmid) },
	{ FIELD(struct guest, node) },	     { FIELD(struct guest, lxc) },
	{ FIELD(struct guest, name) },	     { FIELD(struct guest, status) },
	{ FIELD(struct guest, known) },	     { FIELD(struct guest, template) },
	{ FIELD(struct guest, tags) },	     { FIELD(struct guest, cpu) },
	{ FIELD(struct guest, cpus) },	     { FIELD(struct guest, mem_used) },
	{ FIELD(struct guest, mem_total) },  { FIELD(struct guest, disk_used) },
	{ FIELD(struct guest, disk_total) }, { FIELD(struct guest, uptime_s) },
	{ FIELD(struct guest, net_in) },     { FIELD(struct guest, net_out) },
	{ FIELD(struct guest, disk_read) },  { FIELD(struct guest, disk_write) },
	{ FIELD(struct guest, imported) },   { .key = NULL },
};
static const struct shape guest_row = { "GuestRow", sizeof(struct guest), guest_row_fields };

static const struct field guest_number_fields[] = {
	{ FIELD(struct guest, cpu) },	     { FIELD(struct guest, cpus) },
	{ FIELD(struct guest, mem_used) },   { FIELD(struct guest, mem_total) },
	{ FIELD(struct guest, disk_used) },  { FIELD(struct guest, disk_total) },
	{ FIELD(struct guest, uptime_s) },   { FIELD(struct guest, net_in) },
	{ FIELD(struct guest, net_out) },    { FIELD(struct guest, disk_read) },
	{ FIELD(struct guest, disk_write) }, { .key = NULL },
};
static const struct shape guest_numbers = { "GuestNumbers", sizeof(struct guest),
					    guest_number_fields };

#define GUEST_COLUMNS \
	"slot, vmid, node, lxc, name, status, known, template, tags, cpu, cpus, " \
	"mem_used, mem_total, disk_used, disk_total, uptime_s, net_in, net_out, " \
	"disk_read, disk_write, imported"
#define GUEST_BINDS \
	":slot, :vmid, :node, :lxc, :name, :status, :known, :template, :tags, :cpu, " \
	":cpus, :mem_used, :mem_total, :disk_used, :disk_total, :uptime_s, :net_in, " \
	":net_out, :disk_read, :disk_write, :imported"

QUERY(q_guest) = {
	.sql = "SELECT " GUEST_COLUMNS " FROM series.pve_guest WHERE slot = :slot AND vmid = :vmid",
	.in = &guest_row,
	.out = &guest_row,
};

QUERY(q_slot_guests) = {
	.sql = "SELECT " GUEST_COLUMNS " FROM series.pve_guest WHERE slot = :slot ORDER BY vmid",
	.in = &guest_row,
	.out = &guest_row,
};

QUERY(q_node_guests) = {
	.sql = "SELECT " GUEST_COLUMNS
	       " FROM series.pve_guest WHERE slot = :slot AND node = :node ORDER BY vmid",
	.in = &guest_row,
	.out = &guest_row,
};

QUERY(q_guest_put) = {
	.sql = "REPLACE INTO series.pve_guest (" GUEST_COLUMNS ") VALUES (" GUEST_BINDS ")",
	.in = &guest_row,
};

QUERY(q_guest_imported) = {
	.sql = "UPDATE series.pve_guest SET imported = 1 WHERE slot = :slot AND vmid = :vmid",
	.in = &guest_row,
};

QUERY(q_guest_drop) = {
	.sql = "DELETE FROM series.pve_guest WHERE slot = :slot AND vmid = :vmid",
	.in = &guest_row,
};

static uint64_t guest_key(const char *slot, int64_t vmid)
{
	return live_key("guest", slot, "", vmid);
}

static uint64_t server_key(const char *slot, const char *node)
{
	return live_key("server", slot, node, 0);
}

/* Rows on their way to fn, with the newest numbers. */
struct renewing {
	struct live *live;
	db_row_fn *fn;
	void *ctx;
};

static enum err_code renew_server(void *row, void *ctx, struct err *e)
{
	const struct renewing *r = ctx;
	struct server *s = row;

	live_get(r->live, server_key(s->slot, s->node), &server_numbers, s);
	return r->fn(s, r->ctx, e);
}

static enum err_code renew_guest(void *row, void *ctx, struct err *e)
{
	const struct renewing *r = ctx;
	struct guest *g = row;

	live_get(r->live, guest_key(g->slot, g->vmid), &guest_numbers, g);
	return r->fn(g, r->ctx, e);
}

enum err_code server_get(struct db *db, const char *slot, const char *node, struct arena *a,
			 struct server *out, struct err *e)
{
	enum err_code code =
		db_get(db, &q_server, &(struct server){ .slot = slot, .node = node }, out, a, e);

	if (!code)
		live_get(db_live(db), server_key(slot, node), &server_numbers, out);
	return code;
}

enum err_code server_each(struct db *db, const char *slot, db_row_fn *fn, void *ctx, struct err *e)
{
	struct renewing r = { db_live(db), fn, ctx };

	return db_each(db, slot ? &q_slot_servers : &q_servers, &(struct server){ .slot = slot },
		       renew_server, &r, e);
}

enum err_code server_put(struct db *db, const struct server *s, struct err *e)
{
	live_drop(db_live(db), server_key(s->slot, s->node));
	return db_run(db, &q_server_put, s, e);
}

enum err_code server_put_numbers(struct db *db, const struct server *s, struct err *e)
{
	return live_put(db_live(db), server_key(s->slot, s->node), &server_numbers, s)
		       ? ERR_NONE
		       : server_put(db, s, e);
}

enum err_code server_set_imported(struct db *db, const char *slot, const char *node, struct err *e)
{
	return db_run(db, &q_server_imported, &(struct server){ .slot = slot, .node = node }, e);
}

enum err_code server_drop(struct db *db, const char *slot, const char *node, struct err *e)
{
	live_drop(db_live(db), server_key(slot, node));
	return db_run(db, &q_server_drop, &(struct server){ .slot = slot, .node = node }, e);
}

bool server_is_online(const struct config *cfg, const struct server *s, int64_t now)
{
	int64_t fresh_s = FRESH_POLLS * cfg->proxmox.node_seconds;

	if (fresh_s < FRESH_MIN_S)
		fresh_s = FRESH_MIN_S;
	/* what lies far ahead is from before the clock was set back */
	return s->online && s->fetched_at.is && now - s->fetched_at.s <= fresh_s &&
	       s->fetched_at.s - now <= FRESH_MIN_S;
}

enum err_code guest_get(struct db *db, const char *slot, int64_t vmid, struct arena *a,
			struct guest *out, struct err *e)
{
	enum err_code code =
		db_get(db, &q_guest, &(struct guest){ .slot = slot, .vmid = vmid }, out, a, e);

	if (!code)
		live_get(db_live(db), guest_key(slot, vmid), &guest_numbers, out);
	return code;
}

enum err_code guest_each(struct db *db, const char *slot, const char *node, db_row_fn *fn,
			 void *ctx, struct err *e)
{
	struct renewing r = { db_live(db), fn, ctx };

	return db_each(db, node ? &q_node_guests : &q_slot_guests,
		       &(struct guest){ .slot = slot, .node = node }, renew_guest, &r, e);
}

enum err_code guest_put(struct db *db, const struct guest *g, struct err *e)
{
	live_drop(db_live(db), guest_key(g->slot, g->vmid));
	return db_run(db, &q_guest_put, g, e);
}

enum err_code guest_put_numbers(struct db *db, const struct guest *g, struct err *e)
{
	return live_put(db_live(db), guest_key(g->slot, g->vmid), &guest_numbers, g)
		       ? ERR_NONE
		       : guest_put(db, g, e);
}

enum err_code guest_set_imported(struct db *db, const char *slot, int64_t vmid, struct err *e)
{
	return db_run(db, &q_guest_imported, &(struct guest){ .slot = slot, .vmid = vmid }, e);
}

enum err_code guest_drop(struct db *db, const char *slot, int64_t vmid, struct err *e)
{
	live_drop(db_live(db), guest_key(slot, vmid));
	return db_run(db, &q_guest_drop, &(struct guest){ .slot = slot, .vmid = vmid }, e);
}

/* The slots in use, as a JSON array. */
struct kept {
	const char *slots;
	int64_t before;
};

static const struct field kept_fields[] = {
	{ FIELD(struct kept, slots) },
	{ FIELD(struct kept, before) },
	{ .key = NULL },
};
static const struct shape kept_shape = { "KeptSlots", sizeof(struct kept), kept_fields };

#define GONE "slot NOT IN (SELECT value FROM json_each(:slots))"

QUERY(q_prune_servers) = {
	.sql = "DELETE FROM series.pve_server WHERE " GONE,
	.in = &kept_shape,
	.scans = true,
};

QUERY(q_prune_guests) = {
	.sql = "DELETE FROM series.pve_guest WHERE (slot, vmid) IN"
	       " (SELECT slot, vmid FROM series.pve_guest WHERE " GONE " " DB_SWEEP_LIMIT ")",
	.in = &kept_shape,
	.scans = true,
};

/* Ids follow the time, so only the oldest ones need a look. */
QUERY(q_prune_tasks) = {
	.sql = "DELETE FROM series.pve_task WHERE id IN"
	       " (SELECT id FROM (SELECT id, at FROM series.pve_task ORDER BY id " DB_SWEEP_LIMIT
	       ") WHERE at < :before)",
	.in = &kept_shape,
	.scans = true,
};

static const char *slots_in_use(const struct config *cfg, struct arena *a)
{
	struct buf json = { 0 };
	struct jsonw w;
	const char *copy;

	jsonw_init(&w, &json, NULL);
	jsonw_open(&w, '[');
	for (int i = 0; i < PROXMOX_SLOTS; i++)
		if (is_proxmox_slot_used(&cfg->proxmox.slots[i]))
			jsonw_str(&w, cfg->proxmox.slots[i].id);
	jsonw_close(&w, ']');
	copy = arena_strdup(a, json.data);
	buf_done(&json);
	return copy;
}

enum err_code panel_prune(const struct auth *auth, bool *more, struct err *e)
{
	struct arena *a = arena_new();
	struct kept kept = { slots_in_use(auth->cfg, a),
			     auth->now - auth->cfg->app.event_retention_days * DAY_S };
	enum err_code code = db_run(auth->db, &q_prune_servers, &kept, e);

	*more = false;
	if (!code)
		code = db_run(auth->db, &q_prune_guests, &kept, e);
	if (!code)
		*more = db_changes(auth->db) == DB_SWEEP_ROWS;
	if (!code)
		code = db_run(auth->db, &q_prune_tasks, &kept, e);
	if (!code)
		*more = *more || db_changes(auth->db) == DB_SWEEP_ROWS;
	arena_free(a);
	return code;
}
