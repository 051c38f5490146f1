/* fcgi.c: libfcgi with connections held in epoll; see fcgi.h */
#include "http/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
	LISTEN_FD = 0,
	MAX_EVENTS = 16,
	MAX_WASTE = 1024 * 1024, /* bytes of a refused body that are read to keep its connection */
};

static volatile sig_atomic_t stopping;

static void on_term(int signal)
{
	(void)signal;
	stopping = 1;
}

/* SIGTERM and SIGINT arrive only while the worker waits (epoll_pwait with the mask in *waiting), so
 * none is lost and no request is cut. libfcgi installs its own SIGTERM handler unless one is
 * there. */
static void signals_init(sigset_t *waiting)
{
	struct sigaction stop = { .sa_handler = on_term }, ignore = { .sa_handler = SIG_IGN };
	sigset_t held;

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a file at its size limit is a full disk */
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, waiting);
	sigdelset(waiting, SIGTERM);
	sigdelset(waiting, SIGINT);
}

static const char *fcgi_param(void *ctx, const char *name)
{
	const FCGX_Request *r = ctx;
	size_t n = strlen(name);

	/* FCGX_GetParam() with a look at the first letter before each comparison */
	for (char **p = r->envp; *p; p++)
		if (**p == *name && strncmp(*p, name, n) == 0 && (*p)[n] == '=')
			return *p + n + 1;
	return NULL;
}

static long fcgi_read(void *ctx, char *out, long n)
{
	FCGX_Request *r = ctx;

	return FCGX_GetStr(out, (int)n, r->in);
}

static bool fcgi_write(void *ctx, const char *data, long n)
{
	FCGX_Request *r = ctx;

	return FCGX_PutStr(data, (int)n, r->out) == n;
}

static void watch(int set, int fd, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev) != 0) {
		log_line(LOG_ERROR, "epoll_ctl: %s", strerror(errno));
		if (fd != LISTEN_FD)
			close(fd);
	}
}

/* Reads what is left of the body, to its end. FCGX_Finish_r() forgets its buffer but not the rest
 * of a record: that would be taken for the next request on this connection, with variables of the
 * client's choice. False: it does not end. */
static bool body_ended(FCGX_Request *r)
{
	char waste[4096];

	for (int i = 0; i < MAX_WASTE / (int)sizeof(waste); i++)
		if (FCGX_GetStr(waste, sizeof(waste), r->in) < (int)sizeof(waste))
			return FCGX_HasSeenEOF(r->in) && !FCGX_GetError(r->in);
	return false;
}

/* A connection is ready: one request. It stays in the set; closing it takes it out. Only the
 * descriptor and the keep flag tell libfcgi that it continues a connection (FCGX_Request,
 * libfcgi 2.4). */
static void serve_connection(struct server *s, int fd)
{
	FCGX_Request r;
	const struct exchange x = { fcgi_param, fcgi_read, fcgi_write, &r };

	FCGX_InitRequest(&r, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	r.ipcFd = fd;
	r.keepConnection = 1;
	if (FCGX_Accept_r(&r) < 0) {
		FCGX_Free(&r, 1);
		return;
	}
	if (!dispatch(s, &x)) {
		FCGX_Free(&r, 1); /* no end of the request: nginx knows that bytes are missing */
		return;
	}
	if (!body_ended(&r))
		r.keepConnection = 0;
	FCGX_Finish_r(&r);
	r.ipcFd = -1;
	FCGX_Free(&r, 0);
}

static void accept_connection(int set)
{
	int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		watch(set, fd, EPOLLIN);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		log_line(LOG_ERROR, "accept: %s", strerror(errno));
}

int fcgi_serve(struct server *s)
{
	int set = epoll_create1(EPOLL_CLOEXEC);
	sigset_t waiting;

	signals_init(&waiting);
	prctl(PR_SET_PDEATHSIG,
	      SIGTERM); /* nobody restarts a worker whose watcher was killed: go with it */
	if (set < 0 || FCGX_Init() != 0) {
		log_line(LOG_ERROR, "cannot set up FastCGI: %s", strerror(errno));
		return 1;
	}
	/* all workers of the pool share the socket; only one is woken for a new connection */
	fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	watch(set, LISTEN_FD, EPOLLIN | EPOLLEXCLUSIVE);
	while (!stopping) {
		struct epoll_event ready[MAX_EVENTS];
		int n = epoll_pwait(set, ready, MAX_EVENTS, -1, &waiting);

		for (int i = 0; i < n && !stopping; i++) {
			if (ready[i].data.fd == LISTEN_FD)
				accept_connection(set);
			else
				serve_connection(s, ready[i].data.fd);
		}
	}
	close(set);
	return 0;
}

static const char *cgi_param(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

static long cgi_read(void *ctx, char *out, long n)
{
	(void)ctx;
	return read(STDIN_FILENO, out, (size_t)n);
}

static bool cgi_write(void *ctx, const char *data, long n)
{
	(void)ctx;
	while (n > 0) {
		long done = write(STDOUT_FILENO, data, (size_t)n);

		if (done <= 0)
			return false;
		data += done;
		n -= done;
	}
	return true;
}

int cgi_serve(struct server *s)
{
	const struct exchange x = { cgi_param, cgi_read, cgi_write, NULL };

	return dispatch(s, &x) ? 0 : 1;
}
