/* server.c: the Proxmox servers as they were last seen */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "http/req.h"
#include "panel/routes.h"
#include "panel/slot.h"

static const struct field server_arg_fields[] = {
	{ FIELD(struct server_args, server_id), .required = true, .example = "nas" },
	{ .key = NULL },
};
const struct shape server_args_shape = { "ServerArgs", sizeof(struct server_args),
					 server_arg_fields };

struct server_reply {
	const char *id, *name, *ip, *node;
	bool online;
	struct maybe_int uptime;
	struct maybe_num cpu;
	struct maybe_int memory_used, memory_total;
	struct maybe_num memory_percent;
	struct maybe_int disk_used, disk_total;
	struct maybe_num disk_percent;
	struct maybe_int network_in, network_out;
	const char *load_average;
	int64_t vms_running, vms_total, cts_running, cts_total;
	bool is_stale;
	struct maybe_stamp fetched_at;
};

#define WHILE_ONLINE "null while offline"

static const struct field server_reply_fields[] = {
	{ FIELD(struct server_reply, id), .example = "nas" },
	{ FIELD(struct server_reply, name) },
	{ FIELD(struct server_reply, ip), .doc = "Host part of its URL" },
	{ FIELD(struct server_reply, node) },
	{ FIELD(struct server_reply, online) },
	{ FIELD(struct server_reply, uptime), .doc = "Seconds; " WHILE_ONLINE },
	{ FIELD(struct server_reply, cpu), .doc = "Percent; " WHILE_ONLINE },
	{ FIELD(struct server_reply, memory_used), .doc = "Bytes; " WHILE_ONLINE },
	{ FIELD(struct server_reply, memory_total), .doc = "Bytes; " WHILE_ONLINE },
	{ FIELD(struct server_reply, memory_percent), .doc = WHILE_ONLINE },
	{ FIELD(struct server_reply, disk_used), .doc = "Bytes of the root file system" },
	{ FIELD(struct server_reply, disk_total), .doc = "Bytes of the root file system" },
	{ FIELD(struct server_reply, disk_percent), .doc = WHILE_ONLINE },
	{ FIELD(struct server_reply, network_in), .doc = "Bytes/s, mean of a minute, or null" },
	{ FIELD(struct server_reply, network_out), .doc = "Bytes/s, mean of a minute, or null" },
	{ FIELD(struct server_reply, load_average), .json = true,
	  .schema = "\"type\":\"array\",\"items\":{\"type\":\"number\"}",
	  .doc = "1, 5 and 15 minutes; empty when unknown", .example = "[0.15,0.1,0.05]" },
	{ FIELD(struct server_reply, vms_running), .doc = "Templates are not counted" },
	{ FIELD(struct server_reply, vms_total) },
	{ FIELD(struct server_reply, cts_running) },
	{ FIELD(struct server_reply, cts_total) },
	{ FIELD(struct server_reply, is_stale), .doc = "Not online" },
	{ FIELD(struct server_reply, fetched_at), .doc = "null: never" },
	{ .key = NULL },
};
const struct shape server_shape = { "Server", sizeof(struct server_reply), server_reply_fields };

struct server_list {
	const char *servers;
	int64_t total;
};

static const struct field server_list_fields[] = {
	{ FIELD(struct server_list, servers), .json = true, .items = &server_shape },
	{ FIELD(struct server_list, total) },
	{ .key = NULL },
};
const struct shape server_list_shape = { "ServerList", sizeof(struct server_list),
					 server_list_fields };

static double two_decimals(double v)
{
	return round(v * 100) / 100;
}

static struct maybe_num percent(struct maybe_int used, struct maybe_int total)
{
	if (!used.is || !total.is)
		return (struct maybe_num){ 0, false };
	if (total.v <= 0)
		return (struct maybe_num){ 0, true };
	return (struct maybe_num){ two_decimals(100.0 * (double)used.v / (double)total.v), true };
}

static struct maybe_int rounded(struct maybe_num v)
{
	return (struct maybe_int){ v.is ? (int64_t)llround(v.v) : 0, v.is };
}

static const char *load_average(const struct server *s, struct arena *a)
{
	char texts[3][NUM_TEXT];

	if (!s->load1.is || !s->load5.is || !s->load15.is)
		return "[]";
	write_num(s->load1.v, texts[0]);
	write_num(s->load5.v, texts[1]);
	write_num(s->load15.v, texts[2]);
	return arena_printf(a, "[%s,%s,%s]", texts[0], texts[1], texts[2]);
}

