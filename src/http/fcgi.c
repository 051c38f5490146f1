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
#include "http/dispatch.h"

enum {
	LISTEN_FD = 0,
	MAX_EVENTS = 16,	 /* connections that one wait tells of */
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

/* What leaves the worker is written here and in one piece: libfcgi would write every 8 KiB apart,
 * and the end of the request once more. Records: FastCGI 1.0 §3.3, https://fastcgi-archives.github.io */
enum {
	RECORD_VERSION = 1,
	RECORD_END_REQUEST = 3,
	RECORD_STDOUT = 6,
	RECORD_MAX = 65535,	 /* bytes of content */
	FLUSH_BYTES = 64 * 1024, /* a streamed reply goes out in pieces of this size */
};

/* A request on a kept connection. */
struct connection {
	FCGX_Request r;
	struct buf *out;
	int fd;
};

static void record(struct connection *c, unsigned char type, const void *data, size_t n)
{
	const unsigned char head[8] = {
		RECORD_VERSION,
		type,
		(unsigned char)(c->r.requestId >> 8),
		(unsigned char)c->r.requestId,
		(unsigned char)(n >> 8),
		(unsigned char)n,
	};

	buf_add(c->out, head, sizeof(head));
	buf_add(c->out, data, n);
}

static bool out_flush(struct connection *c)
{
	size_t done = 0;

	while (done < c->out->size) {
		ssize_t n = write(c->fd, c->out->data + done, c->out->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	buf_reset(c->out);
	return true;
}

static const char *fcgi_param(void *ctx, const char *name)
{
	const FCGX_Request *r = &((struct connection *)ctx)->r;
	size_t n = strlen(name);

	/* FCGX_GetParam() with a look at the first letter before each comparison */
	for (char **p = r->envp; *p; p++)
		if (**p == *name && strncmp(*p, name, n) == 0 && (*p)[n] == '=')
			return *p + n + 1;
	return NULL;
}

static long fcgi_read(void *ctx, char *out, long n)
{
	struct connection *c = ctx;

	return FCGX_GetStr(out, (int)n, c->r.in);
}

static bool fcgi_write(void *ctx, const char *data, long n)
{
	struct connection *c = ctx;

	while (n > 0) {
		long part = n > RECORD_MAX ? RECORD_MAX : n;

		record(c, RECORD_STDOUT, data, (size_t)part);
		data += part;
		n -= part;
		if (c->out->size >= FLUSH_BYTES && !out_flush(c))
			return false;
	}
	return true;
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

/* Reads what is left of the body, to its end: the rest of a record would be taken for the next
 * request on this connection, with variables of the client's choice. False: it does not end. */
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
static void serve_connection(struct server *s, struct buf *out, int fd)
{
	static const unsigned char complete[8]; /* application status 0, FCGI_REQUEST_COMPLETE */
	struct connection c = { .out = out, .fd = fd };
	const struct exchange x = { fcgi_param, fcgi_read, fcgi_write, &c };
	bool keep;

	FCGX_InitRequest(&c.r, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	c.r.ipcFd = fd;
	c.r.keepConnection = 1;
	if (FCGX_Accept_r(&c.r) < 0) {
		FCGX_Free(&c.r, 1);
		return;
	}
	buf_reset(out);
	if (!dispatch(s, &x)) {
		FCGX_Free(&c.r, 1); /* no end of the request: nginx knows that bytes are missing */
		return;
	}
	record(&c, RECORD_END_REQUEST, complete, sizeof(complete));
	keep = body_ended(&c.r) && c.r.keepConnection;
	keep = out_flush(&c) && keep;
	if (keep)
		c.r.ipcFd = -1;
	FCGX_Free(&c.r, !keep);
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
	struct buf out = { 0 };
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
				serve_connection(s, &out, ready[i].data.fd);
		}
	}
	buf_done(&out);
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
