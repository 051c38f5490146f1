/* proxmox_parse.c: see proxmox_parse.h
 *
 * The server is written in Perl, where numbers and texts are one: what is a number in one release
 * is a text in another, and a text of digits may come as a number. Both are taken everywhere. */
#include "peer/proxmox_parse.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json.h>

#include "base/text.h"
#include "json/jsonr.h"

/* The tree of json-c takes some 700 bytes for "{}" and 100 for "0,": answers within the byte limit
 * could fill the memory. The largest cluster needs less than this. */
/* Counted before an answer is made a tree, which takes many times its bytes. */
enum { MAX_CONTAINERS = 64 * 1024, MAX_VALUES = 512 * 1024 };

/* 2^53: no count or rate is larger, all integers below are exact in a double, and sums of many
 * samples still fit into 64 bits. */
static const double MAX_NUMBER = 9007199254740992.0;
static const double MAX_TIME = 253402300799.0; /* the end of the year 9999 */

static const struct pve_node unknown_node = {
	.cpu = NAN,
	.mem_used = -1,
	.mem_total = -1,
	.disk_used = -1,
	.disk_total = -1,
	.uptime_s = -1,
	.load = { NAN, NAN, NAN },
	.net_in = NAN,
	.net_out = NAN,
};

/* The object that every answer is; NULL when this one is none. It is freed with the arena. */
static struct json_object *root_of(struct arena *scratch, const char *json, size_t n)
{
	size_t containers = 0, values = 0, at;
	struct json_object *root;

	for (size_t i = 0; i < n; i++) {
		containers += json[i] == '{' || json[i] == '[';
		values += json[i] == ',';
	}
	if (containers > MAX_CONTAINERS || values > MAX_VALUES)
		return NULL;
	if (!is_utf8(json, n)) { /* one odd name must not hide all others */
		json = text_clean(scratch, json, n, n);
		n = strlen(json);
	}
	root = jsonr_parse(scratch, json, n, &at);
	return root && json_object_is_type(root, json_type_object) ? root : NULL;
}

/* NULL when there is none, and for null. */
static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(object, key, &v) ? v : NULL;
}

static struct json_object *data_of(struct arena *scratch, const char *json, size_t n,
				   enum json_type type)
{
	struct json_object *data = member(root_of(scratch, json, n), "data");

	return data && json_object_is_type(data, type) ? data : NULL;
}

/* NAN: absent, null, "", another type, negative or beyond all measure. */
static double number_of(struct json_object *v)
{
	double d = NAN;

	switch (json_object_get_type(v)) {
	case json_type_int:
	case json_type_double:
		d = json_object_get_double(v);
		break;
	case json_type_string:
		if (!parse_num(json_object_get_string(v), &d))
			return NAN;
		break;
	default:
		break;
	}
	return d >= 0 && d <= MAX_NUMBER ? fabs(d) : NAN; /* fabs: no minus zero */
}

static double number(struct json_object *row, const char *key)
{
	return number_of(member(row, key));
}

/* -1 as NAN above. */
static int64_t count(struct json_object *row, const char *key)
{
	double d = number(row, key);

	return isnan(d) ? -1 : (int64_t)d;
}

static bool flag(struct json_object *row, const char *key)
{
	struct json_object *v = member(row, key);

	if (json_object_is_type(v, json_type_boolean))
		return json_object_get_boolean(v);
	return number_of(v) > 0;
}

/* Cleaned; "" when absent. */
static char *text_of(struct arena *a, struct json_object *v, size_t max_bytes)
{
	enum json_type type = json_object_get_type(v);
	const char *text = "";
	size_t n = 0;

	if (type == json_type_string) {
		text = json_object_get_string(v);
		n = (size_t)json_object_get_string_len(v);
	} else if (type == json_type_int || type == json_type_double) {
		text = json_object_get_string(v);
		n = strlen(text);
	}
	return text_clean(a, text, n < 4 * max_bytes ? n : 4 * max_bytes, max_bytes);
}

