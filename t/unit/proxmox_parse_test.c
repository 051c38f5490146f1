/* proxmox_parse_test.c: what Proxmox VE sends, in the types of all its releases */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer/proxmox.h"
#include "peer/proxmox_parse.h"

enum { FILE_BYTES = 64 * 1024 };

#define UPID "UPID:pve1:0013909A:0FF76977:6A650982:qmstart:100:root@pam!panel:"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void assert_num(double got, double expected)
{
	if (isnan(expected) ? !isnan(got) : !(fabs(got - expected) < 1e-9))
		fail_msg("%g is not %g", got, expected);
}

static struct pve_cluster cluster_of(const char *json)
{
	struct pve_cluster cluster;

	assert_int_equal(pve_parse_resources(arena, json, strlen(json), &cluster), PEER_OK);
	return cluster;
}

static struct pve_guest guest_of(const char *members)
{
	struct pve_cluster cluster = cluster_of(arena_printf(arena, "{\"data\":[{%s}]}", members));

	assert_int_equal(cluster.n_guests, 1);
	return cluster.guests[0];
}

/* Lists */

static void lists_are_sorted_and_other_rows_skipped(void **state)
{
	struct pve_cluster c = cluster_of(
		"{\"total\":9,\"data\":["
		"{\"type\":\"qemu\",\"vmid\":1000,\"node\":\"pve2\",\"status\":\"running\"},"
		"{\"type\":\"node\",\"node\":\"pve2\",\"status\":\"online\"},"
		"{\"type\":\"storage\",\"storage\":\"local\",\"node\":\"pve1\",\"disk\":1},"
		"{\"type\":\"network\",\"network-type\":\"zone\",\"node\":\"pve1\"},"
		"{\"type\":\"sdn\"},{\"type\":\"pool\"},{},null,7,\"qemu\",[],"
		"{\"type\":\"lxc\",\"vmid\":\"99\",\"node\":\"pve1\",\"status\":\"stopped\"},"
		"{\"type\":\"qemu\",\"vmid\":100,\"node\":\"pve1\",\"status\":\"paused\"},"
		"{\"type\":\"qemu\",\"vmid\":100,\"node\":\"pve1\",\"status\":\"paused\"},"
		"{\"type\":\"node\",\"node\":\"pve1\",\"status\":\"offline\"},"
		"{\"type\":\"node\",\"node\":\"pve1\",\"status\":\"offline\"}]}");

	(void)state;
	assert_int_equal(c.n_nodes, 2);
	assert_string_equal(c.nodes[0].name, "pve1");
	assert_string_equal(c.nodes[1].name, "pve2");
	assert_false(c.nodes[0].online);
	assert_true(c.nodes[1].online);
	assert_int_equal(c.n_guests, 3);
	assert_int_equal(c.guests[0].vmid, 99);
	assert_true(c.guests[0].lxc);
	assert_int_equal(c.guests[1].vmid, 100);
	assert_string_equal(c.guests[1].status, "paused");
	assert_int_equal(c.guests[2].vmid, 1000);
	assert_string_equal(c.guests[2].node, "pve2");
	c = cluster_of("{\"data\":[]}");
	assert_int_equal(c.n_nodes + c.n_guests, 0);
}

