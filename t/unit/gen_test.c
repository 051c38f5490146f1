/* gen_test.c: what the route tables print, and what the lint finds in bad ones */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect/dialects.h"
#include "gen/gen.h"
#include "gen/pattern.h"

static enum err_code nothing(struct req *rq, struct res *rs, struct err *e)
{
	(void)rq;
	(void)rs;
	(void)e;
	return ERR_NONE;
}

struct thing {
	int64_t id, limit, offset;
	const char *name;
	struct maybe_stamp at;
	bool on;
};

static const char *const kinds[] = { "lamp", "door", NULL };

static const struct field thing_fields[] = {
	{ FIELD(struct thing, id), .doc = "number" },
	{ FIELD(struct thing, name), .max = 40, .one_of = kinds, .required = true },
	{ FIELD(struct thing, at) },
	{ FIELD(struct thing, on), .hidden = true },
	{ .key = NULL },
};
static const struct shape thing = { "Thing", sizeof(struct thing), thing_fields };

static const struct field page_fields[] = {
	{ FIELD(struct thing, limit), .bounded = true, .min = 1, .max = 100, .def = "20" },
	{ FIELD(struct thing, offset), .bounded = true, .max = INT32_MAX, .def = "0" },
	{ .key = NULL },
};
static const struct shape page = { "Page", sizeof(struct thing), page_fields };

static const struct field id_fields[] = {
	{ FIELD(struct thing, id), .bounded = true, .min = 1, .max = 9 },
	{ .key = NULL },
};
static const struct shape id_args = { "Id", sizeof(struct thing), id_fields };

#define COMMON \
	.summary = "S", .tag = "T", .who = WHO_SESSION, .scope = SCOPE_SELF, .rate = RATE_COMMON, \
	.fn = nothing
#define GET COMMON, .method = M_GET

static const struct route good_routes[] = {
	{ GET, .path = "/things", .id = "list", .tx = TX_READ, .args = &page, .reply = REPLY_PAGE,
	  .shape = &thing },
	{ COMMON, .method = M_POST, .path = "/things", .id = "make", .tx = TX_WRITE,
	  .body_kind = BODY_JSON, .body = &thing, .reply = REPLY_OBJECT, .shape = &thing,
	  .status = 201, .errors = { ERR_CONFLICT } },
	{ GET, .path = "/things/all", .id = "all", .reply = REPLY_OBJECT, .shape = &thing },
	{ GET, .path = "/things/{id}", .id = "picture", .args = &id_args, .pool = POOL_UPSTREAM,
	  .reply = REPLY_RAW, .media = "image/jpeg" },
	{ GET, .path = "/things/{id}/events", .id = "events", .args = &id_args, .pool = POOL_STREAM,
	  .reply = REPLY_STREAM, .media = "text/event-stream" },
	{ COMMON, .method = M_POST, .path = "/photos", .id = "photo", .body_kind = BODY_MULTIPART,
	  .max_body = 9000000 },
	{ .fn = NULL },
};
static const char *const good_owns[] = { "/things", NULL };
static const struct family good = { .name = "good",
				    .mount = "/good",
				    .title = "Good",
				    .version = "1",
				    .dialect = &dialect_network,
				    .routes = good_routes,
				    .owns = good_owns };

static const struct field other_fields[] = { { FIELD(struct thing, on) }, { .key = NULL } };
static const struct shape other_thing = { "Thing", sizeof(struct thing), other_fields };
static const struct route other_routes[] = {
	{ GET, .path = "/others", .id = "list", .reply = REPLY_OBJECT, .shape = &other_thing },
	{ .fn = NULL },
};
static const struct family other = { .name = "other",
				     .mount = "/other",
				     .title = "Other",
				     .version = "1",
				     .dialect = &dialect_recorder,
				     .routes = other_routes };

static const struct family *const both[] = { &good, &other, NULL };

/* ---- lint --------------------------------------------------------------------------------- */

/* What the lint says of one family, to be freed. */
static char *lint(const struct family *f, int *faults)
{
	const struct family *const families[] = { f, NULL };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	*faults = gen_lint(families, out);
	fclose(out);
	return text;
}

/* The lint finds this fault in a table of one row. */
static void assert_found(const struct route *row, const char *what)
{
	const struct route table[] = { *row, { .fn = NULL } };
	const struct family f = { .name = "bad",
				  .mount = "/bad",
				  .title = "Bad",
				  .version = "1",
				  .dialect = &dialect_network,
				  .routes = table };
	int faults;
	char *text = lint(&f, &faults);

	if (!faults || !strstr(text, what))
		fail_msg("\"%s\" is not among: %s", what, text);
	free(text);
}

