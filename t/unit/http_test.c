/* http_test.c: routes, parameters, multipart, reply headers, kept replies, rate limits */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/cache.h"
#include "http/multipart.h"
#include "http/params.h"
#include "http/rate.h"
#include "http/req.h"
#include "http/route.h"

static enum err_code nothing(struct req *rq, struct res *rs, struct err *e)
{
	(void)rq;
	(void)rs;
	(void)e;
	return ERR_NONE;
}

static const struct route inner_routes[] = {
	{ .method = M_GET, .path = "/api/v1/things", .fn = nothing },
	{ .method = M_POST, .path = "/api/v1/things", .fn = nothing },
	{ .method = M_GET, .path = "/api/v1/things/{id}", .fn = nothing },
	{ .method = M_GET, .path = "/health", .fn = nothing },
	{ .method = M_GET, .path = "/poke", .effect = true, .fn = nothing },
	{ .fn = NULL },
};
static const struct route outer_routes[] = {
	{ .method = M_GET, .path = "/health", .fn = nothing },
	{ .fn = NULL },
};
static const char *const inner_owns[] = { "/api/v1/", NULL };
static const struct family outer = { .name = "outer", .routes = outer_routes };
static const struct family inner = {
	.name = "inner", .mount = "/inner", .routes = inner_routes, .owns = inner_owns
};
static const struct family *const test_families[] = { &outer, &inner, NULL };

static enum err_code find(struct arena *a, enum method m, const char *path, struct match *out)
{
	struct err e;

	return route_find(test_families, NULL, m, path, a, out, &e);
}

static void routes_are_found(void **state)
{
	struct arena *a = arena_new();
	struct match m;

	(void)state;
	assert_int_equal(find(a, M_GET, "/health", &m), ERR_NONE);
	assert_ptr_equal(m.family, &outer);
	assert_int_equal(find(a, M_HEAD, "/inner/health", &m), ERR_NONE);
	assert_ptr_equal(m.family, &inner);
	assert_string_equal(m.mount, "/inner");
	assert_int_equal(find(a, M_GET, "/api/v1/things/a%2Fb%20c", &m), ERR_NONE);
	assert_string_equal(m.values[0], "a/b c");
	assert_int_equal(find(a, M_DELETE, "/api/v1/things", &m), ERR_METHOD);
	assert_string_equal(m.allow, "GET, HEAD, POST, OPTIONS");
	assert_int_equal(find(a, M_HEAD, "/poke", &m), ERR_METHOD);
	assert_string_equal(m.allow, "GET, OPTIONS");
	arena_free(a);
}

static void strange_paths_name_nothing(void **state)
{
	static const char *const paths[] = { "",
					     "/",
					     "api/v1/things",
					     "//api/v1/things",
					     "/api/v1/things/",
					     "/api/v1//things",
					     "/api/v1/../v1/things",
					     "/api/v1/%2e%2e/things",
					     "/api/v1/things/%00",
					     "/api/v1/things/%zz",
					     "/innerhealth",
					     "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a" };
	struct arena *a = arena_new();
	struct match m;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(find(a, M_GET, paths[i], &m), ERR_NO_ROUTE);
		assert_non_null(m.family);
	}
	find(a, M_GET, "/api/v1/nope", &m);
	assert_ptr_equal(m.family, &inner);
	find(a, M_GET, "/inner/nope", &m);
	assert_ptr_equal(m.family, &inner);
	assert_string_equal(m.mount, "/inner");
	arena_free(a);
}

struct input {
	const char *id;
	int64_t hours, limit;
	const char *name;
};
static const struct field input_fields[] = {
	{ FIELD(struct input, id) },
	{ FIELD(struct input, hours), .bounded = true, .min = 1, .max = 168, .def = "24" },
	{ FIELD(struct input, limit), .bounded = true, .min = 1, .max = 1000, .def = "100" },
	{ FIELD(struct input, name), .required = true },
	{ .key = NULL },
};
static const struct shape input_shape = { "Input", sizeof(struct input), input_fields };