static void numbers_come_in_all_types(void **state)
{
	struct pve_guest g = guest_of(
		"\"type\":\"lxc\",\"vmid\":\"106\",\"node\":\"pve\",\"status\":\"running\","
		"\"cpu\":\"0.25\",\"maxcpu\":1.5,\"mem\":\"98500608\",\"maxmem\":536870912.0,"
		"\"disk\":\"744189952\",\"maxdisk\":\"\",\"netin\":null,\"netout\":-1,"
		"\"diskread\":1e3,\"diskwrite\":18446744073709551615,\"uptime\":\"2078164\"");

	(void)state;
	assert_int_equal(g.vmid, 106);
	assert_num(g.cpu, 0.25);
	assert_num(g.cpus, 1.5);
	assert_int_equal(g.mem_used, 98500608);
	assert_int_equal(g.mem_total, 536870912);
	assert_int_equal(g.disk_used, 744189952);
	assert_int_equal(g.disk_total, -1);
	assert_int_equal(g.net_in, -1);
	assert_int_equal(g.net_out, -1);
	assert_int_equal(g.disk_read, 1000);
	assert_int_equal(g.disk_write, -1);
	assert_int_equal(g.uptime_s, 2078164);
	assert_num(guest_of("\"type\":\"lxc\",\"vmid\":1,\"node\":\"p\",\"cpu\":3.44e-05").cpu,
		   0.0000344);
	g = guest_of("\"type\":\"qemu\",\"vmid\":1,\"node\":\"p\",\"cpu\":true,\"mem\":[],"
		     "\"maxmem\":{},\"uptime\":\"a day\",\"disk\":\"0x10\",\"netin\":1e300");
	assert_num(g.cpu, NAN);
	assert_num(g.cpus, NAN);
	assert_int_equal(g.mem_used, -1);
	assert_int_equal(g.mem_total, -1);
	assert_int_equal(g.uptime_s, -1);
	assert_int_equal(g.disk_used, -1);
	assert_int_equal(g.net_in, -1);
	assert_string_equal(g.status, "unknown");
}

