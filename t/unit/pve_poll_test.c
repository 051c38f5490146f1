/* pve_poll_test.c: what a poll of Proxmox servers means, and what becomes of their own history */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/config.h"
#include "db/migrate.h"
#include "http/params.h"
#include "http/req.h"
#include "panel/panel.h"
#include "panel/routes.h"
#include "panel/slot.h"
#include "panel/store.h"
#include "panel/track.h"

enum { T0 = 1770940800 };

static void states_have_names(void **state)
{
	(void)state;
	assert_int_equal(state_of("running"), STATE_RUNNING);
	assert_int_equal(state_of("stopped"), STATE_STOPPED);
	assert_int_equal(state_of("paused"), STATE_PAUSED);
	assert_int_equal(state_of("io-error"), STATE_OTHER);
	assert_string_equal(state_name(STATE_RUNNING), "running");
	assert_string_equal(state_name(NAN), "unknown");
	assert_string_equal(state_name(99), "unknown");
	assert_string_equal(state_name(-1), "unknown");
}

static void guests_change(void **state)
{
	(void)state;
	assert_int_equal(guest_change("stopped", 0, "running", 3), GUEST_STARTED);
	assert_int_equal(guest_change("running", 900, "stopped", 0), GUEST_STOPPED);
	assert_int_equal(guest_change("paused", 900, "stopped", 0), GUEST_STOPPED);
	assert_int_equal(guest_change("running", 900, "running", 910), GUEST_SAME);
	assert_int_equal(guest_change("running", 900, "running", 5), GUEST_RESTARTED);
	assert_int_equal(guest_change("running", 900, "paused", 905), GUEST_SAME);
	/* clocks that are read a moment apart make no restart */
	assert_int_equal(guest_change("running", 900, "running", 899), GUEST_SAME);
	/* what is not known changes nothing */
	assert_int_equal(guest_change("running", 900, "unknown", -1), GUEST_SAME);
	assert_int_equal(guest_change("unknown", -1, "running", 5), GUEST_SAME);
	assert_int_equal(guest_change("running", 900, "running", -1), GUEST_SAME);
}

static void backoff_doubles(void **state)
{
	(void)state;
	assert_int_equal(backoff_s(10, 1), 20);
	assert_int_equal(backoff_s(10, 2), 40);
	assert_int_equal(backoff_s(10, 3), 60);
	assert_int_equal(backoff_s(10, 1000000), 60);
	assert_int_equal(backoff_s(5, 1), 10);
	assert_int_equal(backoff_s(300, 1), 300); /* never sooner than without failure */
}

static void steps_are_due_once(void **state)
{
	(void)state;
	assert_true(is_step_due(0, T0, 30));
	assert_false(is_step_due(T0, T0 + 29, 30));
	assert_true(is_step_due(T0, T0 + 30, 30));
	assert_true(is_step_due(T0 + 29, T0 + 30, 30));
	assert_true(is_step_due(T0 + 3600, T0, 30)); /* the clock was set back */
}

static void servers_are_fresh_for_three_polls(void **state)
{
	static struct config cfg;
	struct server s = { .online = true, .fetched_at = { T0, true } };

	(void)state;
	config_defaults(&cfg);
	assert_true(server_is_online(&cfg, &s, T0 + 30));
	assert_false(server_is_online(&cfg, &s, T0 + 31));
	cfg.proxmox.node_seconds = 60;
	assert_true(server_is_online(&cfg, &s, T0 + 180));
	assert_false(server_is_online(&cfg, &s, T0 + 181));
	cfg.proxmox.node_seconds = 5;
	assert_true(server_is_online(&cfg, &s, T0 + 30));  /* at least */
	assert_true(server_is_online(&cfg, &s, T0 - 30));  /* clocks differ a little */
	assert_false(server_is_online(&cfg, &s, T0 - 31)); /* the clock was set back */
	s.online = false;
	assert_false(server_is_online(&cfg, &s, T0));
	s = (struct server){ .online = true };
	assert_false(server_is_online(&cfg, &s, T0));
}