static void write_server(struct req *rq, struct res *rs, const struct proxmox_slot *slot,
			 const struct server *s, bool has_last)
{
	struct arena *a = rq->arena;
	bool online = server_is_online(rq->cfg, s, rq->now);
	struct server_reply row = {
		.id = slot_server_id(slot, s->node, a),
		.name = slot_server_name(slot, s->node, a),
		.ip = slot_host(slot, a),
		.node = s->node,
		.online = online,
		.load_average = "[]",
		.vms_total = s->vms_total,
		.cts_total = s->cts_total,
		.is_stale = !online,
		.fetched_at = s->fetched_at,
	};

	if (online || has_last) {
		row.uptime = s->uptime_s;
		row.cpu = (struct maybe_num){ two_decimals(100 * s->cpu.v), s->cpu.is };
		row.memory_used = s->mem_used;
		row.memory_total = s->mem_total;
		row.memory_percent = percent(s->mem_used, s->mem_total);
		row.disk_used = s->disk_used;
		row.disk_total = s->disk_total;
		row.disk_percent = percent(s->disk_used, s->disk_total);
		row.network_in = rounded(s->net_in);
		row.network_out = rounded(s->net_out);
		row.load_average = load_average(s, a);
		row.vms_running = s->vms_running;
		row.cts_running = s->cts_running;
	}
	jsonw_shape(&rs->json, &server_shape, &row);
}

/* All rows that are stored, in the order of slot and node. */
struct rows {
	struct arena *arena;
	struct server *at;
	size_t n, room;
};

static enum err_code keep_row(void *row, void *ctx, struct err *e)
{
	struct rows *rows = ctx;
	const struct server *s = row;

	(void)e;
	if (rows->n == rows->room) {
		size_t room = rows->room ? 2 * rows->room : 64;
		struct server *more = ARENA_ARRAY(rows->arena, struct server, room);

		if (rows->n)
			memcpy(more, rows->at, rows->n * sizeof(*more));
		rows->at = more;
		rows->room = room;
	}
	rows->at[rows->n] = *s;
	rows->at[rows->n].slot = arena_strdup(rows->arena, s->slot);
	rows->at[rows->n++].node = arena_strdup(rows->arena, s->node);
	return ERR_NONE;
}

/* The servers of a slot: the node that it names, polled or not, or all that its cluster has. */
static int64_t write_slot(struct req *rq, struct res *rs, const struct rows *rows,
			  const struct proxmox_slot *slot, bool has_last)
{
	int64_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (strcmp(rows->at[i].slot, slot->id) != 0 ||
		    (*slot->node && strcmp(rows->at[i].node, slot->node) != 0))
			continue;
		write_server(rq, rs, slot, &rows->at[i], has_last);
		n++;
	}
	if (n || !*slot->node)
		return n;
	write_server(rq, rs, slot, &(struct server){ .slot = slot->id, .node = slot->node }, false);
	return 1;
}

enum err_code servers_write(struct req *rq, struct res *rs, bool has_last, struct err *e)
{
	struct rows rows = { .arena = rq->arena };
	struct jsonw *w = &rs->json;
	enum err_code code = server_each(rq->db, NULL, keep_row, &rows, e);
	int64_t total = 0;

	if (code)
		return code;
	jsonw_open(w, '{');
	jsonw_key(w, "servers");
	jsonw_open(w, '[');
	for (int i = 0; i < PROXMOX_SLOTS; i++)
		if (is_proxmox_slot_used(&rq->cfg->proxmox.slots[i]))
			total += write_slot(rq, rs, &rows, &rq->cfg->proxmox.slots[i], has_last);
	jsonw_close(w, ']');
	jsonw_key(w, "total");
	jsonw_int(w, total);
	jsonw_close(w, '}');
	return ERR_NONE;
}

enum err_code servers_list(struct req *rq, struct res *rs, struct err *e)
{
	return servers_write(rq, rs, false, e);
}

enum err_code find_server(struct req *rq, const char *server_id, const char *suffix,
			  struct found *out, struct err *e)
{
	const char *node = NULL;
	enum err_code code = ERR_NOT_FOUND;

	*out = (struct found){ .slot = slot_find(rq->cfg, server_id, &node),
			       .server_id = server_id };
	if (out->slot)
		code = server_get(rq->db, out->slot->id, node, rq->arena, &out->server, e);
	if (code == ERR_NOT_FOUND && out->slot && *out->slot->node) {
		out->server = (struct server){ .slot = out->slot->id, .node = node };
		code = ERR_NONE;
	}
	if (code == ERR_NOT_FOUND)
		return err_set(e, code, "Server '%.200s' not found%s", server_id, suffix);
	out->online = server_is_online(rq->cfg, &out->server, rq->now);
	return code;
}

enum err_code server_get_one(struct req *rq, struct res *rs, struct err *e)
{
	const struct server_args *args = rq->args;
	struct found found;
	enum err_code code = find_server(rq, args->server_id, "", &found, e);

	if (!code)
		write_server(rq, rs, found.slot, &found.server, false);
	return code;
}
