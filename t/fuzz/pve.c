/* pve.c: fuzz target: every answer of a Proxmox server */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "peer/proxmox.h"
#include "peer/proxmox_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool held)
{
	if (!held)
		abort();
}

static void check_text(const char *text, size_t max_bytes)
{
	expect(strlen(text) <= max_bytes && !has_control(text) && is_utf8(text, strlen(text)));
}

static void check_num(double v)
{
	expect(isnan(v) || (v >= 0 && isfinite(v)));
}

static void check_node(const struct pve_node *n)
{
	expect(pve_parse_node_name(n->name));
	check_num(n->cpu);
	expect(n->mem_used >= -1 && n->mem_total >= -1 && n->disk_used >= -1 &&
	       n->disk_total >= -1 && n->uptime_s >= -1);
	for (int i = 0; i < 3; i++)
		check_num(n->load[i]);
}

static void check_guest(const struct pve_guest *g)
{
	expect(g->vmid >= 1 && g->vmid <= PVE_MAX_VMID && *g->name && *g->status);
	expect(pve_parse_node_name(g->node));
	check_text(g->name, PVE_NAME_BYTES);
	check_text(g->status, PVE_STATUS_BYTES);
	check_text(g->tags, PVE_TAGS_BYTES);
	expect(!strstr(g->tags, ";;") && !strchr(g->tags, ' ') && !strchr(g->tags, ','));
	check_num(g->cpu);
	check_num(g->cpus);
	expect(g->mem_used >= -1 && g->disk_read >= -1 && g->net_out >= -1 && g->uptime_s >= -1);
}

static void check_cluster(const struct pve_cluster *c)
{
	expect(c->n_nodes <= PVE_MAX_NODES && c->n_guests <= PVE_MAX_GUESTS);
	for (size_t i = 0; i < c->n_nodes; i++) {
		check_node(&c->nodes[i]);
		expect(!i || strcmp(c->nodes[i - 1].name, c->nodes[i].name) < 0);
	}
	for (size_t i = 0; i < c->n_guests; i++) {
		check_guest(&c->guests[i]);
		expect(!i || c->guests[i - 1].vmid < c->guests[i].vmid);
	}
}

static void check_rows(const struct pve_rrd_row *rows, size_t n)
{
	expect(n <= PVE_MAX_RRD_ROWS);
	for (size_t i = 0; i < n; i++) {
		expect(rows[i].ts > 0 && (!i || rows[i - 1].ts < rows[i].ts));
		check_num(rows[i].cpu);
		check_num(rows[i].net_in);
		check_num(rows[i].load);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *upid, *exit_status;
	struct arena *a = arena_new();
	struct pve_node node = { .name = "pve", .cpu = NAN, .load = { NAN, NAN, NAN } };
	struct pve_guest guest = { .vmid = 100,
				   .node = "pve",
				   .name = "VM 100",
				   .status = "running",
				   .tags = "",
				   .cpu = NAN,
				   .cpus = NAN,
				   .uptime_s = -1 };
	struct pve_refusal refusal;
	bool sees_guests;
	struct pve_rrd_row *rows;
	struct pve_cluster cluster;
	size_t n;

	pve_parse_resources(a, text, size, &cluster);
	check_cluster(&cluster);
	pve_parse_node_status(a, text, size, &node);
	check_node(&node);
	pve_parse_rrd(a, text, size, &rows, &n);
	check_rows(rows, n);
	if (pve_parse_task(a, text, size, &exit_status) == PEER_OK && exit_status)
		check_text(exit_status, PVE_EXIT_BYTES);
	if (pve_parse_started(a, text, size, &upid) == PEER_OK && upid)
		expect(pve_parse_node_name(pve_parse_upid(a, upid)));
	pve_parse_refusal(a, text, size, &refusal);
	check_text(refusal.message, PVE_MESSAGE_BYTES);
	pve_parse_upid(a, arena_strndup(a, text, size));
	pve_parse_rights(text, size, &sees_guests);
	if (pve_parse_guest_status(a, text, size, &guest) == PEER_OK)
		check_guest(&guest);
	arena_free(a);
	return 0;
}