static void arguments_are_read(void **state)
{
	static const struct route r = { .path = "/x/{id}", .args = &input_shape };
	struct arena *a = arena_new();
	struct match m = { .values = { "seven" } };
	struct input in = { 0 };
	struct faults fs;

	(void)state;
	faults_init(&fs, a);
	params_args(&r, &m, "limit=5&limit=6&n%61me=a+b%26c&other=1&&=", false, &in, &fs);
	assert_int_equal(fs.count, 0);
	assert_string_equal(in.id, "seven");
	assert_int_equal(in.hours, 24);
	assert_int_equal(in.limit, 6);
	assert_string_equal(in.name, "a b&c");
	params_args(&r, &m, "limit=0&hours=999&name", false, &in,
		    &fs); /* in the order of the table */
	assert_int_equal(fs.count, 2);
	assert_string_equal(fs.first->name, "hours");
	assert_string_equal(fs.first->next->name, "limit");
	faults_init(&fs, a);
	params_args(&r, &m, "limit=&name=x", false, &in, &fs);
	assert_int_equal(fs.first->kind, FAULT_INT);
	faults_init(&fs, a);
	params_args(&r, &m, "limit=&name=x", true, &in, &fs);
	assert_int_equal(fs.count, 0);
	assert_int_equal(in.limit, 100);
	faults_init(&fs, a);
	params_args(&r, &m, "name=%00", false, &in, &fs);
	assert_int_equal(fs.first->kind, FAULT_STRING);
	arena_free(a);
}

static void multipart_is_split(void **state)
{
	static const char type[] = "multipart/form-data; boundary=\"x y\"";
	static const char body[] =
		"--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--x y\r\n"
		"content-disposition: form-data; name=f; filename=\"p\\\"q.jpg\"\r\nContent-Type: "
		"image/jpeg\r\n\r\n\r\n--x y--\r\n";
	struct arena *a = arena_new();
	struct part *p = multipart_parse(a, type, body, sizeof(body) - 1);

	(void)state;
	assert_non_null(p);
	assert_string_equal(p[0].name, "a");
	assert_int_equal(p[0].size, 4);
	assert_memory_equal(p[0].data, "1\r\n2", 4);
	assert_string_equal(p[1].filename, "p\"q.jpg");
	assert_string_equal(p[1].content_type, "image/jpeg");
	assert_int_equal(p[1].size, 0);
	assert_null(p[2].name);
	for (size_t n = 0; n < sizeof(body) - 5; n++) /* cut anywhere it is no body */
		assert_null(multipart_parse(a, type, body, n));
	assert_null(multipart_parse(a, "multipart/form-data", body, sizeof(body) - 1));
	assert_null(multipart_parse(a, "text/plain; boundary=x", body, sizeof(body) - 1));
	arena_free(a);
}

static void headers_stay_on_their_line(void **state)
{
	static const char *const bad[] = { "a\r\nSet-Cookie: b=c", "a\nb", "a\rb", "\x1b[1m",
					   "a\x7f" };
	struct res rs = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		res_header(&rs, "Location", bad[i]);
	assert_int_equal(rs.n_headers, 0);
	for (int i = 0; i <= MAX_HEADERS; i++)
		res_header(&rs, "Location", "/a b/\xc3\xa9");
	assert_int_equal(rs.n_headers, MAX_HEADERS);
}

/* Is the reply that was kept for one key given for the other? */
static bool is_kept(const struct cache_key *one, const struct cache_key *other)
{
	struct cache *c = cache_new();
	struct buf body = { 0 };
	const struct buf *kept;
	bool same;

	buf_str(&body, "reply");
	cache_put(c, one, &body);
	kept = cache_get(c, other);
	same = kept && kept->size == body.size && memcmp(kept->data, body.data, body.size) == 0;
	assert_true(same || !kept);
	buf_done(&body);
	cache_free(c);
	return same;
}

static void replies_are_kept_until_something_changes(void **state)
{
	static const struct route routes[2];
	const struct cache_key key = { .route = &routes[0],
				       .mount = "/inner",
				       .path = "/x",
				       .query = "limit=1",
				       .version = { .main = 1, .series = 2, .own = 3 },
				       .config_version = 4,
				       .now_s = 5 };
	struct cache_key others[] = { key, key, key, key, key, key, key, key, key };

	(void)state;
	assert_true(is_kept(&key, &key));
	others[0].route = &routes[1];
	others[1].mount = "";
	others[2].path = "/y";
	others[3].query = "limit=2";
	others[4].version.main++;
	others[5].version.series++;
	others[6].version.own++;
	others[7].config_version++;
	others[8].now_s++;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(is_kept(&key, &others[i]));
}