static void templates_are_told_in_many_ways(void **state)
{
	static const struct {
		const char *value;
		bool is;
	} cases[] = {
		{ "1", true },	    { "\"1\"", true }, { "true", true },   { "0", false },
		{ "\"\"", false },  { "null", false }, { "false", false }, { "\"0\"", false },
		{ "\"x\"", false }, { "[]", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *row = "\"type\":\"qemu\",\"vmid\":9001,\"node\":\"pve\",\"template\":";

		assert_int_equal(
			guest_of(arena_printf(arena, "%s%s", row, cases[i].value)).template,
			cases[i].is);
	}
	assert_false(guest_of("\"type\":\"qemu\",\"vmid\":9001,\"node\":\"pve\"").template);
}

static void names_and_tags_are_cleaned(void **state)
{
	struct pve_guest g;

	(void)state;
	g = guest_of("\"type\":\"qemu\",\"vmid\":100,\"node\":\"pve\",\"name\":\"\"");
	assert_string_equal(g.name, "VM 100");
	assert_string_equal(g.tags, "");
	g = guest_of("\"type\":\"lxc\",\"vmid\":101,\"node\":\"pve\",\"name\":\" \\u0007\\n\"");
	assert_string_equal(g.name, "CT 101");
	g = guest_of("\"type\":\"lxc\",\"vmid\":101,\"node\":\"pve\",\"name\":2024,"
		     "\"tags\":\";a;;b, c \\td;\"");
	assert_string_equal(g.name, "2024");
	assert_string_equal(g.tags, "a;b;c;d");
	g = guest_of("\"type\":\"lxc\",\"vmid\":101,\"node\":\"pve\",\"name\":\"a\xff\\u0000k\"");
	assert_string_equal(g.name, "ak");
	g = guest_of(arena_printf(arena,
				  "\"type\":\"lxc\",\"vmid\":1,\"node\":\"p\","
				  "\"name\":\"%0300d\"",
				  7));
	assert_int_equal(strlen(g.name), PVE_NAME_BYTES);
}

static void rows_without_identity_are_dropped(void **state)
{
	static const char *const rows[] = {
		"\"type\":\"qemu\",\"vmid\":0,\"node\":\"pve\"",
		"\"type\":\"qemu\",\"vmid\":-5,\"node\":\"pve\"",
		"\"type\":\"qemu\",\"vmid\":1000000000,\"node\":\"pve\"",
		"\"type\":\"qemu\",\"vmid\":\"abc\",\"node\":\"pve\"",
		"\"type\":\"qemu\",\"node\":\"pve\"",
		"\"type\":\"qemu\",\"vmid\":100",
		"\"type\":\"qemu\",\"vmid\":100,\"node\":\"..\"",
		"\"type\":\"qemu\",\"vmid\":100,\"node\":\"a/b\"",
		"\"type\":\"node\",\"node\":\"../../access\",\"status\":\"online\"",
		"\"type\":\"node\",\"status\":\"online\"",
		NULL,
	};

	(void)state;
	for (int i = 0; rows[i]; i++) {
		struct pve_cluster c =
			cluster_of(arena_printf(arena, "{\"data\":[{%s}]}", rows[i]));

		assert_int_equal(c.n_nodes + c.n_guests, 0);
	}
}

static void nodes_away_have_no_numbers(void **state)
{
	struct pve_cluster c = cluster_of(
		"{\"data\":[{\"type\":\"node\",\"node\":\"a\",\"status\":\"offline\",\"cpu\":0,"
		"\"mem\":0,\"disk\":0,\"uptime\":0,\"maxmem\":0,\"maxdisk\":5},"
		"{\"type\":\"node\",\"node\":\"b\",\"status\":\"unknown\"},"
		"{\"type\":\"node\",\"node\":\"c\",\"status\":\"online\",\"cpu\":0,\"mem\":3,"
		"\"maxmem\":4,\"disk\":1,\"maxdisk\":2,\"uptime\":9},"
		"{\"type\":\"qemu\",\"vmid\":1002,\"node\":\"a\",\"status\":\"unknown\"}]}");

	(void)state;
	assert_false(c.nodes[0].online);
	assert_num(c.nodes[0].cpu, NAN);
	assert_int_equal(c.nodes[0].mem_used, -1);
	assert_int_equal(c.nodes[0].disk_used, -1);
	assert_int_equal(c.nodes[0].uptime_s, -1);
	assert_int_equal(c.nodes[0].mem_total, -1);
	assert_int_equal(c.nodes[0].disk_total, 5);
	assert_false(c.nodes[1].online);
	assert_int_equal(c.nodes[1].mem_total, -1);
	assert_true(c.nodes[2].online);
	assert_num(c.nodes[2].cpu, 0);
	assert_int_equal(c.nodes[2].mem_used, 3);
	assert_int_equal(c.nodes[2].uptime_s, 9);
	assert_num(c.nodes[2].load[0], NAN);
	assert_num(c.nodes[2].net_in, NAN);
	assert_false(c.nodes[2].status_asked);
	assert_string_equal(c.guests[0].name, "VM 1002");
	assert_string_equal(c.guests[0].status, "unknown");
	assert_int_equal(c.guests[0].mem_used, -1);
}

static void broken_lists_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"null",
		"[]",
		"{}",
		"{\"data\":null}",
		"{\"data\":{}}",
		"{\"data\":\"x\"}",
		"{\"data\":[{\"type\":\"qemu\"]}",
		"{\"data\":[]}x",
		"<html><body>login</body></html>",
		"{\"data\":[{\"cpu\":NaN}]}",
		NULL,
	};
	enum { OPENINGS = 100 * 1000 };
	char *bomb = arena_alloc(arena, OPENINGS * 3 + 32);
	struct pve_cluster c;
	struct pve_rrd_row *rows;
	size_t n;

	(void)state;
	for (int i = 0; texts[i]; i++) {
		assert_int_equal(pve_parse_resources(arena, texts[i], strlen(texts[i]), &c),
				 PEER_BAD_ANSWER);
		assert_int_equal(c.n_nodes + c.n_guests, 0);
		assert_int_equal(pve_parse_rrd(arena, texts[i], strlen(texts[i]), &rows, &n),
				 PEER_BAD_ANSWER);
		assert_int_equal(n, 0);
	}
	/* a tree would take a hundred times the bytes */
	strcpy(bomb, "{\"data\":[");
	for (char *p = bomb + 9; p < bomb + 9 + OPENINGS * 3; p += 3)
		memcpy(p, "{},", 3);
	strcpy(bomb + 9 + OPENINGS * 3, "{}]}");
	assert_int_equal(pve_parse_resources(arena, bomb, strlen(bomb), &c), PEER_BAD_ANSWER);
}