static char *text_at(struct arena *a, struct json_object *row, const char *key, size_t max_bytes)
{
	return text_of(a, member(row, key), max_bytes);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool pve_parse_node_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	if (!n || n > PVE_NODE_BYTES || !is_alnum(name[0]) || !is_alnum(name[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(name[i]) && name[i] != '-' && name[i] != '.')
			return false;
	return true;
}

/* NULL when the row names no node. */
static const char *node_name(struct arena *a, struct json_object *row)
{
	const char *name = text_at(a, row, "node", PVE_NODE_BYTES + 1);

	return pve_parse_node_name(name) ? name : NULL;
}

/* Rows in order, of equal ones only one: each of the three lists has a key that its reader
 * stores by. */
static size_t sort_unique(void *rows, size_t n, size_t size,
			  int (*compare)(const void *, const void *))
{
	char *at = rows;
	size_t kept = 0;

	if (n)
		qsort(rows, n, size, compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && compare(at + (kept - 1) * size, at + i * size) == 0)
			continue;
		if (kept != i)
			memcpy(at + kept * size, at + i * size, size);
		kept++;
	}
	return kept;
}

/* Resources */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct pve_node *)a)->name, ((const struct pve_node *)b)->name);
}

static int by_vmid(const void *a, const void *b)
{
	int64_t x = ((const struct pve_guest *)a)->vmid, y = ((const struct pve_guest *)b)->vmid;

	return (x > y) - (x < y);
}

/* Nodes have memory and a disk: 0 is what some releases say of one that is away. */
static int64_t total(struct json_object *row, const char *key)
{
	int64_t v = count(row, key);

	return v > 0 ? v : -1;
}

static bool node_of(struct arena *a, struct json_object *row, struct pve_node *out)
{
	*out = unknown_node;
	out->name = node_name(a, row);
	out->online = strcmp(text_at(a, row, "status", PVE_STATUS_BYTES), "online") == 0;
	out->mem_total = total(row, "maxmem");
	out->disk_total = total(row, "maxdisk");
	if (out->online) {
		out->cpu = number(row, "cpu");
		out->mem_used = count(row, "mem");
		out->disk_used = count(row, "disk");
		out->uptime_s = count(row, "uptime");
	}
	return out->name;
}

/* Separated by ';', in old releases and by people also by ',' or blanks. */
static const char *tags_of(struct arena *a, struct json_object *row)
{
	static const char separators[] = ";, ";
	char *tags = text_at(a, row, "tags", PVE_TAGS_BYTES);
	size_t used = 0;

	for (const char *p = tags + strspn(tags, separators); *p; p += strspn(p, separators)) {
		size_t n = strcspn(p, separators);

		if (used)
			tags[used++] = ';';
		memmove(tags + used, p, n);
		used += n;
		p += n;
	}
	tags[used] = '\0';
	return tags;
}

static bool guest_of(struct arena *a, struct json_object *row, bool lxc, struct pve_guest *out)
{
	int64_t vmid = count(row, "vmid");

	*out = (struct pve_guest){
		.vmid = vmid,
		.lxc = lxc,
		.node = node_name(a, row),
		.cpu = number(row, "cpu"),
		.cpus = number(row, "maxcpu"),
		.mem_used = count(row, "mem"),
		.mem_total = count(row, "maxmem"),
		.disk_used = count(row, "disk"),
		.disk_total = count(row, "maxdisk"),
		.net_in = count(row, "netin"),
		.net_out = count(row, "netout"),
		.disk_read = count(row, "diskread"),
		.disk_write = count(row, "diskwrite"),
		.uptime_s = count(row, "uptime"),
		.template = flag(row, "template"),
	};
	if (vmid < 1 || vmid > PVE_MAX_VMID || !out->node)
		return false;
	out->name = text_at(a, row, "name", PVE_NAME_BYTES);
	if (!*out->name)
		out->name = arena_printf(a, "%s %d", lxc ? "CT" : "VM", (int)vmid);
	out->status = text_at(a, row, "status", PVE_STATUS_BYTES);
	if (!*out->status)
		out->status = "unknown";
	out->tags = tags_of(a, row);
	return true;
}

static size_t at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

enum peer_state pve_parse_resources(struct arena *a, const char *json, size_t n,
				    struct pve_cluster *out)
{
	struct arena *scratch = arena_new();
	struct json_object *data = data_of(scratch, json, n, json_type_array);
	size_t rows = data ? json_object_array_length(data) : 0;

	*out = (struct pve_cluster){
		.nodes = ARENA_ARRAY(a, struct pve_node, at_most(rows, PVE_MAX_NODES)),
		.guests = ARENA_ARRAY(a, struct pve_guest, at_most(rows, PVE_MAX_GUESTS)),
	};
	for (size_t i = 0; i < rows; i++) {
		struct json_object *row = json_object_array_get_idx(data, i);
		const char *type = text_at(scratch, row, "type", PVE_STATUS_BYTES);
		bool lxc = strcmp(type, "lxc") == 0;

		if (strcmp(type, "node") == 0 && out->n_nodes < PVE_MAX_NODES)
			out->n_nodes += node_of(a, row, &out->nodes[out->n_nodes]);
		else if ((lxc || strcmp(type, "qemu") == 0) && out->n_guests < PVE_MAX_GUESTS)
			out->n_guests += guest_of(a, row, lxc, &out->guests[out->n_guests]);
	}
	out->n_nodes = sort_unique(out->nodes, out->n_nodes, sizeof(out->nodes[0]), by_name);
	out->n_guests = sort_unique(out->guests, out->n_guests, sizeof(out->guests[0]), by_vmid);
	arena_free(scratch);
	return data ? PEER_OK : PEER_BAD_ANSWER;
}