/* The table as a power cut may leave it: of another boot, every lock held by a process that is gone.
 * 64 stripes, which begin with their lock, stand behind a mark of 8 bytes and the boot. */
static void leave_locked(const char *path)
{
	const long head = 8 + 40, stripes = 64;
	const int holder = 4194303;
	int fd = open(path, O_RDWR);
	long stripe = (lseek(fd, 0, SEEK_END) - head) / stripes;

	assert_true(fd >= 0 && stripe > 0);
	assert_int_equal(pwrite(fd, "-", 1, 8), 1);
	for (long i = 0; i < stripes; i++)
		assert_int_equal(pwrite(fd, &holder, sizeof(holder), head + i * stripe),
				 sizeof(holder));
	close(fd);
}

static void rates_are_shared_and_survive(void **state)
{
	char dir[] = "/tmp/hearth-rate-XXXXXX", path[64];
	struct config cfg = { 0 };
	struct principal key = { .who = WHO_KEY, .id = 7 }, nobody = { .who = WHO_NOBODY };
	struct rate_table *one, *two;
	struct rate_state st;
	struct stat file;
	struct err e;

	(void)state;
	cfg.auth.network_rate_per_minute = 3;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(rate_table_open(&one, dir, &e), ERR_NONE);
	assert_int_equal(rate_table_open(&two, dir, &e), ERR_NONE);
	assert_true(rate_take(one, RATE_NETWORK, &cfg, &key, "1.2.3.4", 1000, &st));
	assert_int_equal(st.remaining, 2);
	assert_true(rate_take(two, RATE_NETWORK, &cfg, &key, "1.2.3.4", 1001, &st));
	assert_true(rate_take(one, RATE_NETWORK, &cfg, &key, "9.9.9.9", 1059, &st));
	assert_false(rate_take(two, RATE_NETWORK, &cfg, &key, "1.2.3.4", 1059, &st));
	assert_int_equal(st.reset_s, 1060);
	assert_true(rate_take(two, RATE_NETWORK, &cfg, &nobody, "1.2.3.4", 1059,
			      &st)); /* another bucket */
	assert_true(rate_take(one, RATE_NETWORK, &cfg, &key, "1.2.3.4", 1060, &st));
	assert_true(rate_take(one, RATE_NONE, &cfg, &key, "1.2.3.4", 1060, &st));
	assert_int_equal(st.limit, 0);
	if (fork() == 0) { /* a worker that dies in the middle of its work */
		rate_take(one, RATE_NETWORK, &cfg, &key, "1.2.3.4", 1061, &st);
		kill(getpid(), 9);
	}
	wait(NULL);
	assert_true(rate_take(two, RATE_NETWORK, &cfg, &key, "1.2.3.4", 1061, &st));
	assert_int_equal(st.remaining, 0);
	rate_table_close(one);
	rate_table_close(two);
	snprintf(path, sizeof(path), "%s/run/rate.shm", dir);
	assert_int_equal(stat(path, &file), 0); /* no block is left for a full disk to refuse */
	assert_true(file.st_blocks * 512 >= file.st_size);
	leave_locked(path);
	alarm(10); /* a lock that nobody will ever release */
	assert_int_equal(rate_table_open(&one, dir, &e), ERR_NONE);
	assert_true(rate_take(one, RATE_NETWORK, &cfg, &key, "1.2.3.4", 2000, &st));
	alarm(0);
	rate_table_close(one);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run", dir);
	rmdir(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_are_found),
		cmocka_unit_test(strange_paths_name_nothing),
		cmocka_unit_test(arguments_are_read),
		cmocka_unit_test(multipart_is_split),
		cmocka_unit_test(headers_stay_on_their_line),
		cmocka_unit_test(replies_are_kept_until_something_changes),
		cmocka_unit_test(rates_are_shared_and_survive),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
