/* proxmox_test.c: calls to a Proxmox VE that is a thread here and says what a test tells it to say */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer/proxmox.h"
#include "peer/proxmox_parse.h"

enum { MAX_REQUESTS = 16, REQUEST_BYTES = 4096, WAIT_MS = 3000 };

#define SECRET "8f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0"
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

/* One answer a connection, in this order; an empty one is never sent: the client waits. */
static const char *const *answers;
static char requests[MAX_REQUESTS][REQUEST_BYTES];
static int request_count;
static int listener;
static pthread_t server;
static struct pve_account account;

static void *serve(void *arg)
{
	(void)arg;
	for (int i = 0; answers[i]; i++) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		size_t used = 0;
		int fd;

		if (poll(&p, 1, WAIT_MS) != 1)
			break;
		fd = accept(listener, NULL, NULL);
		if (fd < 0) /* the test is over */
			break;
		while (used < REQUEST_BYTES - 1 && !strstr(requests[i], "\r\n\r\n")) {
			ssize_t n = recv(fd, requests[i] + used, REQUEST_BYTES - 1 - used, 0);

			if (n <= 0)
				break;
			used += (size_t)n;
		}
		request_count = i + 1;
		if (!*answers[i])
			poll(&(struct pollfd){ .fd = fd, .events = POLLRDHUP }, 1, WAIT_MS);
		else
			send(fd, answers[i], strlen(answers[i]), MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static void start_with(const char *const *list)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in at;
	socklen_t size = sizeof(at);

	memset(requests, 0, sizeof(requests));
	request_count = 0;
	answers = list;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	account = (struct pve_account){
		.url = arena_printf(arena, "http://127.0.0.1:%d/", ntohs(at.sin_port)),
		.token_id = "root@pam!panel",
		.token_secret = SECRET,
		.tls = FETCH_TLS_INSECURE, /* it speaks no TLS */
		.timeout_ms = 1000,
	};
	assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
}

#define START(...) start_with((const char *const[]){ __VA_ARGS__, NULL })

static void stop(void)
{
	shutdown(listener, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listener);
}

#define HEAD(status) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n"
#define JSON(text) HEAD("200 OK") "{\"data\":" text "}"
#define TWO_NODES \
	JSON("[{\"type\":\"node\",\"node\":\"pve2\",\"status\":\"online\",\"cpu\":0.5}," \
	     "{\"type\":\"node\",\"node\":\"pve1\",\"status\":\"online\",\"cpu\":0.5}," \
	     "{\"type\":\"node\",\"node\":\"pve3\",\"status\":\"offline\"}]")
#define STATUS JSON("{\"loadavg\":[\"1.00\",\"2.00\",\"3.00\"],\"cpu\":0.25}")

static void assert_request(int i, const char *line)
{
	if (strncmp(requests[i], line, strlen(line)) != 0)
		fail_msg("request %d is %.100s", i, requests[i]);
	assert_non_null(strstr(requests[i],
			       "\r\nAuthorization: PVEAPIToken=root@pam!panel=" SECRET "\r\n"));
}

static enum peer_state poll_once(const char *node, bool traffic, struct pve_cluster *c,
				 char error[PEER_ERROR_BYTES])
{
	return pve_poll(NULL, &account, node, &(struct pve_turn){ .traffic = traffic }, 0, arena, c,
			error);
}

static void a_round_asks_what_is_wanted(void **state)
{
	struct pve_cluster c;
	char error[PEER_ERROR_BYTES];

	(void)state;
	START(TWO_NODES, STATUS,
	      JSON("[{\"time\":1000,\"netin\":1,\"netout\":2},{\"time\":1060,\"netin\":3.5,"
		   "\"netout\":4},{\"time\":1120,\"netin\":9},{\"time\":1180}]"),
	      STATUS, JSON("[{\"time\":60,\"netin\":1,\"netout\":2},{\"time\":600}]"));
	assert_int_equal(poll_once(NULL, true, &c, error), PEER_OK);
	stop();
	assert_string_equal(error, "");
	assert_int_equal(request_count, 5);
	assert_request(0, "GET /api2/json/cluster/resources HTTP/1.1\r\n");
	assert_request(1, "GET /api2/json/nodes/pve1/status HTTP/1.1\r\n");
	assert_request(2, "GET /api2/json/nodes/pve1/rrddata?timeframe=hour&cf=AVERAGE ");
	assert_request(3, "GET /api2/json/nodes/pve2/status HTTP/1.1\r\n");
	assert_num(c.nodes[0].load[2], 3);
	assert_num(c.nodes[0].cpu, 0.25);
	assert_num(c.nodes[0].net_in, 3.5);
	assert_num(c.nodes[0].net_out, 4);
	assert_num(c.nodes[1].net_in, NAN); /* too old */
	assert_true(c.nodes[1].status_asked);
	assert_false(c.nodes[2].status_asked);
	assert_false(c.nodes[2].online);

	START(TWO_NODES, STATUS);
	assert_int_equal(poll_once("pve2", false, &c, error), PEER_OK);
	stop();
	assert_int_equal(request_count, 2);
	assert_request(1, "GET /api2/json/nodes/pve2/status HTTP/1.1\r\n");
	assert_false(c.nodes[0].status_asked);

	START(TWO_NODES, STATUS, STATUS);
	assert_int_equal(pve_poll(NULL, &account, NULL, &(struct pve_turn){ .number = 1 }, 0, arena,
				  &c, error),
			 PEER_OK);
	stop();
	assert_request(1, "GET /api2/json/nodes/pve2/status HTTP/1.1\r\n"); /* in turn */
	assert_request(2, "GET /api2/json/nodes/pve1/status HTTP/1.1\r\n");
	assert_false(c.nodes[0].traffic_asked);

	START(TWO_NODES);
	assert_int_equal(poll_once("PVE2", true, &c, error), PEER_OK);
	stop();
	assert_string_equal(error, "PVE2: no such node in the cluster");
}

static void a_part_that_fails_leaves_the_rest(void **state)
{
	struct pve_cluster c;
	char error[PEER_ERROR_BYTES];

	(void)state;
	START(TWO_NODES, HEAD("595 No route to host"), HEAD("403 Permission check failed (/, x)"),
	      JSON("[]"));
	assert_int_equal(poll_once(NULL, true, &c, error), PEER_OK);
	stop();
	assert_int_equal(request_count, 3); /* neither is asked for its traffic */
	assert_string_equal(error, "status of pve1: No route to host");
	assert_false(c.nodes[0].online);
	assert_num(c.nodes[0].cpu, NAN);
	assert_true(c.nodes[1].online);
	assert_num(c.nodes[1].cpu, 0.5);
	assert_num(c.nodes[1].load[0], NAN);

	START(TWO_NODES, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", STATUS, JSON("{}"));
	assert_int_equal(poll_once(NULL, true, &c, error), PEER_OK);
	stop();
	assert_int_equal(request_count, 4);
	assert_num(c.nodes[1].load[0], 1);
	assert_num(c.nodes[1].net_in, NAN);

	START(TWO_NODES, HEAD("401 No ticket"), STATUS);
	assert_int_equal(poll_once(NULL, true, &c, error), PEER_OK);
	stop();
	assert_int_equal(request_count, 2);
	assert_string_equal(error, "status of pve1: 401");
}

static void a_round_that_fails_says_why(void **state)
{
	static const struct {
		const char *answer;
		enum peer_state state;
		const char *error;
	} cases[] = {
		{ HEAD("401 Authentication failed!"), PEER_AUTH_FAILED, "cluster/resources: 401" },
		{ HEAD("403 Permission check failed"), PEER_NOT_ALLOWED,
		  "cluster/resources: Permission check failed" },
		{ HEAD("500") "{\"data\":null,\"message\":\"hostname lookup 'x' failed\\n\"}",
		  PEER_HTTP_ERROR, "cluster/resources: hostname lookup 'x' failed" },
		{ HEAD("501 ") "{\"data\":null}", PEER_HTTP_ERROR, "cluster/resources: 501" },
		{ HEAD("301 Moved Permanently"), PEER_HTTP_ERROR,
		  "cluster/resources: Moved Permanently" },
		{ HEAD("596 tls_process"), PEER_CONNECT_FAILED, "cluster/resources: tls_process" },
		{ HEAD("200 OK") "<html>", PEER_BAD_ANSWER,
		  "cluster/resources: not the JSON of an answer" },
		{ HEAD("401 bad PVEAPIToken=root@pam!panel=" SECRET), PEER_AUTH_FAILED,
		  "cluster/resources: 401" },
		{ HEAD("500") "{\"message\":\"no " SECRET "\"}", PEER_HTTP_ERROR,
		  "cluster/resources: 500" },
		{ HEAD("500 no a5b4c3d2 here"), PEER_HTTP_ERROR, "cluster/resources: 500" },
		{ HEAD("500 no %615b4c%33d2 here"), PEER_HTTP_ERROR, "cluster/resources: 500" },
		{ HEAD("500 no a5b4c3d here"), PEER_HTTP_ERROR,
		  "cluster/resources: no a5b4c3d here" },
		{ JSON("[]"), PEER_BAD_ANSWER, "cluster/resources: there is no node in it" },
		{ JSON("[{\"type\":\"qemu\",\"vmid\":100,\"node\":\"pve1\"}]"), PEER_BAD_ANSWER,
		  "cluster/resources: there is no node in it" },
		{ "SSH-2.0-OpenSSH\r\n", PEER_BAD_ANSWER, NULL },
		{ "", PEER_TIMEOUT, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pve_cluster c;
		char error[PEER_ERROR_BYTES];

		START(cases[i].answer, STATUS);
		account.timeout_ms = 400;
		assert_int_equal(poll_once(NULL, true, &c, error), cases[i].state);
		stop();
		assert_int_equal(request_count, 1);
		assert_int_equal(c.n_nodes, 0);
		assert_true(*error);
		assert_null(strstr(error, "8f1c"));
		if (cases[i].error)
			assert_string_equal(error, cases[i].error);
	}
}

static void a_deadline_ends_the_round(void **state)
{
	int64_t begin_ms = clock_monotonic_ms();
	struct pve_cluster c;
	char error[PEER_ERROR_BYTES];

	(void)state;
	START(TWO_NODES, "");
	account.timeout_ms = 60000;
	assert_int_equal(pve_poll(NULL, &account, NULL, &(struct pve_turn){ .traffic = true },
				  begin_ms + 300, arena, &c, error),
			 PEER_OK);
	stop();
	assert_true(clock_monotonic_ms() - begin_ms < 2500);
	assert_int_equal(c.n_nodes, 3);
	assert_false(c.nodes[0].status_asked);
	assert_non_null(strstr(error, "status of pve1: "));
}

static void histories_are_asked_for(void **state)
{
	struct pve_rrd_row *rows;
	char error[PEER_ERROR_BYTES];
	size_t n;

	(void)state;
	START(JSON("[{\"time\":60,\"cpu\":0.5}]"), JSON("[]"), HEAD("500 no such VM ('9')"));
	assert_int_equal(
		pve_rrd(NULL, &account, "pve1", 100, true, "day", 0, arena, &rows, &n, error),
		PEER_OK);
	assert_int_equal(n, 1);
	assert_num(rows[0].cpu, 0.5);
	assert_int_equal(
		pve_rrd(NULL, &account, "pve1", 0, false, "year", 0, arena, &rows, &n, error),
		PEER_OK);
	assert_int_equal(n, 0);
	assert_int_equal(
		pve_rrd(NULL, &account, "pve1", 9, false, "hour", 0, arena, &rows, &n, error),
		PEER_HTTP_ERROR);
	stop();
	assert_string_equal(error, "rrddata of pve1/qemu/9: no such VM ('9')");
	assert_int_equal(n, 0);
	assert_request(0, "GET /api2/json/nodes/pve1/lxc/100/rrddata?timeframe=day&cf=AVERAGE ");
	assert_request(1, "GET /api2/json/nodes/pve1/rrddata?timeframe=year&cf=AVERAGE ");
	assert_request(2, "GET /api2/json/nodes/pve1/qemu/9/rrddata?timeframe=hour&cf=AVERAGE ");
}

static enum peer_state act(const char *answer, const char **upid, char reason[PEER_ERROR_BYTES])
{
	enum peer_state state;

	START(answer, answer);
	account.timeout_ms = 400;
	state = pve_action(NULL, &account, "pve1", false, 100, "reboot", 0, arena, upid, reason);
	stop();
	assert_int_equal(request_count, 1);
	assert_request(0, "POST /api2/json/nodes/pve1/qemu/100/status/reboot HTTP/1.1\r\n");
	assert_non_null(strstr(requests[0], "\r\nContent-Length: 0\r\n"));
	return state;
}

static void actions_are_posted_once(void **state)
{
	static const struct {
		const char *answer;
		enum peer_state state;
		const char *reason, *upid;
	} cases[] = {
		{ JSON("\"" UPID "\""), PEER_OK, "", UPID },
		{ JSON("null"), PEER_OK, "", NULL },
		{ JSON("\"UPID:../x\""), PEER_OK, "", NULL },
		{ HEAD("200 OK") "<html>", PEER_BAD_ANSWER, "", NULL },
		{ HEAD("500 VM 100 not running") "{\"data\":null}", PEER_HTTP_ERROR,
		  "VM 100 not running", NULL },
		{ HEAD("403 Permission check failed (/vms/100, VM.PowerMgmt)"), PEER_NOT_ALLOWED,
		  "Permission check failed (/vms/100, VM.PowerMgmt)", NULL },
		{ HEAD("500") "{\"message\":\"VM is paused - cannot shutdown\\n\"}",
		  PEER_HTTP_ERROR, "VM is paused - cannot shutdown", NULL },
		{ HEAD("500"), PEER_HTTP_ERROR, "500", NULL },
		{ HEAD("595 Connection refused"), PEER_CONNECT_FAILED, "Connection refused", NULL },
		{ HEAD("401 no " SECRET), PEER_AUTH_FAILED, "401", NULL },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", PEER_BAD_ANSWER, "", NULL },
		{ "", PEER_TIMEOUT, "", NULL },
	};

	const char *upid;
	char reason[PEER_ERROR_BYTES];

	(void)state;
	act(arena_printf(arena, "HTTP/1.1 500 VM\xff\t %0200d\r\nConnection: close\r\n\r\n", 1),
	    &upid, reason);
	assert_memory_equal(reason, "VM 000", 6);
	assert_int_equal(strlen(reason), PVE_MESSAGE_BYTES);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		upid = "";

		assert_int_equal(act(cases[i].answer, &upid, reason), cases[i].state);
		assert_string_equal(reason, cases[i].reason);
		if (cases[i].upid)
			assert_string_equal(upid, cases[i].upid);
		else
			assert_null(upid);
	}
}

static void tasks_are_asked_of_their_node(void **state)
{
	const char *exit = "";
	char error[PEER_ERROR_BYTES];

	(void)state;
	START(JSON("{\"status\":\"stopped\",\"exitstatus\":\"OK\"}"),
	      HEAD("400 Parameter verification failed.") "{\"errors\":{\"upid\":\"no such task\"}}",
	      HEAD("400 Parameter verification failed.") "{\"data\":null}", JSON("null"));
	assert_int_equal(pve_task(NULL, &account, UPID, 0, arena, &exit, error), PEER_OK);
	assert_string_equal(exit, "OK");
	assert_int_equal(pve_task(NULL, &account, UPID, 0, arena, &exit, error), PEER_NOT_FOUND);
	assert_null(exit);
	assert_string_equal(error, "task: Parameter verification failed.");
	assert_int_equal(pve_task(NULL, &account, UPID, 0, arena, &exit, error), PEER_HTTP_ERROR);
	assert_int_equal(pve_task(NULL, &account, UPID, 0, arena, &exit, error), PEER_BAD_ANSWER);
	stop();
	assert_request(0, "GET /api2/json/nodes/pve1/tasks/UPID%3Apve1%3A0013909A%3A0FF76977%3A"
			  "6A650982%3Aqmstart%3A100%3Aroot%40pam%21panel%3A/status HTTP/1.1\r\n");
}

static void arguments_that_make_no_path_are_not_sent(void **state)
{
	struct pve_rrd_row *rows;
	const char *text;
	char error[PEER_ERROR_BYTES];
	size_t n;

	(void)state;
	START(STATUS);
	assert_int_equal(
		pve_rrd(NULL, &account, "../x", 0, false, "day", 0, arena, &rows, &n, error),
		PEER_NOT_FOUND);
	assert_int_equal(
		pve_rrd(NULL, &account, "pve1", -1, false, "day", 0, arena, &rows, &n, error),
		PEER_NOT_FOUND);
	assert_int_equal(
		pve_rrd(NULL, &account, "pve1", 0, false, "day&x=1", 0, arena, &rows, &n, error),
		PEER_NOT_FOUND);
	assert_int_equal(
		pve_action(NULL, &account, "pve1", true, 0, "start", 0, arena, &text, error),
		PEER_NOT_FOUND);
	assert_int_equal(pve_action(NULL, &account, "", true, 100, "start", 0, arena, &text, error),
			 PEER_NOT_FOUND);
	assert_int_equal(pve_action(NULL, &account, "pve1", true, 100, "start/../../x", 0, arena,
				    &text, error),
			 PEER_NOT_FOUND);
	assert_int_equal(pve_task(NULL, &account, "UPID:..:", 0, arena, &text, error),
			 PEER_NOT_FOUND);
	assert_true(*error);
	stop();
	assert_int_equal(request_count, 0);
}

static void a_token_cannot_add_headers(void **state)
{
	struct pve_cluster c;
	char error[PEER_ERROR_BYTES];

	(void)state;
	START(TWO_NODES);
	account.token_id = "a b@pam!x;y\r\nX-Evil: 1";
	account.token_secret = "s%41";
	poll_once("pve3", false, &c, error);
	stop();
	assert_non_null(strstr(requests[0], "\r\nAuthorization: PVEAPIToken="
					    "a%20b@pam!x%3By%0D%0AX-Evil%3A%201=s%2541\r\n"));
}

static void a_token_goes_out_in_the_clear_only_when_it_is_said(void **state)
{
	static const enum fetch_tls kinds[] = { FETCH_TLS_VERIFY, FETCH_TLS_PIN, FETCH_TLS_CA };
	struct pve_cluster c;
	char error[PEER_ERROR_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		START(TWO_NODES);
		account.tls = kinds[i];
		account.pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
		account.ca_file = "/etc/ssl/certs/ca-certificates.crt";
		assert_int_equal(poll_once(NULL, false, &c, error), PEER_TLS_FAILED);
		stop();
		assert_int_equal(request_count, 0);
		assert_string_equal(
			error, "cluster/resources: an http URL would send the token in the clear");
	}
}

static void one_guest_is_asked_for(void **state)
{
	struct pve_guest guest = { .vmid = 100,
				   .node = "pve2",
				   .status = "running",
				   .cpu = 0.5,
				   .uptime_s = 900,
				   .mem_used = 7 };
	const char *node;
	char error[PEER_ERROR_BYTES];

	(void)state;
	START(JSON("{\"status\":\"running\",\"qmpstatus\":\"paused\",\"uptime\":910,\"cpu\":\"0.25\"}"),
	      JSON("{\"status\":\"stopped\",\"uptime\":0}"), JSON("{}"), HEAD("500 no such VM"));
	assert_int_equal(pve_guest_now(NULL, &account, 0, arena, &guest, error), PEER_OK);
	assert_string_equal(guest.status, "paused");
	assert_num(guest.cpu, 0.25);
	assert_int_equal(guest.uptime_s, 910);
	assert_int_equal(guest.mem_used, 7); /* it was not told */
	guest.lxc = true;
	assert_int_equal(pve_guest_now(NULL, &account, 0, arena, &guest, error), PEER_OK);
	assert_string_equal(guest.status, "stopped");
	assert_int_equal(guest.uptime_s, 0);
	assert_int_equal(pve_guest_now(NULL, &account, 0, arena, &guest, error), PEER_BAD_ANSWER);
	assert_int_equal(pve_guest_now(NULL, &account, 0, arena, &guest, error), PEER_HTTP_ERROR);
	assert_string_equal(guest.status, "stopped");
	stop();
	assert_request(0, "GET /api2/json/nodes/pve2/qemu/100/status/current HTTP/1.1\r\n");
	assert_request(1, "GET /api2/json/nodes/pve2/lxc/100/status/current HTTP/1.1\r\n");

#define WITH_GUEST \
	JSON("[{\"type\":\"node\",\"node\":\"pve1\"},{\"type\":\"qemu\",\"vmid\":100,\"node\":\"pve1\"}]")
	START(WITH_GUEST, WITH_GUEST);
	assert_int_equal(pve_guest_node(NULL, &account, 100, false, 0, arena, &node, error),
			 PEER_OK);
	assert_string_equal(node, "pve1");
	assert_int_equal(pve_guest_node(NULL, &account, 100, true, 0, arena, &node, error),
			 PEER_NOT_FOUND);
	assert_null(node);
	stop();
	assert_true(pve_is_elsewhere(
		"Configuration file 'nodes/pve2/qemu-server/100.conf' does not exist"));
	assert_false(pve_is_elsewhere("storage 'x' does not exist"));
	assert_false(pve_is_elsewhere(""));
}

static void rights_are_asked_for(void **state)
{
	static const struct {
		const char *answer;
		enum peer_state state;
		bool sees_guests;
	} cases[] = {
		{ JSON("{\"/\":{\"Sys.Audit\":1,\"VM.Audit\":1}}"), PEER_OK, true },
		{ JSON("{\"/\":{\"Sys.Audit\":1},\"/vms/100\":{\"VM.Audit\":0}}"), PEER_OK, true },
		{ JSON("{\"/\":{\"Sys.Audit\":1}}"), PEER_OK, false },
		{ JSON("{\"VM.Audit\":1}"), PEER_OK, false },
		{ JSON("{}"), PEER_OK, false },
		{ JSON("[]"), PEER_BAD_ANSWER, false },
		{ HEAD("501 no such uri"), PEER_HTTP_ERROR, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool sees_guests = true;
		char error[PEER_ERROR_BYTES];

		START(cases[i].answer);
		assert_int_equal(pve_rights(NULL, &account, 0, &sees_guests, error),
				 cases[i].state);
		stop();
		assert_request(0, "GET /api2/json/access/permissions HTTP/1.1\r\n");
		assert_int_equal(sees_guests, cases[i].sees_guests);
	}
}

/* Nobody listens on port 1 of this computer. */
static void a_round_without_a_server_says_so(void **state)
{
	struct pve_account nobody = { .url = "http://127.0.0.1:1",
				      .token_id = "root@pam!panel",
				      .token_secret = SECRET,
				      .tls = FETCH_TLS_INSECURE,
				      .timeout_ms = 1000 };
	struct pve_cluster c;
	const char *upid;
	char error[PEER_ERROR_BYTES];

	(void)state;
	assert_int_equal(pve_poll(NULL, &nobody, NULL, &(struct pve_turn){ .traffic = true }, 0,
				  arena, &c, error),
			 PEER_CONNECT_FAILED);
	assert_string_equal(error, "cluster/resources: Connection refused");
	assert_int_equal(
		pve_action(NULL, &nobody, "pve", true, 100, "stop", 0, arena, &upid, error),
		PEER_CONNECT_FAILED);
	assert_string_equal(error, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_asks_what_is_wanted),
		cmocka_unit_test(a_part_that_fails_leaves_the_rest),
		cmocka_unit_test(a_round_that_fails_says_why),
		cmocka_unit_test(a_deadline_ends_the_round),
		cmocka_unit_test(histories_are_asked_for),
		cmocka_unit_test(actions_are_posted_once),
		cmocka_unit_test(tasks_are_asked_of_their_node),
		cmocka_unit_test(arguments_that_make_no_path_are_not_sent),
		cmocka_unit_test(a_token_cannot_add_headers),
		cmocka_unit_test(a_token_goes_out_in_the_clear_only_when_it_is_said),
		cmocka_unit_test(one_guest_is_asked_for),
		cmocka_unit_test(rights_are_asked_for),
		cmocka_unit_test(a_round_without_a_server_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
