/* guest.c: virtual machines and containers as they were last seen */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "http/req.h"
#include "panel/routes.h"
#include "panel/slot.h"

static const char *const types[] = { "qemu", "lxc", NULL };

struct list_args {
	const char *server_id;
	bool templates;
};

static const struct field list_arg_fields[] = {
	{ FIELD(struct list_args, server_id), .required = true, .example = "nas" },
	{ FIELD(struct list_args, templates), .def = "false", .doc = "Templates too" },
	{ .key = NULL },
};
const struct shape guest_list_args = { "GuestListArgs", sizeof(struct list_args), list_arg_fields };

static const struct field guest_arg_fields[] = {
	{ FIELD(struct guest_args, server_id), .required = true, .example = "nas" },
	{ FIELD(struct guest_args, vmid), .required = true, .example = "100" },
	{ FIELD(struct guest_args, vm_type), .one_of = types,
	  .doc = "Absent: whatever has this number" },
	{ .key = NULL },
};
const struct shape guest_args_shape = { "GuestArgs", sizeof(struct guest_args), guest_arg_fields };

struct guest_reply {
	int64_t vmid;
	const char *name, *type, *status;
	double cpu;
	int64_t memory_used, memory_total;
	double memory_percent;
	int64_t disk_used, disk_total, uptime;
	const char *server_id, *node;
	double cpu_percent, cpus;
	int64_t disk_read, disk_write, network_in, network_out;
	const char *tags;
	bool template;
};

static const struct field guest_reply_fields[] = {
	{ FIELD(struct guest_reply, vmid), .example = "100" },
	{ FIELD(struct guest_reply, name) },
	{ FIELD(struct guest_reply, type), .one_of = types },
	{ FIELD(struct guest_reply, status),
	  .doc = "running, stopped, paused, ...; unknown while its server is offline" },
	{ FIELD(struct guest_reply, cpu), .doc = "Percent" },
	{ FIELD(struct guest_reply, memory_used), .doc = "Bytes" },
	{ FIELD(struct guest_reply, memory_total), .doc = "Bytes" },
	{ FIELD(struct guest_reply, memory_percent) },
	{ FIELD(struct guest_reply, disk_used), .doc = "Bytes; 0 for virtual machines" },
	{ FIELD(struct guest_reply, disk_total), .doc = "Bytes" },
	{ FIELD(struct guest_reply, uptime), .doc = "Seconds" },
	{ FIELD(struct guest_reply, server_id), .example = "nas" },
	{ FIELD(struct guest_reply, node) },
	{ FIELD(struct guest_reply, cpu_percent), .doc = "The same as cpu" },
	{ FIELD(struct guest_reply, cpus) },
	{ FIELD(struct guest_reply, disk_read), .doc = "Bytes since its start" },
	{ FIELD(struct guest_reply, disk_write), .doc = "Bytes since its start" },
	{ FIELD(struct guest_reply, network_in), .doc = "Bytes since its start" },
	{ FIELD(struct guest_reply, network_out), .doc = "Bytes since its start" },
	{ FIELD(struct guest_reply, tags), .json = true,
	  .schema = "\"type\":\"array\",\"items\":{\"type\":\"string\"}" },
	{ FIELD(struct guest_reply, template) },
	{ .key = NULL },
};
const struct shape guest_shape = { "Guest", sizeof(struct guest_reply), guest_reply_fields };

struct guest_list {
	const char *server_id, *vms;
	int64_t total, running, stopped;
	bool online, is_stale;
	struct maybe_stamp fetched_at;
};

static const struct field guest_list_fields[] = {
	{ FIELD(struct guest_list, server_id) },
	{ FIELD(struct guest_list, vms), .json = true, .items = &guest_shape },
	{ FIELD(struct guest_list, total) },
	{ FIELD(struct guest_list, running) },
	{ FIELD(struct guest_list, stopped), .doc = "All that do not run" },
	{ FIELD(struct guest_list, online), .doc = "The server" },
	{ FIELD(struct guest_list, is_stale) },
	{ FIELD(struct guest_list, fetched_at), .doc = "null: never" },
	{ .key = NULL },
};
const struct shape guest_list_shape = { "GuestList", sizeof(struct guest_list), guest_list_fields };

static double percent(double part, double whole)
{
	return whole > 0 ? round(10000 * part / whole) / 100 : 0;
}

/* "a;b,c d" as a JSON array. */
static const char *tag_array(struct arena *a, const char *tags)
{
	static const char separators[] = ";, ";
	struct buf json = { 0 };
	struct jsonw w;
	const char *copy;

	jsonw_init(&w, &json, NULL);
	jsonw_open(&w, '[');
	for (tags += strspn(tags, separators); *tags; tags += strspn(tags, separators)) {
		size_t n = strcspn(tags, separators);

		jsonw_str(&w, arena_strndup(a, tags, n));
		tags += n;
	}
	jsonw_close(&w, ']');
	copy = arena_strdup(a, json.data);
	buf_done(&json);
	return copy;
}

