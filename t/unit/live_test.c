/* live_test.c: numbers newer than their rows: who sees them, and when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/live.h"

struct row {
	const char *name;
	struct maybe_stamp at;
	struct maybe_num load;
	struct maybe_int used;
	int64_t guests;
	bool up;
};

static const struct field fields[] = {
	{ FIELD(struct row, at) },     { FIELD(struct row, load) }, { FIELD(struct row, used) },
	{ FIELD(struct row, guests) }, { FIELD(struct row, up) },   { .key = NULL },
};
static const struct shape shape = { "Row", sizeof(struct row), fields };

static char dir[64];
static struct live *writer, *reader;

static int begin(void **state)
{
	char path[80];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/live_test.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/run", dir);
	if (mkdir(path, 0700))
		return -1;
	writer = live_open(dir);
	live_write(writer);
	reader = live_open(dir);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	live_close(writer);
	live_close(reader);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? -1 : 0;
}

static const struct row full = { "a", { 1770000000, true }, { 0.25, true }, { 7, true }, 3, true };
static const struct row empty = { "a", { 0, false }, { 0, false }, { 0, false }, 0, false };

static uint64_t key(int64_t n)
{
	return live_key("row", "a", "", n);
}

static bool get(struct live *l, int64_t n, struct row *out)
{
	*out = (struct row){ .name = "kept", .guests = -1 };
	live_refresh(l);
	return live_get(l, key(n), &shape, out);
}

static void assert_is(const struct row *got, const struct row *wanted)
{
	assert_string_equal(got->name, "kept");
	assert_int_equal(got->at.is, wanted->at.is);
	assert_int_equal(got->at.s, wanted->at.s);
	assert_int_equal(got->load.is, wanted->load.is);
	assert_true(got->load.v == wanted->load.v);
	assert_int_equal(got->used.is, wanted->used.is);
	assert_int_equal(got->used.v, wanted->used.v);
	assert_int_equal(got->guests, wanted->guests);
	assert_int_equal(got->up, wanted->up);
}

static void is_seen_when_published(void **state)
{
	struct row row;
	int64_t before = live_version(reader);

	(void)state;
	assert_true(live_put(writer, key(1), &shape, &full));
	assert_true(live_put(writer, key(2), &shape, &empty));
	assert_false(get(reader, 1, &row));
	assert_int_equal(row.guests, -1);
	live_publish(writer);
	assert_true(get(reader, 1, &row));
	assert_is(&row, &full);
	assert_true(get(reader, 2, &row));
	assert_is(&row, &empty);
	assert_false(get(reader, 3, &row));
	assert_int_not_equal(live_version(reader), before);
}

static void one_state_at_a_time(void **state)
{
	struct row row = { 0 };

	(void)state;
	assert_true(live_put(writer, key(1), &shape, &full));
	live_publish(writer);
	live_refresh(reader);
	assert_true(live_put(writer, key(1), &shape, &empty));
	live_publish(writer);
	assert_true(live_get(reader, key(1), &shape, &row));
	assert_int_equal(row.guests, full.guests);
	assert_true(get(reader, 1, &row));
	assert_is(&row, &empty);
}

static void what_is_undone_is_forgotten(void **state)
{
	struct row row;

	(void)state;
	assert_true(live_put(writer, key(1), &shape, &full));
	live_publish(writer);
	assert_true(live_put(writer, key(1), &shape, &empty));
	live_drop(writer, key(1));
	assert_true(get(writer, 1, &row)); /* refresh is what a rollback does */
	assert_is(&row, &full);
}

static void what_is_stored_goes(void **state)
{
	struct row row;

	(void)state;
	for (int64_t n = 0; n < 5; n++)
		assert_true(live_put(writer, key(n), &shape, n % 2 ? &full : &empty));
	live_drop(writer, key(2));
	live_drop(writer, key(9));
	live_publish(writer);
	for (int64_t n = 0; n < 5; n++) {
		assert_int_equal(get(reader, n, &row), n != 2);
		if (n != 2)
			assert_is(&row, n % 2 ? &full : &empty);
	}
}

static void there_is_one_writer(void **state)
{
	struct live *nowhere = live_open("/nonexistent");
	struct row row;

	(void)state;
	assert_false(live_put(reader, key(1), &shape, &full));
	live_write(nowhere);
	assert_false(live_put(nowhere, key(1), &shape, &full));
	assert_false(get(nowhere, 1, &row));
	live_drop(nowhere, key(1));
	live_publish(nowhere);
	live_close(nowhere);
}

static void a_full_file_takes_no_more(void **state)
{
	struct row row;
	int64_t n = 0;

	(void)state;
	while (live_put(writer, key(n), &shape, &full))
		n++;
	assert_in_range(n, 3000, 100000);
	live_publish(writer);
	assert_true(get(reader, n - 1, &row));
	assert_is(&row, &full);
}

/* As a writer leaves it that is killed while it publishes. */
static void a_half_written_state_is_none(void **state)
{
	struct row row;
	char path[80];
	FILE *file;
	uint64_t odd = 7;

	(void)state;
	assert_true(live_put(writer, key(1), &shape, &full));
	live_publish(writer);
	assert_true(get(reader, 1, &row));
	snprintf(path, sizeof(path), "%s/run/live", dir);
	file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, 48, SEEK_SET), 0); /* behind layout and boot */
	assert_int_equal(fwrite(&odd, sizeof(odd), 1, file), 1);
	assert_int_equal(fclose(file), 0);
	assert_false(get(reader, 1, &row));
	live_close(writer);
	writer = live_open(dir);
	live_write(writer);
	assert_true(live_put(writer, key(2), &shape, &full));
	live_publish(writer);
	assert_false(get(reader, 1, &row));
	assert_true(get(reader, 2, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_seen_when_published, begin, end),
		cmocka_unit_test_setup_teardown(one_state_at_a_time, begin, end),
		cmocka_unit_test_setup_teardown(what_is_undone_is_forgotten, begin, end),
		cmocka_unit_test_setup_teardown(what_is_stored_goes, begin, end),
		cmocka_unit_test_setup_teardown(there_is_one_writer, begin, end),
		cmocka_unit_test_setup_teardown(a_full_file_takes_no_more, begin, end),
		cmocka_unit_test_setup_teardown(a_half_written_state_is_none, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
