/* durable_test.c: what a request was answered with is on the disk by then, and a database that stays
 * locked is busy, not broken */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "auth/account.h"
#include "base/buf.h"
#include "base/seal.h"
#include "db/migrate.h"
#include "gen/gen.h"
#include "house/house.h"
#include "http/dispatch.h"

#define PASSWORD "correct horse battery"

static char dir[64];
static struct server server;

/* ---- the calls of SQLite, on their way to the kernel ---- */

static struct {
	int writes, syncs; /* of the log of hearth.db, since the request began */
	bool dirty;	   /* it holds what has not been synced */
} disk;

static bool is_log(int fd)
{
	char name[32], path[PATH_MAX];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return strstr(path, "/hearth.db-wal") != NULL;
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	if (is_log(fd)) {
		disk.writes++;
		disk.dirty = true;
	}
	return syscall(SYS_pwrite64, fd, data, n, at);
}

static int sync_log(int fd, long number)
{
	int rc = (int)syscall(number, fd);

	if (rc == 0 && is_log(fd)) {
		disk.syncs++;
		disk.dirty = false;
	}
	return rc;
}

int fdatasync(int fd)
{
	return sync_log(fd, SYS_fdatasync);
}

int fsync(int fd)
{
	return sync_log(fd, SYS_fsync);
}

/* ---- a request ---- */

struct request {
	const char *method, *uri, *body;
	size_t read;
	struct buf reply;
	bool early; /* a part of the reply left before the log was synced */
};

static char cookie[128], csrf[128];

static const char *param(void *ctx, const char *name)
{
	const struct request *rq = ctx;
	const struct {
		const char *name, *value;
	} params[] = {
		{ "REQUEST_METHOD", rq->method },	{ "REQUEST_URI", rq->uri },
		{ "REMOTE_ADDR", "192.168.1.20" },	{ "HTTP_COOKIE", cookie },
		{ "CONTENT_TYPE", "application/json" }, { "HTTP_X_CSRF_TOKEN", csrf },
	};
	static char length[24];

	if (strcmp(name, "CONTENT_LENGTH") == 0) {
		snprintf(length, sizeof(length), "%zu", strlen(rq->body));
		return length;
	}
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
		if (strcmp(params[i].name, name) == 0)
			return params[i].value;
	return NULL;
}

static long read_body(void *ctx, char *out, long n)
{
	struct request *rq = ctx;
	long left = (long)(strlen(rq->body) - rq->read);

	n = n < left ? n : left;
	memcpy(out, rq->body + rq->read, (size_t)n);
	rq->read += (size_t)n;
	return n;
}

static bool write_reply(void *ctx, const char *data, long n)
{
	struct request *rq = ctx;

	rq->early |= disk.dirty;
	buf_add(&rq->reply, data, (size_t)n);
	return true;
}

/* The text behind a mark, up to one of the stops. */
static void cut(const char *text, const char *mark, const char *stops, char *out, size_t size)
{
	const char *at = strstr(text, mark);

	assert_non_null(at);
	at += strlen(mark);
	snprintf(out, size, "%.*s", (int)strcspn(at, stops), at);
}

/* The status; the reply goes into keep, or away. */
static int ask(const char *method, const char *uri, const char *body, struct buf *keep)
{
	struct request rq = { .method = method, .uri = uri, .body = body };
	const struct exchange x = { param, read_body, write_reply, &rq };
	char status[4];

	disk.writes = disk.syncs = 0;
	assert_true(dispatch(&server, &x));
	cut(rq.reply.data, "Status: ", " ", status, sizeof(status));
	assert_false(rq.early);
	if (keep)
		*keep = rq.reply;
	else
		buf_done(&rq.reply);
	return atoi(status);
}