static void the_number_of_rows_has_a_limit(void **state)
{
	char *text = arena_alloc(arena, 4 * 1024 * 1024), *p = text;
	struct pve_rrd_row *rows;
	struct pve_cluster c;
	size_t n;

	(void)state;
	p += sprintf(p, "{\"data\":[{}");
	for (int i = PVE_MAX_GUESTS + 5; i > 0; i--)
		p += sprintf(p, ",{\"type\":\"lxc\",\"vmid\":%d,\"node\":\"p\"}", i);
	for (int i = 0; i < PVE_MAX_NODES + 5; i++)
		p += sprintf(p, ",{\"type\":\"node\",\"node\":\"n%d\"}", i);
	strcpy(p, "]}");
	c = cluster_of(text);
	assert_int_equal(c.n_guests, PVE_MAX_GUESTS);
	assert_int_equal(c.n_nodes, PVE_MAX_NODES);
	assert_int_equal(c.guests[0].vmid, 6);

	p = text + sprintf(text, "{\"data\":[{\"time\":1}");
	for (int i = 0; i < PVE_MAX_RRD_ROWS; i++)
		p += sprintf(p, ",{\"time\":%d}", 1000 + i);
	strcpy(p, "]}");
	assert_int_equal(pve_parse_rrd(arena, text, strlen(text), &rows, &n), PEER_OK);
	assert_int_equal(n, PVE_MAX_RRD_ROWS);
	assert_int_equal(rows[0].ts, 1000);
}

/* Status and history */

static enum peer_state status_of(struct pve_node *node, const char *json)
{
	return pve_parse_node_status(arena, json, strlen(json), node);
}

static void status_adds_to_what_is_known(void **state)
{
	struct pve_node node =
		cluster_of("{\"data\":[{\"type\":\"node\",\"node\":\"a\",\"cpu\":0.5,"
			   "\"status\":\"online\",\"uptime\":7,\"disk\":3}]}")
			.nodes[0];

	(void)state;
	assert_int_equal(status_of(&node, "{\"data\":{\"loadavg\":[\"0.15\",\"0.25\",1],"
					  "\"memory\":{\"used\":\"5\",\"total\":6},\"cpu\":null,"
					  "\"rootfs\":[]}}"),
			 PEER_OK);
	assert_true(node.status_asked);
	assert_num(node.load[0], 0.15);
	assert_num(node.load[1], 0.25);
	assert_num(node.load[2], 1);
	assert_num(node.cpu, 0.5);
	assert_int_equal(node.mem_used, 5);
	assert_int_equal(node.mem_total, 6);
	assert_int_equal(node.disk_used, 3);
	assert_int_equal(node.uptime_s, 7);
}

static void load_is_whole_or_unknown(void **state)
{
	static const char *const texts[] = { "[]",	"[1,2]", "[1,2,null]", "[1,\"\",3]",
					     "\"0.1\"", "{}",	 "null",       NULL };

	(void)state;
	for (int i = 0; texts[i]; i++) {
		struct pve_node node = { .load = { NAN, NAN, NAN } };

		assert_int_equal(status_of(&node, arena_printf(arena, "{\"data\":{\"loadavg\":%s}}",
							       texts[i])),
				 PEER_OK);
		assert_num(node.load[0], NAN);
	}
	for (int i = 0; i < 2; i++) {
		struct pve_node node = { .uptime_s = 5 };

		assert_int_equal(status_of(&node, i ? "{\"data\":null}" : "{\"data\":[]}"),
				 PEER_BAD_ANSWER);
		assert_false(node.status_asked);
		assert_int_equal(node.uptime_s, 5);
	}
}

static void history_rows_have_gaps(void **state)
{
	static const char text[] =
		"{\"data\":[{\"time\":180,\"memused\":5.5,\"memtotal\":8,\"rootused\":1,"
		"\"roottotal\":2,\"loadavg\":0.3,\"netin\":75773.98},{\"time\":60},"
		"{\"time\":\"120\",\"mem\":4,\"maxmem\":9,\"disk\":0,\"maxdisk\":3,"
		"\"diskread\":1.5,\"diskwrite\":0,\"netout\":\"2.5\"},"
		"{\"cpu\":1},{\"time\":0},{\"time\":-60},{\"time\":1e15},{\"time\":60},7]}";
	struct pve_rrd_row *rows;
	size_t n;

	(void)state;
	assert_int_equal(pve_parse_rrd(arena, text, strlen(text), &rows, &n), PEER_OK);
	assert_int_equal(n, 3);
	assert_int_equal(rows[0].ts, 60);
	assert_num(rows[0].cpu, NAN);
	assert_num(rows[0].mem_used, NAN);
	assert_int_equal(rows[1].ts, 120);
	assert_num(rows[1].mem_used, 4);
	assert_num(rows[1].mem_total, 9);
	assert_num(rows[1].disk_used, 0);
	assert_num(rows[1].disk_read, 1.5);
	assert_num(rows[1].net_in, NAN);
	assert_num(rows[1].net_out, 2.5);
	assert_int_equal(rows[2].ts, 180);
	assert_num(rows[2].mem_used, 5.5);
	assert_num(rows[2].disk_total, 2);
	assert_num(rows[2].load, 0.3);
}

