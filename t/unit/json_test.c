/* json_test.c: structs to JSON and back */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/jsonr.h"
#include "json/jsonw.h"
#include "json/schema.h"

struct thing {
	bool on;
	int64_t n;
	double x;
	const char *name, *data;
	struct stamp at;
	struct maybe_int count;
	struct maybe_num rate;
	struct maybe_stamp end;
	int64_t order;
};

static const struct field thing_fields[] = {
	{ FIELD(struct thing, on) },
	{ FIELD(struct thing, n), .bounded = true, .min = -5, .max = 5, .def = "3" },
	{ FIELD(struct thing, x), .required = true },
	{ FIELD(struct thing, name), .nullable = true, .max = 8 },
	{ FIELD(struct thing, data), .json = true },
	{ FIELD(struct thing, at) },
	{ FIELD(struct thing, count) },
	{ FIELD(struct thing, rate), .nullable = true },
	{ FIELD(struct thing, end) },
	{ FIELD(struct thing, order), .hidden = true },
	{ .key = NULL },
};
static const struct shape thing_shape = { "Thing", sizeof(struct thing), thing_fields };

static void objects_are_written(void **state)
{
	struct buf b = { 0 };
	struct jsonw w;
	struct thing t = { .on = true,
			   .n = INT64_MIN,
			   .x = 0.1,
			   .name = "a\"\\\n\x01ä",
			   .data = "{\"k\":[1]}",
			   .at = { 1770991200 },
			   .count = { 0, true },
			   .rate = { NAN, true } };

	(void)state;
	jsonw_init(&w, &b, NULL);
	jsonw_open(&w, '[');
	jsonw_shape(&w, &thing_shape, &t);
	jsonw_str(&w, NULL);
	jsonw_str(&w, "bad\xff");
	jsonw_close(&w, ']');
	assert_string_equal(
		b.data,
		"[{\"on\":true,\"n\":-9223372036854775808,\"x\":0.1,\"name\":\"a\\\"\\\\\\n\\u0001ä\","
		"\"data\":{\"k\":[1]},\"at\":\"2026-02-13T14:00:00Z\",\"count\":0,\"rate\":null,"
		"\"end\":null},null,\"bad\xef\xbf\xbd\"]");
	buf_done(&b);
}

/* Parses into t; returns the kinds of the faults as letters. */
static const char *read_thing(struct arena *a, const char *text, struct thing *t)
{
	static char kinds[16];
	struct faults fs;
	int n = 0;

	memset(t, 0, sizeof(*t));
	faults_init(&fs, a);
	jsonr_shape(&thing_shape, t, text, strlen(text), &fs);
	for (struct fault *f = fs.first; f; f = f->next)
		kinds[n++] = "MJOFNSINBTslbacR"[f->kind];
	kinds[n] = '\0';
	return kinds;
}

static void objects_are_read(void **state)
{
	struct arena *a = arena_new();
	struct thing t;

	(void)state;
	assert_string_equal(
		read_thing(a,
			   "{\"x\":1,\"name\":\"z\",\"name\":\"y\",\"unknown\":[],\"rate\":null}",
			   &t),
		"");
	assert_true(t.x == 1 && t.n == 3 && !t.rate.is);
	assert_string_equal(t.name, "y");
	assert_string_equal(read_thing(a, "{\"x\":-0,\"data\":{\"k\": 1}}", &t), "");
	assert_false(signbit(t.x));
	assert_string_equal(t.data, "{\"k\":1}");
	assert_string_equal(read_thing(a, "{}", &t), "M");
	assert_string_equal(read_thing(a, "", &t), "M");
	assert_string_equal(read_thing(a, "[]", &t), "O");
	assert_string_equal(read_thing(a, "null", &t), "O");
	assert_string_equal(read_thing(a, "5", &t), "O");
	assert_string_equal(read_thing(a, "{", &t), "J");
	assert_string_equal(read_thing(a, "{\"x\":1}{", &t), "J");
	assert_string_equal(read_thing(a, "{'x':1}", &t), "J");
	assert_string_equal(read_thing(a, "{\"x\":1,\"name\":\"it's\"}", &t), "");
	assert_string_equal(read_thing(a, "{\"x\":1,}", &t), "J");
	assert_string_equal(read_thing(a, "{\"x\":1/**/}", &t), "J");
	assert_string_equal(read_thing(a, "\xef\xbb\xbf{\"x\":1}", &t), "J");
	assert_string_equal(read_thing(a, "{\"name\":\"\xff\",\"x\":1}", &t), "J");
	assert_string_equal(read_thing(a, "{\"x\":1e400}", &t), "N");
	assert_string_equal(read_thing(a, "{\"x\":NaN}", &t), "J");
	assert_string_equal(read_thing(a, "{\"x\":-01}", &t), "J");
	assert_string_equal(read_thing(a, "{\"x\":5.6e-05}", &t), "");
	assert_string_equal(read_thing(a, "{\"x\":\"1\",\"n\":1.5,\"on\":1}", &t), "BIN");
	assert_string_equal(read_thing(a, "{\"x\":1,\"n\":6,\"name\":\"123456789\"}", &t), "al");
	assert_string_equal(read_thing(a, "{\"x\":1,\"n\":18446744073709551615}", &t), "I");
	assert_string_equal(read_thing(a, "{\"x\":1,\"name\":\"a\\u0000b\"}", &t), "S");
	assert_string_equal(read_thing(a, "{\"x\":1,\"at\":\"never\",\"n\":null}", &t), "NT");
	arena_free(a);
}

static void schemas_say_what_fields_say(void **state)
{
	struct buf b = { 0 };
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &b, NULL);
	schema_shape(&w, &thing_shape, false);
	assert_non_null(strstr(
		b.data,
		"\"n\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":-5,\"maximum\":5,"
		"\"default\":3}"));
	assert_non_null(
		strstr(b.data, "\"name\":{\"type\":[\"string\",\"null\"],\"maxLength\":8}"));
	assert_non_null(strstr(b.data, "\"required\":[\"x\"]}"));
	assert_null(strstr(b.data, "order"));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_written),
		cmocka_unit_test(objects_are_read),
		cmocka_unit_test(schemas_say_what_fields_say),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