static const char *status_of(const struct found *found, const struct guest *g)
{
	return found->online && g->known ? g->status : "unknown";
}

static void write_guest(struct req *rq, struct res *rs, const struct found *found,
			const struct guest *g)
{
	double cpu = percent(g->cpu.v, 1);
	struct guest_reply row = {
		.vmid = g->vmid,
		.name = g->name,
		.type = g->lxc ? "lxc" : "qemu",
		.status = status_of(found, g),
		.cpu = cpu,
		.memory_used = g->mem_used.v,
		.memory_total = g->mem_total.v,
		.memory_percent = percent((double)g->mem_used.v, (double)g->mem_total.v),
		.disk_used = g->disk_used.v,
		.disk_total = g->disk_total.v,
		.uptime = g->uptime_s.v,
		.server_id = found->server_id,
		.node = g->node,
		.cpu_percent = cpu,
		.cpus = g->cpus.v,
		.disk_read = g->disk_read.v,
		.disk_write = g->disk_write.v,
		.network_in = g->net_in.v,
		.network_out = g->net_out.v,
		.tags = *g->tags ? tag_array(rq->arena, g->tags) : "[]",
		.template = g->template,
	};

	jsonw_shape(&rs->json, &guest_shape, &row);
}

struct listing {
	struct req *rq;
	struct res *rs;
	const struct found *found;
	bool templates;
	int64_t total, running;
};

static enum err_code list_guest(void *row, void *ctx, struct err *e)
{
	struct listing *l = ctx;
	const struct guest *g = row;

	(void)e;
	if (g->template && !l->templates)
		return ERR_NONE;
	write_guest(l->rq, l->rs, l->found, g);
	l->total++;
	l->running += strcmp(status_of(l->found, g), "running") == 0;
	return ERR_NONE;
}

enum err_code guests_list(struct req *rq, struct res *rs, struct err *e)
{
	const struct list_args *args = rq->args;
	struct jsonw *w = &rs->json;
	struct found found;
	struct listing l = { rq, rs, &found, args->templates, 0, 0 };
	enum err_code code = find_server(rq, args->server_id, " or not accessible", &found, e);

	if (code)
		return code;
	jsonw_open(w, '{');
	jsonw_key(w, "server_id");
	jsonw_str(w, found.server_id);
	jsonw_key(w, "vms");
	jsonw_open(w, '[');
	code = guest_each(rq->db, found.slot->id, found.server.node, list_guest, &l, e);
	jsonw_close(w, ']');
	jsonw_key(w, "total");
	jsonw_int(w, l.total);
	jsonw_key(w, "running");
	jsonw_int(w, l.running);
	jsonw_key(w, "stopped");
	jsonw_int(w, l.total - l.running);
	jsonw_key(w, "online");
	jsonw_bool(w, found.online);
	jsonw_key(w, "is_stale");
	jsonw_bool(w, !found.online);
	jsonw_key(w, "fetched_at");
	if (found.server.fetched_at.is)
		jsonw_stamp(w, found.server.fetched_at.s);
	else
		jsonw_null(w);
	jsonw_close(w, '}');
	return code;
}

/* One that is too large for a number is told as it was sent. */
static const char *vmid_text(struct req *rq, int64_t vmid)
{
	if (vmid == INT64_MIN || vmid == INT64_MAX)
		return arena_printf(rq->arena, "%.40s", rq->path_values[1]);
	return arena_printf(rq->arena, "%lld", (long long)vmid);
}

enum err_code find_guest(struct req *rq, const struct guest_args *args, struct found *out,
			 struct err *e)
{
	struct guest *g = &out->guest;
	enum err_code code = find_server(rq, args->server_id, "", out, e);

	if (code)
		return code;
	code = guest_get(rq->db, out->slot->id, args->vmid, rq->arena, g, e);
	if (code == ERR_NONE && (strcmp(g->node, out->server.node) != 0 ||
				 (args->vm_type && g->lxc != (strcmp(args->vm_type, "lxc") == 0))))
		code = ERR_NOT_FOUND;
	if (code == ERR_NOT_FOUND)
		return err_set(e, code, "VM %s not found on server '%.180s'",
			       vmid_text(rq, args->vmid), args->server_id);
	return code;
}

enum err_code guest_get_one(struct req *rq, struct res *rs, struct err *e)
{
	struct found found;
	enum err_code code = find_guest(rq, rq->args, &found, e);

	if (!code)
		write_guest(rq, rs, &found, &found.guest);
	return code;
}