static void slot_set(struct proxmox_slot *slot, const char *id, const char *node)
{
	slot->id = id;
	slot->node = node;
	slot->url = "https://pve.lan:8006";
	slot->token_id = "hearth@pve!panel";
	slot->token_secret = "secret";
}

static void servers_belong_to_slots(void **state)
{
	static struct config cfg;
	struct proxmox_slot *slots = cfg.proxmox.slots;
	struct arena *a = arena_new();
	const char *node = NULL;

	(void)state;
	config_defaults(&cfg);
	slot_set(&slots[0], "nas", "pve1");
	slot_set(&slots[3], "lab", "");
	slot_set(&slots[7], "lab-x", "");
	assert_ptr_equal(slot_find(&cfg, "nas", &node), &slots[0]);
	assert_string_equal(node, "pve1");
	assert_null(slot_find(&cfg, "nas-pve1", &node));
	assert_null(slot_find(&cfg, "na", &node));
	assert_null(slot_find(&cfg, "lab", &node)); /* the cluster itself is no server */
	assert_null(slot_find(&cfg, "lab-", &node));
	assert_ptr_equal(slot_find(&cfg, "lab-n1.home", &node), &slots[3]);
	assert_string_equal(node, "n1.home");
	assert_null(slot_find(&cfg, "lab-x-n1",
			      &node)); /* it could be of either: no machine is taken for another */
	slots[7].node = "n1";
	assert_null(slot_find(&cfg, "lab-x", &node));
	slots[7].id = "labs";
	assert_ptr_equal(slot_find(&cfg, "labs", &node), &slots[7]);
	assert_ptr_equal(slot_find(&cfg, "lab-x", &node), &slots[3]);
	assert_string_equal(slot_server_id(&slots[0], "pve1", a), "nas");
	assert_string_equal(slot_server_id(&slots[3], "n1", a), "lab-n1");
	assert_string_equal(slot_host(&slots[0], a), "pve.lan");
	slots[0].url = "https://[fd00::7]:8006/x";
	assert_string_equal(slot_host(&slots[0], a), "fd00::7");
	slots[0].token_secret = "";
	assert_null(slot_find(&cfg, "nas", &node));
	arena_free(a);
}

static struct pve_rrd_row row(int64_t ts, double cpu)
{
	struct pve_rrd_row r = { .ts = ts, .cpu = cpu, .load = NAN };

	r.mem_used = r.mem_total = r.disk_used = r.disk_total = NAN;
	r.net_in = r.net_out = r.disk_read = r.disk_write = NAN;
	return r;
}

static void history_is_resampled(void **state)
{
	struct pve_rrd_row fine[30], coarse[4], out;
	struct rrd_archive archives[] = { { fine, 30 }, { coarse, 4 } };

	(void)state;
	for (int i = 0; i < 30; i++) /* half an hour of minutes, five of them without a value */
		fine[i] = row(T0 + 60 * i, i >= 10 && i < 15 ? (double)NAN : (double)i);
	for (int i = 0; i < 4; i++) /* before that, half hours */
		coarse[i] = row(T0 + 1800 * (i - 3), 100 + i);
	assert_true(rrd_bucket(archives, 2, T0 + 120, 60, &out));
	assert_float_equal(out.cpu, 2, 1e-9);
	assert_int_equal(out.ts, T0 + 120);
	assert_true(isnan(out.mem_used));
	/* the mean of what begins in the bucket */
	assert_true(rrd_bucket(archives, 2, T0, 300, &out));
	assert_float_equal(out.cpu, 2, 1e-9);
	/* a gap stays one, whatever the coarser archive says */
	assert_false(rrd_bucket(archives, 2, T0 + 600, 60, &out));
	assert_false(rrd_bucket(archives, 2, T0 + 600, 300, &out));
	/* further back the coarser one knows, for all buckets that lie in a row */
	assert_true(rrd_bucket(archives, 2, T0 - 1800, 60, &out));
	assert_float_equal(out.cpu, 102, 1e-9);
	assert_true(rrd_bucket(archives, 2, T0 - 60, 60, &out));
	assert_float_equal(out.cpu, 102, 1e-9);
	assert_true(rrd_bucket(archives, 2, T0 - 3600, 3600, &out));
	assert_float_equal(out.cpu, 101.5, 1e-9);
	/* before all, and behind the last row */
	assert_false(rrd_bucket(archives, 2, T0 - 7200, 60, &out));
	assert_false(rrd_bucket(archives, 2, T0 + 1800, 60, &out));
	assert_false(rrd_bucket(archives, 0, T0, 60, &out));
	archives[0].n = 0;
	assert_true(rrd_bucket(archives, 2, T0 + 120, 60, &out));
	assert_float_equal(out.cpu, 103, 1e-9);
}