#define ASSERT_FOUND(what, ...) assert_found(&(const struct route){ __VA_ARGS__ }, what)

static void clean_tables_have_no_fault(void **state)
{
	int faults;
	char *text = lint(&good, &faults);

	(void)state;
	assert_string_equal(text, "");
	assert_int_equal(faults, 0);
	free(text);
}

static void faults_of_rows_are_found(void **state)
{
	(void)state;
	ASSERT_FOUND("no operation id", GET, .path = "/x");
	ASSERT_FOUND("no summary", .path = "/x", .method = M_GET, .id = "x", .fn = nothing);
	ASSERT_FOUND("names no credentials", .path = "/x", .method = M_GET, .id = "x",
		     .fn = nothing);
	ASSERT_FOUND("names no scope", .path = "/x", .method = M_GET, .id = "x", .fn = nothing);
	ASSERT_FOUND("names no rate class", .path = "/x", .method = M_GET, .id = "x",
		     .fn = nothing);
	ASSERT_FOUND("not by both", .path = "/x", .method = M_GET, .id = "x", .who = WHO_ANYONE,
		     .fn = nothing);
	ASSERT_FOUND("not by both", .path = "/x", .method = M_GET, .id = "x", .scope = SCOPE_ANYONE,
		     .fn = nothing);
	ASSERT_FOUND("asks for credentials", .path = "/x", .method = M_GET, .id = "x",
		     .who = WHO_ANYONE | WHO_SESSION, .fn = nothing);
	ASSERT_FOUND("no public GET", .path = "/x", .method = M_GET, .id = "x", .who = WHO_SESSION,
		     .rate = RATE_NONE, .fn = nothing);
	ASSERT_FOUND("an address or a key", .path = "/x", .method = M_GET, .id = "x",
		     .who = WHO_TRUSTED, .scope = SCOPE_SELF, .fn = nothing);
	ASSERT_FOUND("without an audience", .path = "/x", .method = M_GET, .id = "x",
		     .who = WHO_JWT, .fn = nothing);
	ASSERT_FOUND("no field in its arguments", GET, .path = "/x/{id}", .id = "x");
	ASSERT_FOUND("no shape for its reply", GET, .path = "/x", .id = "x", .reply = REPLY_OBJECT);
	ASSERT_FOUND("has no reply, but", GET, .path = "/x", .id = "x", .shape = &thing);
	ASSERT_FOUND("what media", GET, .path = "/x", .id = "x", .reply = REPLY_RAW);
	ASSERT_FOUND("no shape for its body", COMMON, .method = M_POST, .path = "/x", .id = "x",
		     .body_kind = BODY_JSON);
	ASSERT_FOUND("does not read", COMMON, .method = M_POST, .path = "/x", .id = "x",
		     .body = &thing);
	ASSERT_FOUND("that only reads", COMMON, .method = M_POST, .path = "/x", .id = "x",
		     .tx = TX_READ);
	ASSERT_FOUND("says of no effect", GET, .path = "/x", .id = "x", .tx = TX_WRITE);
	ASSERT_FOUND("waits for others", GET, .path = "/x", .id = "x", .pool = POOL_UPSTREAM,
		     .tx = TX_READ);
	ASSERT_FOUND("no bound", GET, .path = "/x", .id = "x", .reply = REPLY_PAGE,
		     .shape = &thing);
	ASSERT_FOUND("both", GET, .path = "/x", .id = "x", .successor = "/y");
	ASSERT_FOUND("no path", GET, .path = "/x", .id = "x", .successor = "/y", .deprecated_s = 1);
	ASSERT_FOUND("is mounted", GET, .path = "/bad/x", .id = "x");
	ASSERT_FOUND("is shared", GET, .path = "/x", .id = "x", .tx = TX_READ, .shared = true);
	ASSERT_FOUND("has no handler", .path = "/x", .id = "x");
}