static void sql(const char *text)
{
	assert_int_equal(sqlite3_exec(db_handle(server.db), text, NULL, NULL, NULL), SQLITE_OK);
}

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int begin(void **state)
{
	struct err e = { 0 };
	struct db *db;
	int64_t id;
	bool done;

	(void)state;
	strcpy(dir, "/tmp/hearth-durable-XXXXXX");
	if (!mkdtemp(dir) || seal_key_create(dir, &done, &e) || migrate(dir, &done, &e) ||
	    db_open(&db, dir, DB_COLLECT, &e) ||
	    account_add(db, "anna", "admin", PASSWORD, false, 1770000000, &id, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	db_close(db);
	return server_init(&server, dir, families, gen_docs_routes, &e) ? -1 : 0;
}

static int end(void **state)
{
	static const char *const names[] = { "hearth.db",	 "hearth.db-wal", "hearth.db-shm",
					     "series.db",	 "series.db-wal", "series.db-shm",
					     "secret.key",	 "run/rate.shm",  "run/hash.lock",
					     "run/migrate.lock", "run/live" };

	(void)state;
	server_done(&server);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_dir(names[i]));
	rmdir(in_dir("run"));
	return rmdir(dir);
}

static void acknowledged(const char *method, const char *uri, const char *body, int status,
			 struct buf *keep)
{
	assert_int_equal(ask(method, uri, body, keep), status);
	assert_true(disk.writes > 0);
	assert_true(disk.syncs > 0);
	assert_false(disk.dirty);
}

static void answers_follow_the_disk(void **state)
{
	struct buf reply = { 0 };
	char location[64];

	(void)state;
	acknowledged("POST", "/api/auth/login",
		     "{\"username\":\"anna\",\"password\":\"" PASSWORD "\"}", 200, &reply);
	cut(reply.data, "Set-Cookie: ", ";", cookie, sizeof(cookie));
	cut(reply.data, "\"csrf_token\":\"", "\"", csrf, sizeof(csrf));
	buf_done(&reply);

	reply = (struct buf){ 0 };
	acknowledged("POST", "/auth/api-keys", "{\"name\":\"x\"}", 201, &reply);
	cut(reply.data, "Location: ", "\r", location, sizeof(location));
	buf_done(&reply);
	acknowledged("DELETE", location, "", 204, NULL);

	sql("INSERT INTO series.net_device (id, identity, ip, ip_key, name, mac, listed, offline,"
	    " changed_at, first_seen, last_seen, present_since, present_until, misses, version)"
	    " VALUES (1, 'a', '', 0, 'tv', '', 1, 0, 0, 0, 0, 0, 0, 0, 1)");
	acknowledged("PATCH", "/api/house/network/devices/1", "{\"custom_name\":\"TV\"}", 200,
		     NULL);

	acknowledged("POST", "/api/auth/password",
		     "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"another password\","
		     "\"confirm_password\":\"another password\"}",
		     204, NULL);
	assert_int_equal(ask("POST", "/api/auth/login",
			     "{\"username\":\"anna\",\"password\":\"" PASSWORD "\"}", NULL),
			 401); /* a failure is counted on the disk too */
	assert_true(disk.syncs > 0);
	acknowledged("POST", "/api/auth/logout", "", 204, NULL);
}

/* Another process holds all the read marks of the log (bytes 123 to 127 of its index,
 * https://www.sqlite.org/walformat.html) for longer than SQLite tries, which is ten seconds. */
static void a_lock_that_stays_is_busy(void **state)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 123, .l_len = 5 };
	struct buf reply = { 0 };
	int ready[2], status;
	char c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(in_dir("hearth.db-shm"), O_RDWR);

		if (fcntl(fd, F_SETLKW, &lock) == 0 && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	status = ask("GET", "/network/health", "", &reply);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(status, 503);
	assert_non_null(strstr(reply.data, "\"detail\":\"Database busy\""));
	assert_non_null(strstr(reply.data, "Retry-After: 1\r\n"));
	buf_done(&reply);
	assert_int_equal(ask("GET", "/network/health", "", NULL), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_follow_the_disk),
		cmocka_unit_test(a_lock_that_stays_is_busy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
