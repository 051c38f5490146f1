/* base_test.c: arena, text, clock, digest, net, fields, log */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/net.h"
#include "base/text.h"

static void count_up(void *n)
{
	++*(int *)n;
}

static void arena_holds_and_cleans(void **state)
{
	struct arena *a = arena_new();
	int cleaned = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char *p = arena_alloc(a, (size_t)i * 37);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (int j = 0; j < i * 37; j++)
			assert_int_equal(p[j], 0);
		memset(p, 0xff, (size_t)i * 37);
	}
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	assert_null(arena_strdup(a, NULL));
	arena_defer(a, count_up, &cleaned);
	arena_reset(a);
	assert_int_equal(cleaned, 1);
	assert_string_equal(arena_strndup(a, "hello", 4), "hell");
	arena_free(a);
	assert_int_equal(cleaned, 1);
}

static void buf_grows(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.size, 10000);
	assert_int_equal(strlen(b.data), 10000);
	buf_reset(&b);
	assert_int_equal(b.size, 0);
	buf_str(&b, "a");
	buf_char(&b, 'b');
	assert_string_equal(b.data, "ab");
	buf_done(&b);
}

static void utf8_is_strict(void **state)
{
	static const char *const good[] = {
		"", "abc", "äöü", "Привет", "\xf0\x9f\x8f\xa0", "\xef\xbf\xbd"
	};
	static const char *const bad[] = { "\xff",
					   "\xc3",
					   "\xc0\x80",
					   "\xed\xa0\x80",
					   "\xf4\x90\x80\x80",
					   "a\x80",
					   "\xe2\x82",
					   "\xf8\x88\x80\x80\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(is_utf8(bad[i], strlen(bad[i])));
	assert_false(is_utf8("a\0b", 3));
	assert_int_equal(utf8_length("Привет"), 6);
}

static void text_is_cleaned(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(text_clean(a, "  a\nb\x7f\xff c  ", 11, 256), "ab c");
	assert_string_equal(text_clean(a, "äöü", 6, 3), "ä");
	assert_string_equal(text_clean(a, "\xc2\x85x", 3, 9), "x");
	assert_string_equal(text_trim(a, "\t x y \r\n"), "x y");
	assert_string_equal(percent_decode(a, "a%20b+c", 7, true), "a b c");
	assert_string_equal(percent_decode(a, "a+b", 3, false), "a+b");
	assert_null(percent_decode(a, "%00", 3, true));
	assert_null(percent_decode(a, "%4", 2, true));
	assert_null(percent_decode(a, "%zz", 3, true));
	assert_true(text_list_has("a, b\nc", "c"));
	assert_false(text_list_has("ab, c", "a"));
	assert_false(text_list_has("", ""));
	arena_free(a);
}

static void numbers_are_parsed_whole(void **state)
{
	char text[NUM_TEXT];
	int64_t i;
	double d;

	(void)state;
	assert_true(parse_int("-9223372036854775808", &i) && i == INT64_MIN);
	assert_false(parse_int("9223372036854775808", &i));
	assert_false(parse_int("", &i) || parse_int("+1", &i) || parse_int(" 1", &i) ||
		     parse_int("1.0", &i) || parse_int("0x10", &i) || parse_int("1 ", &i));
	assert_true(parse_num("52.52", &d) && d == 52.52);
	assert_true(parse_num("-1e3", &d) && d == -1000);
	assert_false(parse_num("1e400", &d) || parse_num("nan", &d) || parse_num("inf", &d) ||
		     parse_num("0x1p3", &d) || parse_num("52,5", &d) || parse_num(".", &d) ||
		     parse_num("", &d) || parse_num("1e", &d));
	write_num(0.1, text);
	assert_string_equal(text, "0.1");
	write_num(1.0 / 3, text);
	assert_true(parse_num(text, &d) && d == 1.0 / 3);
}

/* As printf does with as many digits as are needed. */
static void numbers_are_written_shortest(void **state)
{
	static const double some[] = { 0,
				       -0.0,
				       1,
				       -1,
				       0.5,
				       -12.34,
				       99.99,
				       0.0001,
				       1e-5,
				       0.07,
				       1234.5678,
				       12.34567,
				       9999999999.9999,
				       1e10,
				       1e15,
				       1e16,
				       1e300,
				       -1e-300,
				       0.1 + 0.2,
				       100,
				       20.05 };
	char text[NUM_TEXT], expected[NUM_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		for (int digits = 15; digits <= 17; digits++) {
			snprintf(expected, sizeof(expected), "%.*g", digits, some[i]);
			if (strtod(expected, NULL) == some[i])
				break;
		}
		write_num(some[i], text);
		assert_string_equal(text, expected);
	}
	for (int i = -20000; i <= 20000; i += 7) {
		snprintf(expected, sizeof(expected), "%.15g", i / 100.0);
		write_num(i / 100.0, text);
		assert_string_equal(text, expected);
	}
}

static void times_are_read_and_written(void **state)
{
	static const char *const bad[] = { "",
					   "yesterday",
					   "2026-13-01",
					   "2026-02-29",
					   "2026-02-13T24:00",
					   "2026-02-13T10:00:60Z",
					   "2026-02-13T10",
					   "1999-01-01",
					   "2101-01-01",
					   "2026-02-13T10:00+15:00",
					   "2026-02-13T10:00:00.Z",
					   "2026-02-13 " };
	char text[STAMP_TEXT];
	int64_t s, other;

	(void)state;
	write_stamp(1770991200, text);
	assert_string_equal(text, "2026-02-13T14:00:00Z");
	assert_true(parse_stamp(text, &s) && s == 1770991200);
	assert_true(parse_stamp("2026-02-13T15:30:00.999+01:30", &other) && other == s);
	assert_true(parse_stamp("2026-02-13 14:00", &other) && other == s);
	assert_true(parse_stamp("2028-02-29", &other));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(parse_stamp(bad[i], &s));
}

static void base64url_is_strict(void **state)
{
	unsigned char out[8];
	char text[16], hash[SHA256_HEX];

	(void)state;
	write_base64url("\xfb\xff", 2, text);
	assert_string_equal(text, "-_8");
	assert_int_equal(parse_base64url(text, 3, out, sizeof(out)), 2);
	assert_memory_equal(out, "\xfb\xff", 2);
	assert_int_equal(parse_base64url("-_9", 3, out, sizeof(out)), -1); /* stray bits */
	assert_int_equal(parse_base64url("A", 1, out, sizeof(out)), -1);
	assert_int_equal(parse_base64url("AA==", 4, out, sizeof(out)), -1);
	assert_int_equal(parse_base64url("AAAAAAAAAAAAAAAA", 16, out, sizeof(out)),
			 -1); /* too long */
	sha256_hex("abc", hash);
	assert_string_equal(hash,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	random_text(text, 15);
	assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"), 15);
	assert_true(secret_equal("a", "a"));
	assert_false(secret_equal("a", "b") || secret_equal("a", "ab"));
}

static bool in(const char *network, const char *address)
{
	struct address a;

	return parse_address(address, &a) && network_list_has(network, &a);
}

static void networks_match(void **state)
{
	char text[NEIGHBOURHOOD_TEXT];
	struct network n;

	(void)state;
	assert_true(in("10.0.0.0/8, ::1/128", "10.200.3.4"));
	assert_true(in("10.0.0.0/8\n::1/128", "::1"));
	assert_true(in("192.168.0.0/17", "192.168.127.255"));
	assert_false(in("192.168.0.0/17", "192.168.128.0"));
	assert_true(in("127.0.0.0/8", "::ffff:127.0.0.1"));
	assert_false(in("0.0.0.0/0", "::2"));
	assert_false(in("nonsense, 300.1.1.1/8", "127.0.0.1"));
	write_neighbourhood("2001:db8:1:2:3:4:5:6", text);
	assert_string_equal(text, "2001:db8:1:2::");
	write_neighbourhood("::ffff:192.0.2.7", text);
	assert_string_equal(text, "192.0.2.7");
	assert_false(parse_network("10.0.0.0/33", &n) || parse_network("10.0.0.0/", &n) ||
		     parse_network("/8", &n));
}

struct sample {
	int64_t limit;
	const char *name, *mode;
	double ratio;
};

static const char *const modes[] = { "fast", "slow", NULL };
static const struct field sample_fields[] = {
	{ FIELD(struct sample, limit), .bounded = true, .min = 1, .max = 1000, .def = "100" },
	{ FIELD(struct sample, name), .required = true, .min = 1, .max = 3, .trim = true },
	{ FIELD(struct sample, mode), .one_of = modes },
	{ FIELD(struct sample, ratio) },
	{ .key = NULL },
};
static const struct shape sample_shape = { "Sample", sizeof(struct sample), sample_fields };

static enum fault_kind fault_of(struct arena *a, int field, const char *text)
{
	struct sample row = { 0 };
	struct faults fs;

	faults_init(&fs, a);
	field_from_text(&sample_fields[field], &row, text, IN_QUERY, &fs);
	return fs.count ? fs.first->kind : FAULT_RULE;
}

static void fields_are_checked(void **state)
{
	struct arena *a = arena_new();
	struct sample row = { 0 };
	struct faults fs;

	(void)state;
	assert_int_equal(fault_of(a, 0, "0"), FAULT_BELOW);
	assert_int_equal(fault_of(a, 0, "1001"), FAULT_ABOVE);
	assert_int_equal(fault_of(a, 0, "ten"), FAULT_INT);
	assert_int_equal(fault_of(a, 0, "1000"), FAULT_RULE);
	assert_int_equal(fault_of(a, 1, "   "), FAULT_SHORT);
	assert_int_equal(fault_of(a, 1, "äöü"), FAULT_RULE);
	assert_int_equal(fault_of(a, 1, "äöüa"), FAULT_LONG);
	assert_int_equal(fault_of(a, 1, "\xff"), FAULT_STRING);
	assert_int_equal(fault_of(a, 2, "medium"), FAULT_CHOICE);
	assert_int_equal(fault_of(a, 3, "1e999"), FAULT_NUM);
	faults_init(&fs, a);
	fields_finish(&sample_shape, &row, (bool[MAX_FIELDS]){ false }, IN_BODY, &fs);
	assert_int_equal(row.limit, 100);
	assert_int_equal(fs.count, 1);
	assert_string_equal(fs.first->name, "name");
	assert_int_equal(fs.first->kind, FAULT_MISSING);
	arena_free(a);
}

static void log_lines_are_single(void **state)
{
	char text[512] = "";
	int fds[2], err = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	log_line(LOG_ERROR, "name=%s",
		 "a\nb\r\tc\x1b[2J\x7f"
		 "d");
	dup2(err, STDERR_FILENO);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	close(fds[0]);
	close(fds[1]);
	close(err);
	assert_non_null(strstr(text, " name=a b  c [2J d\n"));
	assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_holds_and_cleans),
		cmocka_unit_test(buf_grows),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(text_is_cleaned),
		cmocka_unit_test(numbers_are_parsed_whole),
		cmocka_unit_test(numbers_are_written_shortest),
		cmocka_unit_test(times_are_read_and_written),
		cmocka_unit_test(base64url_is_strict),
		cmocka_unit_test(networks_match),
		cmocka_unit_test(fields_are_checked),
		cmocka_unit_test(log_lines_are_single),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