static void faults_between_rows_are_found(void **state)
{
	static const struct field twice_fields[] = { { FIELD(struct thing, id) },
						     { FIELD_AS(struct thing, name, "id") },
						     { .key = NULL } };
	static const struct shape twice = { "Twice", sizeof(struct thing), twice_fields };
	static const struct route table[] = {
		{ GET, .path = "/x/{id}", .id = "one", .args = &id_args, .reply = REPLY_OBJECT,
		  .shape = &thing },
		{ GET, .path = "/x/late", .id = "one", .reply = REPLY_OBJECT,
		  .shape = &other_thing },
		{ GET, .path = "/y", .id = "two", .reply = REPLY_OBJECT, .shape = &twice },
		{ .fn = NULL },
	};
	const struct family f = { .name = "bad",
				  .title = "Bad",
				  .version = "1",
				  .dialect = &dialect_network,
				  .routes = table };
	int faults;
	char *text = lint(&f, &faults);

	(void)state;
	assert_int_equal(faults, 4);
	assert_non_null(strstr(text, "has the operation id of another row: one"));
	assert_non_null(
		strstr(text, "is never reached; an earlier row takes its requests: /x/{id}"));
	assert_non_null(strstr(text, "has a shape that is named like another: Thing"));
	assert_non_null(strstr(text, "has a field twice: id"));
	free(text);
}

static void shadowed_families_are_found(void **state)
{
	static const struct route table[] = {
		{ GET, .path = "/things/all", .id = "all", .reply = REPLY_OBJECT, .shape = &thing },
		{ .fn = NULL },
	};
	const struct family f = { .name = "late",
				  .title = "Late",
				  .version = "1",
				  .dialect = &dialect_network,
				  .routes = table };
	const struct family *const families[] = { &good, &f, NULL };
	FILE *out = tmpfile();

	(void)state;
	assert_int_equal(gen_lint(families, out),
			 2); /* the same path, and a parameter that takes it */
	fclose(out);
}

static void patterns_meet(void **state)
{
	(void)state;
	assert_true(pattern_covers("/a/{x}", "/a/b"));
	assert_false(pattern_covers("/a/b", "/a/{x}"));
	assert_true(pattern_overlaps("/a/b", "/a/{x}"));
	assert_true(pattern_overlaps("/{x}/b", "/a/{y}"));
	assert_false(pattern_overlaps("/a/b", "/a/bc"));
	assert_false(pattern_overlaps("/a/{x}", "/a/b/c"));
	assert_false(pattern_overlaps("/a", "/a/{x}"));
}

/* ---- documents ----------------------------------------------------------------------------- */

/* The document without blanks at the line's ends and beginnings, so that a test can look for a part
 * of it. */
static char *openapi(const char *name)
{
	struct buf b = { 0 };
	struct err e;
	char *to;

	assert_int_equal(gen_openapi(both, name, NULL, &b, &e), ERR_NONE);
	to = b.data;
	for (const char *p = b.data; *p; p++) {
		*to++ = *p;
		if (*p == '\n') {
			to--;
			while (p[1] == ' ')
				p++;
		}
	}
	*to = '\0';
	return b.data;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s", part);
}

static void documents_tell_what_rows_say(void **state)
{
	char *text = openapi("good");

	(void)state;
	assert_has(text, "\"servers\": [{\"url\": \"/good\"}]");
	assert_has(text, "\"/things\": {\"get\": {");
	assert_has(
		text,
		"\"name\": \"limit\",\"in\": \"query\",\"required\": false,\"schema\": {\"type\": \"integer\","
		"\"format\": \"int64\",\"minimum\": 1,\"maximum\": 100,\"default\": 20}");
	assert_has(text, "\"name\": \"id\",\"in\": \"path\",\"required\": true");
	assert_has(text, "\"$ref\": \"#/components/schemas/ThingPage\"");
	assert_has(text, "\"SessionCookie\": [],\"CsrfToken\": []");
	assert_has(text, "\"409\": {\"description\": \"Conflict\"");
	assert_has(
		text,
		"\"403\": {\"description\": \"CSRF token missing or invalid; Password change required\"");
	assert_has(text, "\"image/jpeg\": {}");
	assert_has(text, "\"ThingInput\": {\"type\": \"object\"");
	assert_has(text, "\"required\": [\"name\"]");		    /* what a client sends */
	assert_has(text, "\"required\": [\"id\",\"name\",\"at\"]"); /* what it gets */
	assert_has(text, "\"enum\": [\"lamp\",\"door\"]");
	assert_has(text, "\"at\": {\"type\": [\"string\",\"null\"],\"format\": \"date-time\"");
	assert_null(strstr(text, "\"on\""));
	assert_null(strstr(text, "BearerAuth"));
	free(text);
}

static void names_of_families_do_not_meet(void **state)
{
	char *text = openapi("all");
	struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_has(text, "\"servers\": [{\"url\": \"/\"}]");
	assert_has(text, "\"operationId\": \"list\"");
	assert_has(text, "\"operationId\": \"other_list\"");
	assert_has(text, "\"#/components/schemas/OtherThing\"");
	assert_has(text, "\"OtherThing\": {");
	assert_has(text, "\"Thing\": {");
	assert_has(text, "\"Detail\": {");
	assert_has(text, "\"Problem\": {");
	free(text);
	assert_int_equal(gen_openapi(both, "nobody", NULL, &b, &e), ERR_NOT_FOUND);
}

