/* poll_test.c: what is stored of a poll of the router, and what becomes of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/log.h"
#include "db/migrate.h"
#include "network/demo.h"
#include "network/minute.h"
#include "network/network.h"
#include "network/poll.h"
#include "network/track.h"

/* 2026-02-13 00:00 UTC, a full hour */
enum { T0 = 1770940800 };

struct fixture {
	char dir[64];
	struct db *db;
	struct provider p;
	struct arena *arena;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err e = { 0 };
	bool changed;

	assert_non_null(f);
	strcpy(f->dir, "/tmp/hearth-poll-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	if (migrate(f->dir, &changed, &e) || db_open(&f->db, f->dir, DB_COLLECT, &e))
		fail_msg("%s", e.text);
	f->arena = arena_new();
	f->p.name = PROVIDER_FRITZBOX;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "hearth.db",	"hearth.db-wal", "hearth.db-shm",
					     "series.db",	"series.db-wal", "series.db-shm",
					     "run/migrate.lock" };
	struct fixture *f = *state;
	char path[128];

	db_close(f->db);
	arena_free(f->arena);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/run", f->dir);
	rmdir(path);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* First column of the first row; -1 when there is none. */
static int64_t number(struct fixture *f, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	assert_int_equal(sqlite3_prepare_v2(db_handle(f->db), sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static void assert_text(struct fixture *f, const char *sql, const char *expected)
{
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(db_handle(f->db), sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_non_null(sqlite3_column_text(s, 0));
	assert_string_equal((const char *)sqlite3_column_text(s, 0), expected);
	sqlite3_finalize(s);
}

static void store(struct fixture *f, const struct fritz_round *round, int64_t now)
{
	struct err e = { 0 };

	if (db_begin(f->db, TX_WRITE, &e) || poll_store(f->db, f->arena, round, &f->p, now, &e) ||
	    minute_flush(f->db, &e) || provider_put(f->db, &f->p, &e) || db_commit(f->db, &e))
		fail_msg("%s", e.text);
}

static struct fritz_round nothing(void)
{
	return (struct fritz_round){
		.hosts_state = PEER_CONNECT_FAILED,
		.traffic_state = PEER_CONNECT_FAILED,
		.wan_state = PEER_CONNECT_FAILED,
	};
}

static void traffic(struct fixture *f, int64_t now, uint64_t sent, uint64_t received, bool wide)
{
	struct fritz_round r = nothing();

	r.traffic_state = PEER_OK;
	r.traffic = (struct fritz_traffic){ 1000, 2000, sent, received, wide };
	store(f, &r, now);
}

static void hosts(struct fixture *f, int64_t now, struct fritz_host *rows, size_t n)
{
	struct fritz_round r = nothing();

	r.hosts_state = PEER_OK;
	r.hosts = (struct fritz_hosts){ rows, n };
	store(f, &r, now);
}

static void phone(struct fixture *f, int64_t now, bool active)
{
	struct fritz_host h = { "192.168.178.22", "phone", "AA:00:00:00:00:01",
				"802.11",	  NULL,	   active };

	hosts(f, now, &h, 1);
}

static void line(struct fixture *f, int64_t now, bool connected, int64_t uptime_s, const char *ip)
{
	struct fritz_round r = nothing();

	r.wan_state = PEER_OK;
	r.wan = (struct fritz_wan){ connected, connected, uptime_s, ip, 1, 1 };
	store(f, &r, now);
}

static int64_t events(struct fixture *f, const char *kind)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM series.event WHERE kind = '%s'", kind);
	return number(f, sql);
}

static void minutes_hold_their_last_poll(void **state)
{
	struct fixture *f = *state;

	traffic(f, T0 + 5, 1000, 1000, true);
	traffic(f, T0 + 35, 1500, 2000, true);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_minute"), 1);
	assert_int_equal(number(f, "SELECT sent FROM series.net_bandwidth_minute"), 1500);
	assert_int_equal(number(f, "SELECT up_bps FROM series.net_bandwidth_minute"),
			 1000); /* the box's own rate */
	traffic(f, T0 + 65, 9000, 2000, true);
	assert_int_equal(number(f, "SELECT ts FROM series.net_bandwidth_minute ORDER BY ts DESC"),
			 T0 + 60);
	assert_int_equal(
		number(f, "SELECT up_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 2000);
	assert_int_equal(
		number(f, "SELECT down_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 0);
	traffic(f, T0 + 600, 99000, 2000, true); /* too far for a mean */
	assert_int_equal(
		number(f, "SELECT up_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 1000);
}

static void a_clock_set_back_overwrites(void **state)
{
	struct fixture *f = *state;

	traffic(f, T0 + 125, 3000, 0, true);
	phone(f, T0 + 125, true);
	traffic(f, T0 + 5, 4000, 0, true);
	phone(f, T0 + 5, true);
	traffic(f, T0 + 125, 5000, 0, true);
	phone(f, T0 + 125, true);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_minute"), 2);
	assert_int_equal(number(f, "SELECT sent FROM series.net_bandwidth_minute ORDER BY ts DESC"),
			 5000);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device_minute"), 2);
	assert_int_equal(number(f, "SELECT sum(devices) FROM series.net_minute"), 2);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_presence"), 1);
}

static void wraps_are_counted_on(void **state)
{
	struct fixture *f = *state;

	traffic(f, T0, 4294960000u, 10, false);
	traffic(f, T0 + 60, 204, 20, false);
	assert_int_equal(f->p.sent, 4294967500);
	assert_int_equal(events(f, "counter.reset"), 0);
	assert_int_equal(
		number(f, "SELECT up_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 1000);
	assert_int_equal(number(f, "SELECT sent_offset FROM series.net_provider"), 4294967296);
}

static void resets_make_no_rate(void **state)
{
	struct fixture *f = *state;

	traffic(f, T0, 100000, 100000, true);
	traffic(f, T0 + 60, 50, 100, true);
	assert_int_equal(events(f, "counter.reset"), 1);
	assert_text(f, "SELECT data FROM series.event WHERE kind = 'counter.reset'",
		    "{\"bytes_sent\":100000,\"bytes_received\":100000}");
	assert_int_equal(
		number(f, "SELECT up_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 1000);
	traffic(f, T0 + 120, 7550, 100, true);
	assert_int_equal(
		number(f, "SELECT up_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 1000);
	assert_int_equal(
		number(f, "SELECT down_bps FROM series.net_bandwidth_minute ORDER BY ts DESC"), 0);
}

static void a_missing_rate_comes_from_the_counters(void **state)
{
	struct fixture *f = *state;
	struct fritz_round r = nothing();

	r.traffic_state = PEER_OK;
	r.traffic = (struct fritz_traffic){ -1, -1, 1000, 1000, true };
	store(f, &r, T0);
	assert_int_equal(f->p.up_bps, 0);
	r.traffic.sent = 4750;
	store(f, &r, T0 + 30);
	assert_int_equal(f->p.up_bps, 1000);
}

static void devices_come_and_go(void **state)
{
	struct fixture *f = *state;

	phone(f, T0, true);
	assert_int_equal(events(f, "device.new"), 1);
	assert_int_equal(events(f, "device.online"), 0);
	for (int i = 1; i <= 3; i++)
		phone(f, T0 + 30 * i, false);
	assert_int_equal(events(f, "device.offline"), 1);
	assert_text(f, "SELECT subject FROM series.event WHERE kind = 'device.offline'",
		    "AA:00:00:00:00:01");
	assert_int_equal(number(f, "SELECT to_at FROM series.net_presence"), T0 + 30);
	assert_int_equal(number(f, "SELECT last_seen FROM series.net_device"), T0);
	phone(f, T0 + 120, true);
	assert_int_equal(events(f, "device.online"), 1);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_presence WHERE to_at IS NULL"),
			 1);
}

static void short_sleep_is_no_event(void **state)
{
	struct fixture *f = *state;

	phone(f, T0, true);
	phone(f, T0 + 30, false);
	phone(f, T0 + 60, false);
	phone(f, T0 + 90, true);
	assert_int_equal(number(f, "SELECT count(*) FROM series.event WHERE kind <> 'device.new'"),
			 0);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_presence"), 1);
	/* the history has what the minute's last poll saw */
	assert_int_equal(
		number(f, "SELECT is_online FROM series.net_device_minute WHERE ts = 1770940800"),
		0);
	assert_int_equal(
		number(f, "SELECT is_online FROM series.net_device_minute WHERE ts = 1770940860"),
		1);
}

static void going_offline_is_one_row(void **state)
{
	struct fixture *f = *state;

	phone(f, T0, true);
	phone(f, T0 + 60, false);
	phone(f, T0 + 90, false);
	phone(f, T0 + 120, false);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device_minute"), 2);
	assert_int_equal(
		number(f, "SELECT is_online FROM series.net_device_minute WHERE ts = 1770940860"),
		0);
	assert_int_equal(number(f, "SELECT sum(devices) FROM series.net_minute"), 2);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_minute"), 3);
}

static void an_address_change_keeps_the_history(void **state)
{
	struct fixture *f = *state;
	struct fritz_host h = { "192.168.178.22", "phone", "AA:00:00:00:00:01",
				"802.11",	  "DHCP",  true };

	hosts(f, T0, &h, 1);
	h.ip = "192.168.178.77";
	h.address_source = NULL;
	hosts(f, T0 + 60, &h, 1);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device"), 1);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device_version"), 2);
	assert_text(f,
		    "SELECT v.ip FROM series.net_device_minute m JOIN series.net_device_version v"
		    " ON v.id = m.version ORDER BY ts",
		    "192.168.178.22");
	assert_text(f,
		    "SELECT v.ip FROM series.net_device_minute m JOIN series.net_device_version v"
		    " ON v.id = m.version ORDER BY ts DESC",
		    "192.168.178.77");
	assert_text(f, "SELECT address_source FROM series.net_device", "DHCP");
}

static void names_have_a_fallback(void **state)
{
	struct fixture *f = *state;
	struct fritz_host rows[] = {
		{ "192.168.178.23", "", "AA:00:00:00:00:02", "", NULL, true },
		{ "", "", "AA:00:00:00:00:03", NULL, NULL, false },
		{ "192.168.178.24",
		  "B\x01"
		  "ob",
		  "", NULL, NULL, true },
	};

	hosts(f, T0, rows, 3);
	assert_text(f, "SELECT name FROM series.net_device WHERE mac = 'AA:00:00:00:00:02'",
		    "192.168.178.23");
	assert_text(f, "SELECT name FROM series.net_device WHERE mac = 'AA:00:00:00:00:03'",
		    "AA:00:00:00:00:03");
	assert_text(f, "SELECT name FROM series.net_device WHERE identity = 'ip:192.168.178.24'",
		    "Bob");
	assert_int_equal(f->p.devices, 3);
}

static void a_forgotten_device_leaves_the_list(void **state)
{
	struct fixture *f = *state;
	struct fritz_host other = { "192.168.178.30", "tv", "AA:00:00:00:00:09", NULL, NULL, true };

	phone(f, T0, true);
	for (int i = 1; i <= 3; i++)
		hosts(f, T0 + 30 * i, &other, 1);
	assert_int_equal(f->p.devices, 1);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device WHERE listed = 1"), 1);
	assert_int_equal(events(f, "device.offline"), 1);
	phone(f, T0 + 120, true);
	assert_int_equal(events(f, "device.new"), 2);
	assert_int_equal(events(f, "device.online"), 1);
}

static void an_unchanged_poll_rewrites_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	phone(f, T0, true);
	before = sqlite3_total_changes64(db_handle(f->db));
	phone(f, T0 + 30, true);
	assert_int_equal(sqlite3_total_changes64(db_handle(f->db)) - before,
			 1); /* the provider's row */
}

static void the_line_makes_events(void **state)
{
	struct fixture *f = *state;

	line(f, T0, true, 5000, "203.0.113.1");
	assert_int_equal(number(f, "SELECT count(*) FROM series.event"), 0);
	line(f, T0 + 30, true, 10, "203.0.113.1");
	assert_int_equal(events(f, "wan.reconnected"), 1);
	line(f, T0 + 60, false, 0, NULL);
	assert_int_equal(events(f, "wan.down"), 1);
	assert_null(f->p.external_ip);
	line(f, T0 + 90, true, 5, "203.0.113.2");
	assert_int_equal(events(f, "wan.up"), 1);
	assert_int_equal(events(f, "wan.reconnected"), 1);
	assert_text(f, "SELECT data FROM series.event WHERE kind = 'wan.ip_changed'",
		    "{\"from\":\"203.0.113.1\",\"to\":\"203.0.113.2\"}");
}

static void silence_makes_the_router_down_once(void **state)
{
	struct fixture *f = *state;
	struct fritz_round silent = nothing(), refused = nothing();

	refused.hosts_state = PEER_AUTH_FAILED;
	store(f, &silent, T0);
	store(f, &silent, T0 + 30);
	store(f, &refused, T0 + 60);
	assert_int_equal(events(f, "router.down"), 0);
	for (int i = 3; i < 6; i++)
		store(f, &silent, T0 + 30 * i);
	assert_int_equal(events(f, "router.down"), 1);
	line(f, T0 + 300, true, 1, NULL);
	line(f, T0 + 330, true, 31, NULL);
	assert_int_equal(events(f, "router.up"), 1);
}

static void retries_grow_to_a_cap(void **state)
{
	(void)state;
	assert_int_equal(source_retry_s(1), 30);
	assert_int_equal(source_retry_s(2), 60);
	assert_int_equal(source_retry_s(3), 120);
	assert_int_equal(source_retry_s(4), 300);
	assert_int_equal(source_retry_s(400), 300);
}

typedef enum err_code chore_fn(const struct auth *auth, bool *more, struct err *e);

static void run_chore(struct fixture *f, chore_fn *fn, int64_t now)
{
	struct config cfg = { 0 };
	struct auth auth = { .db = f->db, .cfg = &cfg, .now = now };
	struct err e = { 0 };
	bool more = true;

	cfg.fritzbox.bandwidth_minute_days = 8;
	cfg.fritzbox.bandwidth_hour_days = 31;
	cfg.fritzbox.device_history_days = 8;
	while (more)
		if (db_begin(f->db, TX_WRITE, &e) || fn(&auth, &more, &e) || db_commit(f->db, &e))
			fail_msg("%s", e.text);
}

static void hours_are_made_of_minutes(void **state)
{
	struct fixture *f = *state;

	traffic(f, T0 - 30, 0, 0, true);
	for (int i = 0; i < 60; i++)
		traffic(f, T0 + 60 * i, (uint64_t)(i + 1) * 7500, (uint64_t)(i + 1) * 75, true);
	traffic(f, T0 + 3600, 1000000, 10000, true);
	run_chore(f, network_rollup, T0 + 3660);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_hour"), 2);
	assert_int_equal(
		number(f, "SELECT minutes FROM series.net_bandwidth_hour WHERE ts = 1770940800"),
		60);
	assert_int_equal(
		number(f, "SELECT sent FROM series.net_bandwidth_hour WHERE ts = 1770940800"),
		450000);
	assert_int_equal(
		number(f, "SELECT up_max_bps FROM series.net_bandwidth_hour WHERE ts = 1770940800"),
		2000);
	run_chore(f, network_rollup, T0 + 7200);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_hour"), 3);
}

static void minutes_go_only_after_their_hour_exists(void **state)
{
	struct fixture *f = *state;
	int64_t day = 86400;

	for (int64_t t = T0; t < T0 + 5 * 3600; t += 60)
		traffic(f, t, (uint64_t)(t - T0), 0, true);
	run_chore(f, network_prune_bandwidth, T0 + 8 * day + 2 * 3600 + 1800);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_hour"), 2);
	assert_int_equal(number(f, "SELECT min(ts) FROM series.net_bandwidth_minute"),
			 T0 + 2 * 3600);
	assert_int_equal(number(f, "SELECT sum(minutes) FROM series.net_bandwidth_hour"), 120);
	run_chore(f, network_prune_bandwidth, T0 + 40 * day);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_minute"), 0);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_hour"), 0);
}

static void device_history_ends(void **state)
{
	struct fixture *f = *state;
	struct fritz_host h = {
		"192.168.178.22", "old", "AA:00:00:00:00:01", "802.11", "DHCP", true
	};

	hosts(f, T0, &h, 1);
	h.name = "new";
	hosts(f, T0 + 60, &h, 1);
	run_chore(f, network_prune_devices, T0 + 8 * 86400 + 61);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device_minute"), 0);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_minute"), 0);
	assert_text(f, "SELECT group_concat(name) FROM series.net_device_version", "new");
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device"), 1);
	run_chore(f, network_prune_presence, T0 + 731 * 86400);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_presence"),
			 1); /* open ones stay */
}

static void labels_come_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		sqlite3_exec(
			db_handle(f->db),
			"INSERT INTO net_device_label VALUES ('AA:00:00:00:00:01', 'Mine', NULL)",
			NULL, NULL, NULL),
		SQLITE_OK);
	phone(f, T0, true);
	assert_text(f, "SELECT custom_name FROM series.net_device", "Mine");
	assert_int_equal(sqlite3_exec(db_handle(f->db),
				      "UPDATE net_device_label SET custom_name = 'Ours'", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	run_chore(f, network_relabel, T0);
	assert_text(f, "SELECT custom_name FROM series.net_device", "Ours");
}

static void the_demo_is_a_week(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	assert_int_equal(network_demo(f->db, T0, &e), ERR_NONE);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_bandwidth_minute"),
			 7 * 1440 - 25);
	assert_int_equal(number(f, "SELECT count(*) FROM series.net_device"), 23);
	assert_true(events(f, "device.offline") > 10);
	assert_int_equal(events(f, "router.down"), 1);
	assert_int_equal(events(f, "wan.ip_changed"), 7);
	assert_int_equal(number(f, "SELECT max(up_bps) > 46720000 OR max(down_bps) > 266848000"
				   " FROM series.net_bandwidth_minute"),
			 0);
	assert_int_equal(
		number(f, "SELECT sum(devices) - (SELECT count(*) FROM series.net_device_minute)"
			  " FROM series.net_minute"),
		0);
	assert_int_equal(network_demo(f->db, T0, &e), ERR_NONE);
	assert_int_equal(events(f, "router.down"), 1);
}

#define STORED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retries_grow_to_a_cap),
		STORED(minutes_hold_their_last_poll),
		STORED(a_clock_set_back_overwrites),
		STORED(wraps_are_counted_on),
		STORED(resets_make_no_rate),
		STORED(a_missing_rate_comes_from_the_counters),
		STORED(devices_come_and_go),
		STORED(short_sleep_is_no_event),
		STORED(going_offline_is_one_row),
		STORED(an_address_change_keeps_the_history),
		STORED(names_have_a_fallback),
		STORED(a_forgotten_device_leaves_the_list),
		STORED(an_unchanged_poll_rewrites_nothing),
		STORED(the_line_makes_events),
		STORED(silence_makes_the_router_down_once),
		STORED(hours_are_made_of_minutes),
		STORED(minutes_go_only_after_their_hour_exists),
		STORED(device_history_ends),
		STORED(labels_come_back),
		STORED(the_demo_is_a_week),
	};

	log_level_set(LOG_WARNING);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
