/* fetch_test.c: the HTTP client against a server in a thread, which says what a test tells it to
 * say */
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
#include "peer/fetch.h"

enum { MAX_REQUESTS = 8, REQUEST_BYTES = 4096, WAIT_MS = 3000 };

#define DIGEST_401 \
	"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n" \
	"WWW-Authenticate: Digest realm=\"HTTPS Access\",nonce=\"%s\",algorithm=MD5,qop=\"auth\"\r\n\r\n"
#define BASIC_401 \
	"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n" \
	"WWW-Authenticate: Basic realm=\"HTTPS Access\"\r\n\r\n"
#define OK_200 \
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: 2\r\n\r\nok"

/* One answer a connection, in this order; NULL: no more connections. An empty one is never sent:
 * the client waits. */
static const char *const *answers;
static char requests[MAX_REQUESTS][REQUEST_BYTES];
static int request_count;
static int listener;
static pthread_t server;
static struct arena *arena;
static char url[64];

/* Reads the head and as much body as it announces. */
static void read_request(int fd, char *out)
{
	size_t used = 0;

	while (used < REQUEST_BYTES - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const char *end, *length;
		ssize_t n;

		if (poll(&p, 1, WAIT_MS) != 1)
			break;
		n = recv(fd, out + used, REQUEST_BYTES - 1 - used, 0);
		if (n <= 0)
			break;
		used += (size_t)n;
		out[used] = '\0';
		end = strstr(out, "\r\n\r\n");
		length = strstr(out, "Content-Length: ");
		if (end && (!length || strlen(end + 4) >= strtoul(length + 16, NULL, 10)))
			break;
	}
}

static void *serve(void *arg)
{
	(void)arg;
	for (int i = 0; answers[i]; i++) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		int fd;

		if (poll(&p, 1, WAIT_MS) != 1)
			break;
		fd = accept(listener, NULL, NULL);
		if (fd < 0) /* the test is over */
			break;
		read_request(fd, requests[i]);
		request_count = i + 1;
		if (!*answers[i])
			poll(&(struct pollfd){ .fd = fd, .events = POLLRDHUP }, 1, WAIT_MS);
		for (const char *at = answers[i]; *at;) {
			ssize_t n = send(fd, at, strlen(at), MSG_NOSIGNAL);

			if (n <= 0)
				break;
			at += n;
		}
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
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/upnp/control?sid=geheim",
		 ntohs(at.sin_port));
	assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
}

#define START(...) start_with((const char *const[]){ __VA_ARGS__, NULL })

static void stop(void)
{
	shutdown(listener, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listener);
}

static int setup(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct fetch login_request(void)
{
	return (struct fetch){ .method = "POST",
			       .url = url,
			       .body = "<x/>",
			       .body_size = 4,
			       .auth = FETCH_DIGEST,
			       .username = "anna",
			       .password = "geheim",
			       .timeout_ms = 1000 };
}

static char *challenge(const char *nonce)
{
	return arena_printf(arena, DIGEST_401, nonce);
}

static void an_answer_is_fetched(void **state)
{
	struct fetch_answer answer;

	(void)state;
	START(OK_200);
	fetch(NULL, &(struct fetch){ .url = url, .timeout_ms = 1000 }, arena, &answer);
	stop();
	assert_int_equal(answer.state, PEER_OK);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "ok");
	assert_string_equal(answer.content_type, "text/xml");
	assert_string_equal(answer.error, "");
	assert_non_null(strstr(requests[0], "GET /upnp/control?sid=geheim HTTP/1.1\r\n"));
}

static void digest_sends_the_body_twice_and_keeps_the_nonce(void **state)
{
	struct fetch_session *session = fetch_session_new();
	struct fetch request = login_request();
	struct fetch_answer answer;

	(void)state;
	START(challenge("A1"), OK_200, OK_200);
	fetch(session, &request, arena, &answer);
	assert_int_equal(answer.state, PEER_OK);
	assert_true(answer.logged_in);
	fetch(session, &request, arena, &answer);
	stop();
	fetch_session_free(session);
	assert_int_equal(answer.state, PEER_OK);
	assert_int_equal(request_count, 3);
	assert_null(strstr(requests[0], "Authorization:"));
	assert_non_null(strstr(requests[0], "\r\n\r\n<x/>"));
	assert_non_null(strstr(requests[1], "Authorization: Digest username=\"anna\""));
	assert_non_null(strstr(requests[1], "\r\n\r\n<x/>"));
	assert_non_null(strstr(requests[2], "nonce=\"A1\""));
	assert_non_null(strstr(requests[2], "nc=00000002"));
	for (int i = 0; i < 3; i++)
		assert_null(strstr(requests[i], "Expect:"));
}

static void a_wrong_password_is_sent_once(void **state)
{
	struct fetch_session *session = fetch_session_new();
	struct fetch request = login_request();
	struct fetch_answer answer;

	(void)state;
	START(challenge("A1"), challenge("A2"), OK_200);
	fetch(session, &request, arena, &answer);
	stop();
	fetch_session_free(session);
	assert_int_equal(answer.state, PEER_AUTH_FAILED);
	assert_false(answer.logged_in);
	assert_int_equal(request_count, 2);
	assert_null(strstr(answer.error, "geheim"));
}

