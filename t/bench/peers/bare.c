/* bare.c: the least a FastCGI program can do behind nginx: every request is answered with the bytes
 * of a file. What t/bench/api measures Hearth against. usage: bare REPLY THREADS, with the
 * listening socket as descriptor 0. Connections are kept; each thread has a set of its own and
 * serves whole requests. */
#define _GNU_SOURCE /* accept4 */
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_FD = 0, MAX_REPLY = 1 << 20, MAX_EVENTS = 16, MAX_THREADS = 64 };

static char reply[MAX_REPLY];
static int reply_size;

static void watch(int set, int fd, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev) != 0 && fd != LISTEN_FD)
		close(fd);
}

/* One request; the connection stays in the set until the peer closes it, which takes it out. */
static void serve_connection(FCGX_Request *r, int fd)
{
	r->ipcFd = fd;
	r->keepConnection = 1;
	if (FCGX_Accept_r(r) < 0)
		return;
	FCGX_PutStr(reply, reply_size, r->out);
	FCGX_Finish_r(r);
	r->ipcFd = -1;
}

static void *serve(void *unused)
{
	struct epoll_event ready[MAX_EVENTS];
	int set = epoll_create1(EPOLL_CLOEXEC);
	FCGX_Request r;

	FCGX_InitRequest(&r, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	watch(set, LISTEN_FD, EPOLLIN | EPOLLEXCLUSIVE);
	for (;;) {
		int n = epoll_wait(set, ready, MAX_EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = ready[i].data.fd;

			if (fd != LISTEN_FD)
				serve_connection(&r, fd);
			else if ((fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC)) >= 0)
				watch(set, fd, EPOLLIN);
		}
	}
	return unused;
}

static void on_term(int number)
{
	(void)number;
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	int threads = argc == 3 ? atoi(argv[2]) : 0;
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
	pthread_t other;

	if (!f || threads < 1 || threads > MAX_THREADS) {
		fprintf(stderr, "usage: bare REPLY THREADS <SOCKET\n");
		return 2;
	}
	reply_size = (int)fread(reply, 1, sizeof(reply), f);
	fclose(f);
	sigaction(SIGTERM, &term, NULL); /* before libfcgi sets its own */
	if (FCGX_Init() != 0)
		return 1;
	fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&other, NULL, serve, NULL) != 0)
			return 1;
	serve(NULL);
	return 0;
}