/* Status of a node */

static void set_count(int64_t *at, struct json_object *row, const char *key)
{
	int64_t v = count(row, key);

	if (v >= 0)
		*at = v;
}

static void set_load(double at[3], struct json_object *list)
{
	double v[3];

	if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) < 3)
		return;
	for (size_t i = 0; i < 3; i++)
		v[i] = number_of(json_object_array_get_idx(list, i));
	if (!isnan(v[0]) && !isnan(v[1]) && !isnan(v[2]))
		memcpy(at, v, sizeof(v));
}

enum peer_state pve_parse_node_status(struct arena *a, const char *json, size_t n,
				      struct pve_node *out)
{
	struct arena *scratch = arena_new();
	struct json_object *data = data_of(scratch, json, n, json_type_object);

	(void)a;
	if (data) {
		struct json_object *memory = member(data, "memory"), *root = member(data, "rootfs");
		double cpu = number(data, "cpu");

		if (!isnan(cpu))
			out->cpu = cpu;
		set_count(&out->uptime_s, data, "uptime");
		set_count(&out->mem_used, memory, "used");
		set_count(&out->mem_total, memory, "total");
		set_count(&out->disk_used, root, "used");
		set_count(&out->disk_total, root, "total");
		set_load(out->load, member(data, "loadavg"));
		out->status_asked = true;
	}
	arena_free(scratch);
	return data ? PEER_OK : PEER_BAD_ANSWER;
}

/* Status of a guest */

enum peer_state pve_parse_guest_status(struct arena *a, const char *json, size_t n,
				       struct pve_guest *out)
{
	struct arena *scratch = arena_new();
	struct json_object *data = data_of(scratch, json, n, json_type_object);
	const char *status = text_at(a, data, "qmpstatus", PVE_STATUS_BYTES);

	if (!*status) /* a container has no such thing, and a list tells the one or the other alike */
		status = text_at(a, data, "status", PVE_STATUS_BYTES);
	if (*status) {
		double cpu = number(data, "cpu");

		out->status = status;
		if (!isnan(cpu))
			out->cpu = cpu;
		set_count(&out->uptime_s, data, "uptime");
		set_count(&out->mem_used, data, "mem");
		set_count(&out->net_in, data, "netin");
		set_count(&out->net_out, data, "netout");
		set_count(&out->disk_read, data, "diskread");
		set_count(&out->disk_write, data, "diskwrite");
	}
	arena_free(scratch);
	return *status ? PEER_OK : PEER_BAD_ANSWER;
}

/* Rights */

enum peer_state pve_parse_rights(const char *json, size_t n, bool *sees_guests)
{
	struct arena *scratch = arena_new();
	struct json_object *data = data_of(scratch, json, n, json_type_object);

	*sees_guests = false;
	if (data) {
		struct json_object_iterator at = json_object_iter_begin(data),
					    end = json_object_iter_end(data);

		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
			if (member(json_object_iter_peek_value(&at), "VM.Audit"))
				*sees_guests = true;
	}
	arena_free(scratch);
	return data ? PEER_OK : PEER_BAD_ANSWER;
}

/* History */

static int by_time(const void *a, const void *b)
{
	int64_t x = ((const struct pve_rrd_row *)a)->ts, y = ((const struct pve_rrd_row *)b)->ts;

	return (x > y) - (x < y);
}

/* Rows of nodes and of guests differ in the names. */
static double either(struct json_object *row, const char *node_key, const char *guest_key)
{
	double d = number(row, node_key);

	return isnan(d) ? number(row, guest_key) : d;
}

