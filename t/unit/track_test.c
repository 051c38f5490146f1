/* track_test.c: what one poll of the router means after the one before */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "network/track.h"

/* 2026-02-13 00:00 UTC, a full hour */
enum { T0 = 1770940800 };

static void counter_moves(void **state)
{
	struct counter c = { 100, 0 };

	(void)state;
	assert_int_equal(counter_step(&c, 150, true, true, false), COUNTER_MOVED);
	assert_int_equal(c.total, 150);
	assert_int_equal(counter_step(&c, 150, true, true, false), COUNTER_MOVED);
	assert_int_equal(c.total, 150);
}

static void counter_wraps_and_goes_on(void **state)
{
	struct counter c = { 4294967000, 0 };

	(void)state;
	assert_int_equal(counter_step(&c, 704, false, false, false), COUNTER_WRAPPED);
	assert_int_equal(c.total, 4294968000);
	assert_int_equal(counter_step(&c, 1704, false, false, false), COUNTER_MOVED);
	assert_int_equal(c.total, 4294969000);
	assert_int_equal(counter_step(&c, 4294967295u, false, false, false), COUNTER_MOVED);
	assert_int_equal(counter_step(&c, 0, false, false, false), COUNTER_WRAPPED);
	assert_int_equal(c.total, 2 * 4294967296);
}

static void counter_resets(void **state)
{
	struct counter low = { 1000, 0 }, high = { 4294967000, 0 }, wide = { 9000000000, 0 };

	(void)state;
	assert_int_equal(counter_step(&low, 10, false, false, false), COUNTER_RESET);
	assert_int_equal(low.total, 10);
	assert_int_equal(counter_step(&high, 704, false, false, true), COUNTER_RESET);
	assert_int_equal(high.total, 704);
	assert_int_equal(counter_step(&wide, 8999999999, true, true, false), COUNTER_RESET);
	assert_int_equal(wide.total, 8999999999);
}

static void counter_changes_its_width(void **state)
{
	struct counter c = { 3 * 4294967296 + 500, 0 };

	(void)state;
	assert_int_equal(counter_step(&c, 700, true, false, false), COUNTER_MOVED);
	assert_int_equal(c.total, 3 * 4294967296 + 700);
	assert_int_equal(counter_step(&c, 3 * (uint64_t)4294967296 + 900, false, true, false),
			 COUNTER_MOVED);
	assert_int_equal(c.total, 3 * 4294967296 + 900);
	assert_int_equal(c.offset, 0);
}

static void counter_takes_nonsense(void **state)
{
	struct counter c = { 1, 0 };

	(void)state;
	assert_int_equal(counter_step(&c, UINT64_MAX, true, true, false), COUNTER_MOVED);
	assert_int_equal(c.total, COUNTER_MAX);
}

static void rates_are_means(void **state)
{
	struct traffic_point from = { T0, 1000, 5000 }, to = { T0 + 60, 8500, 20000 };
	int64_t up = -1, down = -1;

	(void)state;
	assert_true(mean_rates(&from, &to, 0, &up, &down));
	assert_int_equal(up, 1000);
	assert_int_equal(down, 2000);
}

static void rates_need_neighbours(void **state)
{
	struct traffic_point none = { 0 }, from = { T0, 10, 10 }, to = { T0 + 60, 20, 20 };
	struct traffic_point late = { T0 + 181, 20, 20 }, less = { T0 + 60, 5, 20 };
	int64_t up = 7, down = 7;

	(void)state;
	assert_false(mean_rates(&none, &to, 0, &up, &down));
	assert_false(mean_rates(&from, &late, 0, &up, &down));
	assert_false(mean_rates(&from, &less, 0, &up, &down));
	assert_false(mean_rates(&to, &from, 0, &up, &down));
	assert_false(mean_rates(&from, &from, 0, &up, &down));
	assert_false(mean_rates(&from, &to, T0 + 1, &up, &down));
	assert_int_equal(up, 7);
}

static void presence_has_grace(void **state)
{
	struct presence p = { 0 };
	int64_t began;

	(void)state;
	assert_int_equal(presence_step(&p, true, 0, T0, &began), PRESENCE_CAME);
	assert_int_equal(p.since, T0);
	assert_int_equal(presence_step(&p, false, T0, T0 + 30, &began), PRESENCE_SAME);
	assert_false(p.online);
	assert_int_equal(p.last_seen, T0);
	assert_int_equal(presence_step(&p, false, T0 + 30, T0 + 60, &began), PRESENCE_SAME);
	assert_int_equal(presence_step(&p, true, T0 + 60, T0 + 90, &began), PRESENCE_SAME);
	assert_int_equal(p.misses, 0);
	assert_int_equal(p.since, T0);
	for (int i = 4; i < 6; i++)
		assert_int_equal(presence_step(&p, false, T0 + 30 * (i - 1), T0 + 30 * i, &began),
				 PRESENCE_SAME);
	assert_int_equal(presence_step(&p, false, T0 + 150, T0 + 180, &began), PRESENCE_WENT);
	assert_int_equal(began, T0);
	assert_int_equal(p.until, T0 + 120);
	assert_int_equal(p.since, 0);
	assert_int_equal(presence_step(&p, false, T0 + 180, T0 + 210, &began), PRESENCE_SAME);
}

static void presence_does_not_bridge_gaps(void **state)
{
	struct presence p = { 0 };
	int64_t began;

	(void)state;
	presence_step(&p, true, 0, T0, &began);
	assert_int_equal(presence_step(&p, true, T0, T0 + 7200, &began), PRESENCE_SPLIT);
	assert_int_equal(began, T0);
	assert_int_equal(p.until, T0);
	assert_int_equal(p.since, T0 + 7200);
	assert_int_equal(presence_step(&p, false, T0 + 7200, T0 + 14400, &began), PRESENCE_WENT);
	assert_int_equal(p.until, T0 + 7200);
}

static void line_changes_are_told_apart(void **state)
{
	struct line_state up = { true, 100, "203.0.113.1" }, later = { true, 130, "203.0.113.1" };
	struct line_state again = { true, 5, "203.0.113.2" }, down = { false, 0, NULL };

	(void)state;
	assert_int_equal(line_changes(&up, &later), 0);
	assert_int_equal(line_changes(&up, &down), LINE_DOWN);
	assert_int_equal(line_changes(&down, &up), LINE_UP);
	assert_int_equal(line_changes(&later, &again), LINE_RECONNECTED | LINE_IP_CHANGED);
}

static void addresses_have_an_order(void **state)
{
	(void)state;
	assert_true(ip_order("192.168.178.9") < ip_order("192.168.178.10"));
	assert_true(ip_order("255.255.255.255") < ip_order("fd00::1"));
	assert_true(ip_order("fd00::1") < ip_order(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter_moves),
		cmocka_unit_test(counter_wraps_and_goes_on),
		cmocka_unit_test(counter_resets),
		cmocka_unit_test(counter_changes_its_width),
		cmocka_unit_test(counter_takes_nonsense),
		cmocka_unit_test(rates_are_means),
		cmocka_unit_test(rates_need_neighbours),
		cmocka_unit_test(presence_has_grace),
		cmocka_unit_test(presence_does_not_bridge_gaps),
		cmocka_unit_test(line_changes_are_told_apart),
		cmocka_unit_test(addresses_have_an_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