static void the_matrix_has_a_line_a_route(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(gen_matrix(both, out, false), 7 + 2 * 2); /* and the documents of both */
	fclose(out);
	for (char *p = text, *to = text;; p++) { /* what aligns the columns is another matter */
		if (*p != ' ' || p[1] != ' ')
			*to++ = *p;
		if (!*p)
			break;
	}
	assert_has(text, "good POST /things api session self common write\n");
	assert_has(text, "good GET /things/{id} upstream session self common none\n");
	free(text);
}

/* ---- nginx --------------------------------------------------------------------------------- */

static const struct gen_nginx_options options = {
	.dir = "/srv/my hearth", .listen = "[::]", .port = 8080, .panel_dir = "/usr/share/hearth"
};

/* The block of a location, to its brace. */
static void assert_location(const char *text, const char *location, const char *part)
{
	const char *at = strstr(text, location), *end = at ? strchr(at, '}') : NULL;
	const char *there = at ? strstr(at, part) : NULL;

	if (!there || there > end)
		fail_msg("%s has not: %s", location, part);
}

static void nginx_sends_requests_to_their_pool(void **state)
{
	struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(gen_nginx(both, &options, &b, &e), ERR_NONE);
	assert_has(b.data, "listen [::]:8080 ipv6only=off;");
	assert_has(b.data, "server \"unix:/srv/my hearth/run/api.sock\";");
	assert_location(b.data, "location ~ \"^/things/[^/]+$\"", "fastcgi_pass upstream;");
	assert_location(b.data, "location ~ \"^/good/things/[^/]+$\"", "fastcgi_pass upstream;");
	assert_location(b.data, "location ~ \"^/things/[^/]+/events$\"", "fastcgi_buffering off;");
	/* the expression above would take it from its pool */
	assert_location(b.data, "location = \"/things/all\"", "fastcgi_pass api;");
	assert_location(b.data, "location = \"/photos\"", "client_max_body_size 9000000;");
	assert_location(b.data, "location / {", "fastcgi_pass api;");
	assert_null(strstr(b.data, "location = \"/others\""));
	/* errors of nginx in the words of the family */
	assert_location(b.data, "location = /-/good/too_large",
			"default_type application/problem+json;");
	assert_has(b.data, "return 413 '{\"detail\":\"Request body too large\"}';");
	assert_location(b.data, "location = /-/other/unavailable", "Retry-After 1");
	assert_has(b.data, "~^/good(/|$) good;");
	assert_has(b.data, "~^/things good;");
	buf_done(&b);
}

static void nginx_refuses_names_that_break_out(void **state)
{
	static const char *const bad[] = { "/a\"b", "/a;b", "/a$b", "/a\nb", "/a\\b", "/a}b" };
	struct buf b = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gen_nginx_options o = options;

		o.dir = bad[i];
		assert_int_equal(gen_nginx(both, &o, &b, &e), ERR_INVALID);
	}
	assert_int_equal(b.size, 0);
}

static void pools_are_those_with_routes(void **state)
{
	static const struct family *const quiet[] = { &other, NULL };
	struct buf b = { 0 };

	(void)state;
	gen_pools(both, "/srv/my hearth", &b);
	assert_has(b.data, "upstream 8 hearth-api /srv/my hearth/run/upstream.sock\n");
	assert_has(b.data, "stream 1 hearth-stream /srv/my hearth/run/stream.sock\n");
	buf_reset(&b);
	gen_pools(quiet, "/d", &b);
	assert_int_equal(strncmp(b.data, "api ", 4), 0);
	assert_null(strstr(b.data, "upstream"));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_tables_have_no_fault),
		cmocka_unit_test(faults_of_rows_are_found),
		cmocka_unit_test(faults_between_rows_are_found),
		cmocka_unit_test(shadowed_families_are_found),
		cmocka_unit_test(patterns_meet),
		cmocka_unit_test(documents_tell_what_rows_say),
		cmocka_unit_test(names_of_families_do_not_meet),
		cmocka_unit_test(the_matrix_has_a_line_a_route),
		cmocka_unit_test(nginx_sends_requests_to_their_pool),
		cmocka_unit_test(nginx_refuses_names_that_break_out),
		cmocka_unit_test(pools_are_those_with_routes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