/* Three samples in the first minute and one in the second. */
static void fill(struct db *db, const struct config *cfg)
{
	static const struct {
		int at;
		double cpu;
	} samples[] = { { 0, 10 }, { 20, 40 }, { 40, 25 }, { 60, 5 } };
	struct err e;
	bool more;

	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		struct series_sample s = { .kind = &series_servers,
					   .subject = "nas",
					   .ts = T0 + samples[i].at };

		for (int k = 0; k < MAX_METRICS; k++)
			s.values[k] = NAN;
		s.values[SERVER_CPU] = samples[i].cpu;
		assert_int_equal(series_add(db, &s, &e), ERR_NONE);
	}
	assert_int_equal(db_begin(db, TX_WRITE, &e), ERR_NONE);
	assert_int_equal(series_roll(db, cfg, T0 + 200, &more, &e), ERR_NONE);
	assert_int_equal(db_commit(db, &e), ERR_NONE);
}

static void buckets_have_a_band(void **state)
{
	static const struct route route = { .path = "/metrics/{server_id}",
					    .args = &server_metrics_args };
	const struct match match = { .values = { "nas" } };
	char dir[] = "/tmp/hearth-metrics-XXXXXX", command[64];
	struct arena *a = arena_new();
	struct config *cfg = ARENA_NEW(a, struct config);
	struct buf body = { 0 };
	struct res rs = { .body = &body };
	struct faults faults;
	struct req rq = { .arena = a, .cfg = cfg, .now = T0 + 200 };
	struct err e = { 0 };
	bool changed;

	(void)state;
	config_defaults(cfg);
	cfg->proxmox.slots[0] = (struct proxmox_slot){ .id = "nas",
						       .url = "https://pve",
						       .node = "pve",
						       .token_id = "a@pve!b",
						       .token_secret = "c",
						       .name = "",
						       .tls = "verify",
						       .tls_pin = "" };
	assert_non_null(mkdtemp(dir));
	assert_int_equal(migrate(dir, &changed, &e), ERR_NONE);
	assert_int_equal(db_open(&rq.db, dir, DB_COLLECT, &e), ERR_NONE);
	fill(rq.db, cfg);
	faults_init(&faults, a);
	rq.args = arena_alloc(a, server_metrics_args.size);
	params_args(&route, &match, "time_range=6h", false, (void *)rq.args, &faults);
	assert_int_equal(faults.count, 0);
	jsonw_init(&rs.json, &body, NULL);
	assert_int_equal(server_metrics(&rq, &rs, &e), ERR_NONE);
	assert_non_null(strstr(body.data, "\"cpu_percent\":25,"));
	assert_non_null(strstr(body.data, "\"cpu_percent_min\":10,\"cpu_percent_max\":40,"));
	assert_non_null(strstr(body.data, "\"cpu_percent_min\":5,\"cpu_percent_max\":5,"));
	db_close(rq.db);
	series_forget();
	buf_done(&body);
	arena_free(a);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_have_names),
		cmocka_unit_test(guests_change),
		cmocka_unit_test(backoff_doubles),
		cmocka_unit_test(steps_are_due_once),
		cmocka_unit_test(servers_are_fresh_for_three_polls),
		cmocka_unit_test(servers_belong_to_slots),
		cmocka_unit_test(history_is_resampled),
		cmocka_unit_test(buckets_have_a_band),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