/* Tasks */

static void tasks_are_known_by_their_id(void **state)
{
	static const char *const good[] = {
		UPID,
		"UPID:pve1:0013909B:0FF76978A:6A650983:vzdump::ops@pam:",
		"UPID:pve1:1:2:3:qmstart:100:müller@ldap:",
		NULL,
	};
	static const char *const bad[] = {
		"",
		"UPID:",
		"UPID:pve1",
		"upid:pve1:1:2:3:qmstart:100:root@pam:",
		"UPID:..:1:2:3:qmstart:100:root@pam:",
		"UPID:a/b:1:2:3:qmstart:100:root@pam:",
		"UPID::1:2:3:qmstart:100:root@pam:",
		"UPID:pve1:x:2:3:qmstart:100:root@pam:",
		"UPID:pve1:1::3:qmstart:100:root@pam:",
		"UPID:pve1:1:2:3::100:root@pam:",
		"UPID:pve1:1:2:3:qmstart:100::",
		"UPID:pve1:1:2:3:qmstart:100:root@pam",
		"UPID:pve1:1:2:3:qmstart:100:root@pam:x",
		"UPID:pve1:1:2:3:qm start:100:root@pam:",
		"UPID:pve1:1:2:3:qmstart:100:root@pam\n:",
		"UPID:pve1:1:2:3:qmstart:100:\xff:",
		NULL,
	};

	(void)state;
	for (int i = 0; good[i]; i++)
		assert_string_equal(pve_parse_upid(arena, good[i]), "pve1");
	for (int i = 0; bad[i]; i++)
		if (pve_parse_upid(arena, bad[i]))
			fail_msg("%s was taken", bad[i]);
	assert_null(pve_parse_upid(arena, NULL));
	assert_null(pve_parse_upid(arena, arena_printf(arena, "UPID:p:1:2:3:t:%0300d:u:", 1)));
}

static void node_names_can_stand_in_a_path(void **state)
{
	static const char *const good[] = { "pve", "a", "srv-proxmox-02", "pve.lan", "3", NULL };
	static const char *const bad[] = { "",	  ".",	 "..",	"-a",	"a-", "a.",
					   ".a",  "a/b", "a b", "a%2f", "ä",  "a\n",
					   "a?b", "a#b", "a:b", "a\\b", NULL };

	(void)state;
	for (int i = 0; good[i]; i++)
		assert_true(pve_parse_node_name(good[i]));
	for (int i = 0; bad[i]; i++)
		assert_false(pve_parse_node_name(bad[i]));
	assert_false(pve_parse_node_name(NULL));
	assert_false(pve_parse_node_name(arena_printf(arena, "%064d", 1)));
	assert_true(pve_parse_node_name(arena_printf(arena, "%063d", 1)));
}