static void a_nonce_that_ran_out_is_renewed(void **state)
{
	struct fetch_session *session = fetch_session_new();
	struct fetch request = login_request();
	struct fetch_answer answer;

	(void)state;
	START(challenge("A1"), OK_200, challenge("A2"), challenge("A3"), OK_200);
	fetch(session, &request, arena, &answer);
	fetch(session, &request, arena, &answer);
	stop();
	fetch_session_free(session);
	assert_int_equal(answer.state, PEER_OK);
	assert_int_equal(request_count, 5);
	assert_non_null(strstr(requests[4], "nonce=\"A3\""));
}

static void basic_is_not_answered_with_the_password(void **state)
{
	struct fetch request = login_request();
	struct fetch_answer answer;

	(void)state;
	START(BASIC_401);
	fetch(NULL, &request, arena, &answer);
	stop();
	assert_int_equal(answer.state, PEER_AUTH_FAILED);
	assert_int_equal(request_count, 1);
	assert_null(strstr(requests[0], "Authorization:"));
}

static void no_redirect_is_followed(void **state)
{
	struct fetch_answer answer;

	(void)state;
	START("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /trap\r\nContent-Length: 0\r\n\r\n",
	      OK_200);
	fetch(NULL, &(struct fetch){ .url = url, .timeout_ms = 1000 }, arena, &answer);
	stop();
	assert_int_equal(answer.state, PEER_HTTP_ERROR);
	assert_int_equal(answer.status, 302);
	assert_int_equal(request_count, 1);
}

static void limits_hold(void **state)
{
	struct fetch_answer answer;
	char *large = arena_alloc(arena, 200 * 1024);

	(void)state;
	strcpy(large, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	memset(large + strlen(large), 'x', 100 * 1024);
	START(large);
	fetch(NULL, &(struct fetch){ .url = url, .timeout_ms = 1000, .max_bytes = 65536 }, arena,
	      &answer);
	stop();
	assert_int_equal(answer.state, PEER_TOO_LARGE);
	assert_string_equal(answer.body, "");
	assert_int_equal(answer.status, 0);

	strcpy(large, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 100; i++)
		strcat(large, "X-Filler: 0123456789012345678901234567890123456789\r\n");
	strcat(large, "\r\n");
	START(large);
	fetch(NULL, &(struct fetch){ .url = url, .timeout_ms = 1000, .max_header_bytes = 1024 },
	      arena, &answer);
	stop();
	assert_int_equal(answer.state, PEER_TOO_LARGE);
}

static void deadlines_hold(void **state)
{
	int64_t begin_ms = clock_monotonic_ms();
	struct fetch_answer answer;

	(void)state;
	START("");
	fetch(NULL,
	      &(struct fetch){ .url = url, .timeout_ms = 60000, .deadline_ms = begin_ms + 200 },
	      arena, &answer);
	assert_int_equal(answer.state, PEER_TIMEOUT);
	assert_true(clock_monotonic_ms() - begin_ms < 2000);
	fetch(NULL, &(struct fetch){ .url = url, .deadline_ms = begin_ms }, arena, &answer);
	assert_int_equal(answer.state, PEER_TIMEOUT);
	stop();
	assert_int_equal(request_count, 1);
}

static void broken_answers_are_bad(void **state)
{
	static const char *const texts[] = { "SSH-2.0-OpenSSH\r\n",
					     "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
					     NULL };

	(void)state;
	for (int i = 0; texts[i]; i++) {
		struct fetch_answer answer;

		START(texts[i]);
		fetch(NULL, &(struct fetch){ .url = url, .timeout_ms = 1000 }, arena, &answer);
		stop();
		assert_int_equal(answer.state, PEER_BAD_ANSWER);
		assert_null(strstr(answer.error, "geheim"));
	}
}

static void other_addresses_are_refused(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd",
					    "ftp://127.0.0.1/",
					    "gopher://127.0.0.1/",
					    "http://a:b@127.0.0.1:1/",
					    "http://",
					    "",
					    NULL };

	(void)state;
	for (int i = 0; urls[i]; i++) {
		struct fetch_answer answer;

		fetch(NULL, &(struct fetch){ .url = urls[i], .timeout_ms = 1000 }, arena, &answer);
		assert_int_equal(answer.state, PEER_RESOLVE_FAILED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_fetched),
		cmocka_unit_test(digest_sends_the_body_twice_and_keeps_the_nonce),
		cmocka_unit_test(a_wrong_password_is_sent_once),
		cmocka_unit_test(a_nonce_that_ran_out_is_renewed),
		cmocka_unit_test(basic_is_not_answered_with_the_password),
		cmocka_unit_test(no_redirect_is_followed),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(deadlines_hold),
		cmocka_unit_test(broken_answers_are_bad),
		cmocka_unit_test(other_addresses_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