static bool rrd_row_of(struct json_object *row, struct pve_rrd_row *out)
{
	double ts = number(row, "time");

	if (!(ts >= 1 && ts <= MAX_TIME))
		return false;
	*out = (struct pve_rrd_row){
		.ts = (int64_t)ts,
		.cpu = number(row, "cpu"),
		.mem_used = either(row, "memused", "mem"),
		.mem_total = either(row, "memtotal", "maxmem"),
		.disk_used = either(row, "rootused", "disk"),
		.disk_total = either(row, "roottotal", "maxdisk"),
		.net_in = number(row, "netin"),
		.net_out = number(row, "netout"),
		.disk_read = number(row, "diskread"),
		.disk_write = number(row, "diskwrite"),
		.load = number(row, "loadavg"),
	};
	return true;
}

enum peer_state pve_parse_rrd(struct arena *a, const char *json, size_t n,
			      struct pve_rrd_row **rows, size_t *n_rows)
{
	struct arena *scratch = arena_new();
	struct json_object *data = data_of(scratch, json, n, json_type_array);
	size_t length = data ? json_object_array_length(data) : 0;
	size_t kept = at_most(length, PVE_MAX_RRD_ROWS);

	*rows = ARENA_ARRAY(a, struct pve_rrd_row, kept);
	*n_rows = 0;
	for (size_t i = length - kept; i < length; i++)
		*n_rows += rrd_row_of(json_object_array_get_idx(data, i), *rows + *n_rows);
	*n_rows = sort_unique(*rows, *n_rows, sizeof(**rows), by_time);
	arena_free(scratch);
	return data ? PEER_OK : PEER_BAD_ANSWER;
}

/* Tasks */

/* The next of the parts that ':' ends; NULL when there is none. */
static const char *part(struct arena *a, const char **at)
{
	size_t n = strcspn(*at, ":");
	const char *text = (*at)[n] ? arena_strndup(a, *at, n) : NULL;

	if (text)
		*at += n + 1;
	return text;
}

static bool is_hex(const char *text)
{
	return text && *text && !text[strspn(text, "0123456789abcdefABCDEF")];
}

const char *pve_parse_upid(struct arena *a, const char *upid)
{
	const char *at = upid, *node, *type;

	if (!upid || strlen(upid) > PVE_UPID_BYTES || strncmp(upid, "UPID:", 5) != 0 ||
	    has_control(upid) || strchr(upid, ' ') || !is_utf8(upid, strlen(upid)))
		return NULL;
	part(a, &at);
	node = part(a, &at);
	for (int i = 0; i < 3; i++)
		if (!is_hex(part(a, &at)))
			return NULL;
	type = part(a, &at);
	/* then an id, which may be empty, a user, and the end */
	if (!type || !*type || !part(a, &at) || !*at || *at == ':' || !part(a, &at) || *at)
		return NULL;
	return pve_parse_node_name(node) ? node : NULL;
}

enum peer_state pve_parse_started(struct arena *a, const char *json, size_t n, const char **upid)
{
	struct arena *scratch = arena_new();
	struct json_object *root = root_of(scratch, json, n);

	*upid = text_at(a, root, "data", PVE_UPID_BYTES);
	if (!pve_parse_upid(scratch, *upid))
		*upid = NULL;
	arena_free(scratch);
	return root ? PEER_OK : PEER_BAD_ANSWER;
}

enum peer_state pve_parse_task(struct arena *a, const char *json, size_t n,
			       const char **exit_status)
{
	struct arena *scratch = arena_new();
	struct json_object *data = data_of(scratch, json, n, json_type_object);
	const char *status = text_at(scratch, data, "status", PVE_STATUS_BYTES);
	bool stopped = strcmp(status, "stopped") == 0;
	bool running = strcmp(status, "running") == 0;

	*exit_status = NULL;
	if (stopped) {
		*exit_status = text_at(a, data, "exitstatus", PVE_EXIT_BYTES);
		if (!**exit_status)
			*exit_status = "unexpected status"; /* as Proxmox words it */
	}
	arena_free(scratch);
	return stopped || running ? PEER_OK : PEER_BAD_ANSWER;
}

void pve_parse_refusal(struct arena *a, const char *json, size_t n, struct pve_refusal *out)
{
	struct arena *scratch = arena_new();
	struct json_object *root = root_of(scratch, json, n);
	struct json_object *errors = member(root, "errors");

	*out = (struct pve_refusal){ .message = text_at(a, root, "message", PVE_MESSAGE_BYTES) };
	if (json_object_is_type(errors, json_type_object)) {
		struct json_object_iterator at = json_object_iter_begin(errors),
					    end = json_object_iter_end(errors);

		out->no_task = member(errors, "upid") != NULL;
		if (!*out->message && !json_object_iter_equal(&at, &end))
			out->message =
				text_of(a, json_object_iter_peek_value(&at), PVE_MESSAGE_BYTES);
	}
	arena_free(scratch);
}