static void tasks_run_and_end(void **state)
{
	static const struct {
		const char *data, *exit;
		enum peer_state state;
		bool good;
	} cases[] = {
		{ "{\"status\":\"running\"}", NULL, PEER_OK, false },
		{ "{\"status\":\"running\",\"exitstatus\":\"OK\"}", NULL, PEER_OK, false },
		{ "{\"status\":\"stopped\",\"exitstatus\":\"OK\"}", "OK", PEER_OK, true },
		{ "{\"status\":\"stopped\",\"exitstatus\":\"WARNINGS: 2\"}", "WARNINGS: 2", PEER_OK,
		  true },
		{ "{\"status\":\"stopped\",\"exitstatus\":\"VM 100 already running\\n\"}",
		  "VM 100 already running", PEER_OK, false },
		{ "{\"status\":\"stopped\"}", "unexpected status", PEER_OK, false },
		{ "{\"status\":\"sleeping\"}", NULL, PEER_BAD_ANSWER, false },
		{ "{}", NULL, PEER_BAD_ANSWER, false },
		{ "null", NULL, PEER_BAD_ANSWER, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = arena_printf(arena, "{\"data\":%s}", cases[i].data), *exit = "";

		assert_int_equal(pve_parse_task(arena, text, strlen(text), &exit), cases[i].state);
		if (cases[i].exit)
			assert_string_equal(exit, cases[i].exit);
		else
			assert_null(exit);
		assert_int_equal(pve_task_succeeded(exit), cases[i].good);
	}
	assert_false(pve_task_succeeded("OKAY"));
}

static void refusals_have_words(void **state)
{
	static const struct {
		const char *text, *message;
		bool no_task;
	} cases[] = {
		{ "{\"data\":null,\"message\":\"VM 100 not running\\n\"}", "VM 100 not running",
		  false },
		{ "{\"data\":null}", "", false },
		{ "", "", false },
		{ "<html>", "", false },
		{ "{\"errors\":{\"upid\":\"no such task\"},\"data\":null}", "no such task", true },
		{ "{\"errors\":{\"upid\":\"no such task\"},\"message\":\"Parameter\"}", "Parameter",
		  true },
		{ "{\"errors\":{}}", "", false },
		{ "{\"errors\":[1],\"message\":null}", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pve_refusal refusal;

		pve_parse_refusal(arena, cases[i].text, strlen(cases[i].text), &refusal);
		assert_string_equal(refusal.message, cases[i].message);
		assert_int_equal(refusal.no_task, cases[i].no_task);
	}
}

/* Answers of real clusters are not part of the source; tests that want them do nothing without. */

struct file {
	char text[FILE_BYTES];
	size_t size;
};
static struct file file;

static bool capture(const char *name)
{
	const char *folder = getenv("HEARTH_CAPTURES");
	char path[512];
	FILE *f;

	if (!folder)
		return false;
	snprintf(path, sizeof(path), "%s/proxmox/%s", folder, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be read", path);
	file.size = fread(file.text, 1, sizeof(file.text) - 1, f);
	file.text[file.size] = '\0';
	fclose(f);
	return true;
}

static void real_lists_are_read(void **state)
{
	static const struct {
		const char *file;
		size_t nodes, guests;
	} cases[] = {
		{ "pve7_cluster_resources.json", 4, 4 },
		{ "pve8_cluster_resources_nodes.json", 3, 0 },
		{ "pve8_cluster_resources_lxc_rows.json", 0, 2 },
		{ "pve9_cluster_resources_vm.json", 0, 19 },
		{ "pve_cluster_resources_vm_emptyname.json", 0, 6 },
		{ "mixed_cluster_resources_edited.json", 2, 3 },
		{ "offline_node_rows.json", 2, 0 },
		{ "offline_node_vm_row.json", 0, 1 },
		{ "hand_ha_nodes.json", 3, 0 },
		{ "pve7_nodes.json", 4, 0 },
		{ "pve6_cluster_resources_storage.json", 0, 0 },
	};
	struct pve_cluster c;

	(void)state;
	if (!getenv("HEARTH_CAPTURES"))
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		capture(cases[i].file);
		c = cluster_of(file.text);
		if (c.n_nodes != cases[i].nodes || c.n_guests != cases[i].guests)
			fail_msg("%s has %zu, %zu", cases[i].file, c.n_nodes, c.n_guests);
	}
	capture("mixed_cluster_resources_edited.json");
	c = cluster_of(file.text);
	assert_true(c.guests[2].template);
	assert_int_equal(c.guests[0].net_out, 1036055258639);
	assert_true(c.guests[0].mem_used > c.guests[0].mem_total);
	assert_string_equal(c.guests[2].tags, "community-script;monitoring;network;visualization");
	capture("pve_cluster_resources_vm_emptyname.json");
	c = cluster_of(file.text);
	assert_string_equal(c.guests[5].name, "CT 105");
	capture("offline_node_rows.json");
	c = cluster_of(file.text);
	assert_false(c.nodes[0].online);
	assert_int_equal(c.nodes[0].mem_total, -1);
	assert_int_equal(c.nodes[1].disk_used, 30470643712);
}

static void real_statuses_are_read(void **state)
{
	static const struct {
		const char *file;
		double load;
		int64_t mem_used, disk_used;
	} cases[] = {
		{ "pve6_node_status.json", 0.51, 5493719040, 6877716480 },
		{ "pve7_node_status.json", 0, 8095399936, 10487595008 },
		{ "pve9_node_status_trimmed.json", 0.42, 21632675840, -1 },
		{ "hand_pve9_node_status.json", 0.15, 2147483648, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pve_node node = { .disk_used = -1, .load = { NAN, NAN, NAN } };

		if (!capture(cases[i].file))
			return;
		assert_int_equal(status_of(&node, file.text), PEER_OK);
		assert_num(node.load[0], cases[i].load);
		assert_int_equal(node.mem_used, cases[i].mem_used);
		assert_int_equal(node.disk_used, cases[i].disk_used);
	}
}

static void real_histories_are_read(void **state)
{
	static const char *const names[] = { "pve8_node_rrddata.json",	"pve9_node_rrddata.json",
					     "pve8_guest_rrddata.json", "pve9_lxc_rrddata.json",
					     "pve9_qemu_rrddata.json",	NULL };
	struct pve_rrd_row *rows;
	size_t n;

	(void)state;
	for (int i = 0; names[i]; i++) {
		if (!capture(names[i]))
			return;
		assert_int_equal(pve_parse_rrd(arena, file.text, file.size, &rows, &n), PEER_OK);
		assert_true(n > 3);
		assert_false(isnan(rows[0].cpu) || isnan(rows[0].mem_used) ||
			     isnan(rows[0].net_out) || isnan(rows[0].disk_total));
		assert_int_equal(isnan(rows[0].load), i > 1);
		assert_int_equal(isnan(rows[0].disk_read), i < 2);
	}
	capture("pve8_qemu_rrddata_sparse.json");
	assert_int_equal(pve_parse_rrd(arena, file.text, file.size, &rows, &n), PEER_OK);
	assert_int_equal(n, 70);
	assert_num(rows[0].cpu, NAN);
	assert_num(rows[0].mem_total, 16777216000);
}

static void real_tasks_are_read(void **state)
{
	const char *exit, *upid;
	struct pve_refusal refusal;

	(void)state;
	if (!capture("task_status_running_token.json"))
		return;
	assert_int_equal(pve_parse_task(arena, file.text, file.size, &exit), PEER_OK);
	assert_null(exit);
	capture("hand_task_status_stopped_failed.json");
	assert_int_equal(pve_parse_task(arena, file.text, file.size, &exit), PEER_OK);
	assert_string_equal(exit, "some error occurred");
	capture("hand_qemu_start_upid.json");
	assert_int_equal(pve_parse_started(arena, file.text, file.size, &upid), PEER_OK);
	assert_string_equal(pve_parse_upid(arena, upid), "node1");
	capture("error_403_pve83plus.json");
	pve_parse_refusal(arena, file.text, file.size, &refusal);
	assert_string_equal(refusal.message, "Permission check failed (/vms/101, VM.PowerMgmt)");
	capture("error_403_before_pve83.json");
	pve_parse_refusal(arena, file.text, file.size, &refusal);
	assert_string_equal(refusal.message, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_sorted_and_other_rows_skipped),
		cmocka_unit_test(numbers_come_in_all_types),
		cmocka_unit_test(templates_are_told_in_many_ways),
		cmocka_unit_test(names_and_tags_are_cleaned),
		cmocka_unit_test(rows_without_identity_are_dropped),
		cmocka_unit_test(nodes_away_have_no_numbers),
		cmocka_unit_test(broken_lists_are_refused),
		cmocka_unit_test(the_number_of_rows_has_a_limit),
		cmocka_unit_test(status_adds_to_what_is_known),
		cmocka_unit_test(load_is_whole_or_unknown),
		cmocka_unit_test(history_rows_have_gaps),
		cmocka_unit_test(tasks_are_known_by_their_id),
		cmocka_unit_test(node_names_can_stand_in_a_path),
		cmocka_unit_test(tasks_run_and_end),
		cmocka_unit_test(refusals_have_words),
		cmocka_unit_test(real_lists_are_read),
		cmocka_unit_test(real_statuses_are_read),
		cmocka_unit_test(real_histories_are_read),
		cmocka_unit_test(real_tasks_are_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
