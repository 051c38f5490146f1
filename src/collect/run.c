/* run.c: see run.h */
#include "collect/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "db/settings.h"

enum {
	PATH_BYTES = 4096,
	OVERRUN_MS = 2000, /* what a source may take beyond its deadline before the round goes on
			      without it */
	SWEEP_EVERY_S = 3600,
	SWEEP_TURNS = 200, /* calls of one chore in one sweep: a million rows */
	SLACK_PARTS = 10,  /* a source is due when a tenth of its interval ... */
	SLACK_MAX_S =
		3, /* ... or so much is left, so that rounds that start a little early count */
	MAX_SLEEP_MS = 3600 * 1000,
};

#define SWEEP "sweep"

struct collector {
	const struct collect_options *o;
	const struct source *const *sources;
	const struct chore *chores;
	struct db *db;
	struct auth_keys keys;
	int signals; /* signalfd of SIGTERM and SIGINT */
	int done;    /* eventfd: gather() has returned somewhere */
};

/* A job and its thread. */
struct visit {
	struct job job;
	struct collector *c;
	pthread_t thread;
	char settings[SHA256_HEX]; /* keyed hash of the account */
	int64_t deadline_ms;	   /* on the monotonic clock */
	bool started, finished;	   /* finished: atomic */
};

QUERY(q_savepoint) = { .sql = "SAVEPOINT visit" };
QUERY(q_keep) = { .sql = "RELEASE visit" };
QUERY(q_undo) = { .sql = "ROLLBACK TO visit" };

int64_t source_retry_s(int64_t failures)
{
	static const int64_t steps[] = { 30, 60, 120, 300 };
	const int64_t last = sizeof(steps) / sizeof(*steps) - 1;

	if (failures < 1)
		return steps[0];
	return steps[failures - 1 < last ? failures - 1 : last];
}

static void say(const struct collector *c, const char *what, const char *name, const char *text)
{
	if (c->o->verbose)
		fprintf(stderr, "%s: %s%s%s\n", name, what, text ? ": " : "", text ? text : "");
}

/* The folder's lock; -1 without an error: somebody else holds it. */
static enum err_code lock(const char *dir, int *fd, struct err *e)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/run", dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_set(e, ERR_INTERNAL, "Cannot create %.200s: %s", path, strerror(errno));
	snprintf(path, sizeof(path), "%s/run/collect.lock", dir);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_set(e, ERR_INTERNAL, "Cannot open %.200s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_NONE;
	close(*fd);
	*fd = -1;
	return ERR_NONE;
}

/* Hash of the account, so that the password itself need not be kept to see that it changed. */
static void settings_hash(const struct collector *c, struct visit *v)
{
	const char *text = v->job.source->account(v->job.cfg, v->job.arena);
	unsigned char hash[SHA256_BYTES];

	hmac_sha256(c->keys.installation, sizeof(c->keys.installation), text, strlen(text), hash);
	for (int i = 0; i < SHA256_BYTES; i++)
		snprintf(v->settings + 2 * i, 3, "%02x", hash[i]);
}

static bool is_due(const struct collector *c, const struct visit *v)
{
	const struct poll_state *last = &v->job.last;
	int64_t slack_s = v->job.source->interval_s(v->job.cfg) / SLACK_PARTS;
	int64_t wait_s = last->next_due - v->job.now;

	if (slack_s > SLACK_MAX_S)
		slack_s = SLACK_MAX_S;
	if (c->o->only && !last->held)
		return true;
	if (wait_s <= slack_s)
		return true;
	/* set back, the clock would keep a source waiting for as long as it was wrong */
	return last->last_attempt.is && last->last_attempt.s > v->job.now + SLACK_MAX_S;
}

/* Reads state and settings; *due tells whether the source is to be asked. */
static enum err_code prepare(struct collector *c, struct visit *v, bool *due, struct err *e)
{
	struct job *j = &v->job;
	enum err_code code = poll_state_get(c->db, j->source->name, j->arena, &j->last, e);

	if (code)
		return code;
	settings_hash(c, v);
	if (strcmp(v->settings, j->last.settings) != 0) {
		j->last.held = false;
		j->last.error_code = NULL;
		j->last.failures = 0;
		j->last.next_due = 0;
		j->last.memory = "";
	}
	*due = is_due(c, v);
	if (*due && j->source->prepare)
		code = j->source->prepare(j, c->db, e);
	return code;
}

static void *run_gather(void *arg)
{
	struct visit *v = arg;

	v->job.source->gather(&v->job);
	__atomic_store_n(&v->finished, true, __ATOMIC_RELEASE);
	/* full or interrupted cannot happen with an eventfd that is read; the deadline would notice
	 * it anyway */
	if (write(v->c->done, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		return NULL;
	return NULL;
}

static void start(struct collector *c, struct visit *v)
{
	int64_t limit_ms = v->job.source->deadline_ms(v->job.cfg);

	say(c, "asking", v->job.source->name, NULL);
	v->c = c;
	v->deadline_ms = clock_monotonic_ms() + limit_ms + OVERRUN_MS;
	v->started = pthread_create(&v->thread, NULL, run_gather, v) == 0;
}

static bool is_finished(const struct visit *v)
{
	return __atomic_load_n(&v->finished, __ATOMIC_ACQUIRE);
}

/* Waits for a signal to end (true), for a thread, or for the time. */
static bool wait_ms(const struct collector *c, int64_t ms)
{
	struct pollfd fds[] = { { .fd = c->signals, .events = POLLIN },
				{ .fd = c->done, .events = POLLIN } };
	uint64_t n;

	if (ms < 0)
		ms = 0;
	if (poll(fds, 2, ms < MAX_SLEEP_MS ? (int)ms : MAX_SLEEP_MS) <= 0)
		return false;
	if (fds[1].revents && read(c->done, &n, sizeof(n)) < 0)
		return false;
	return fds[0].revents != 0;
}

/* Until all have finished or overrun; true when asked to end. */
static bool wait_for_all(const struct collector *c, struct visit *visits, int n)
{
	for (;;) {
		int64_t now_ms = clock_monotonic_ms(), until_ms = -1;

		for (int i = 0; i < n; i++)
			if (visits[i].started && !is_finished(&visits[i]) &&
			    visits[i].deadline_ms > now_ms &&
			    (until_ms < 0 || visits[i].deadline_ms < until_ms))
				until_ms = visits[i].deadline_ms;
		if (until_ms < 0)
			return false;
		if (wait_ms(c, until_ms - now_ms))
			return true;
	}
}

/* What the next round must know, from how this visit went. */
static struct poll_state next_state(const struct visit *v)
{
	const struct job *j = &v->job;
	bool finished = v->started && is_finished(v);
	struct poll_state s = j->last;
	int64_t wait_s = j->source->interval_s(j->cfg);

	s.source = j->source->name;
	s.settings = v->settings;
	s.last_attempt = (struct maybe_stamp){ j->now, true };
	s.held = false;
	if (!finished) {
		s.failures++;
		s.error_code = "timeout";
		s.error_text = "It did not answer within its time limit";
		s.next_due = j->now + source_retry_s(s.failures);
		return s;
	}
	s.error_code = j->error_code;
	s.error_text = j->error_text;
	s.failures = j->error_code ? s.failures + 1 : 0;
	if (!j->error_code)
		s.last_success = s.last_attempt;
	if (j->memory)
		s.memory = j->memory;
	s.held = j->hold;
	s.next_due = j->now + (j->retry_s > 0 ? j->retry_s : wait_s);
	return s;
}

/* One visit's rows; what it half wrote goes when it fails, so that it does not take the others
 * along. */
static enum err_code store_visit(struct collector *c, struct visit *v, struct err *e)
{
	struct poll_state state;
	struct err failure;
	enum err_code code = db_run(c->db, &q_savepoint, NULL, e);

	if (code)
		return code;
	if (v->started && is_finished(v)) {
		code = v->job.source->store(&v->job, c->db, &failure);
		if (code == ERR_BUSY || code == ERR_DISK_FULL) {
			*e = failure;
			return code;
		}
		if (code) {
			log_line(LOG_ERROR, "source=%s cannot be stored: %s", v->job.source->name,
				 failure.text);
			code = db_run(c->db, &q_undo, NULL, e);
			if (code)
				return code;
			v->job.error_code = "not_stored";
			v->job.error_text = "What it answered could not be stored";
		}
	}
	state = next_state(v);
	say(c, state.error_code ? state.error_code : "ok", v->job.source->name, state.error_text);
	if (state.error_code &&
	    (!v->job.last.error_code || strcmp(state.error_code, v->job.last.error_code) != 0))
		log_line(LOG_WARNING, "source=%s state=%s %s", state.source, state.error_code,
			 state.error_text);
	else if (!state.error_code && v->job.last.error_code)
		log_line(LOG_INFO, "source=%s state=ok", state.source);
	code = poll_state_put(c->db, &state, e);
	return code ? code : db_run(c->db, &q_keep, NULL, e);
}

static enum err_code store_all(struct collector *c, struct visit *visits, int n, struct err *e)
{
	enum err_code code = db_begin(c->db, TX_WRITE, e);

	for (int i = 0; !code && i < n; i++)
		code = store_visit(c, &visits[i], e);
	if (!code)
		code = db_commit(c->db, e);
	db_rollback(c->db);
	return code;
}

/* The sources of this round, with arenas of their own. */
static enum err_code choose(struct collector *c, const struct config *cfg, int64_t now,
			    struct visit *visits, int *n, struct err *e)
{
	enum err_code code = ERR_NONE;

	*n = 0;
	for (int i = 0; !code && c->sources[i] && *n < MAX_SOURCES; i++) {
		struct visit *v = &visits[*n];
		bool due = false;

		if (c->o->only && strcmp(c->o->only, c->sources[i]->name) != 0)
			continue;
		if (!c->sources[i]->enabled(cfg)) {
			say(c, "switched off", c->sources[i]->name, NULL);
			continue;
		}
		*v = (struct visit){ .job = { .source = c->sources[i],
					      .cfg = cfg,
					      .now = now,
					      .arena = arena_new() } };
		code = prepare(c, v, &due, e);
		if (!code && due) {
			++*n;
			continue;
		}
		if (!code)
			say(c, v->job.last.held ? "waiting after a refused login" : "not due",
			    c->sources[i]->name, NULL);
		arena_free(v->job.arena);
	}
	return code;
}

/* *end: asked to end while sources were at work; *stuck: a thread still runs, the process must not
 * go on with it. */
static enum err_code visit_sources(struct collector *c, const struct config *cfg, bool *end,
				   bool *stuck, struct err *e)
{
	struct visit *visits = calloc(MAX_SOURCES, sizeof(*visits));
	int n;
	enum err_code code;

	if (!visits)
		abort();
	code = choose(c, cfg, clock_now(), visits, &n, e);
	if (!code) {
		for (int i = 0; i < n; i++)
			start(c, &visits[i]);
		*end = wait_for_all(c, visits, n);
		if (*end)
			return ERR_NONE; /* threads still use all this; the process ends */
		if (n)
			code = store_all(c, visits, n, e);
	}
	for (int i = 0; i < n; i++) {
		if (visits[i].started && !is_finished(&visits[i])) {
			*stuck = true;
			continue;
		}
		if (visits[i].started)
			pthread_join(visits[i].thread, NULL);
		arena_free(visits[i].job.arena);
	}
	if (!*stuck)
		free(visits);
	return code;
}

/* One chore to its end, in short transactions; what is left when a signal comes is done an hour
 * later. */
static enum err_code do_chore(const struct collector *c, const struct chore *chore,
			      const struct auth *auth, struct err *e)
{
	bool more = true;
	enum err_code code = ERR_NONE;

	for (int turn = 0; !code && more && turn < SWEEP_TURNS && !wait_ms(c, 0); turn++) {
		code = db_begin(auth->db, TX_WRITE, e);
		if (!code)
			code = chore->run(auth, &more, e);
		if (!code)
			code = db_commit(auth->db, e);
		db_rollback(auth->db);
	}
	return code;
}

static enum err_code sweep(struct collector *c, const struct config *cfg, struct arena *a,
			   struct err *e)
{
	struct auth auth = { c->db, cfg, &c->keys, clock_now() };
	struct poll_state state;
	enum err_code code = poll_state_get(c->db, SWEEP, a, &state, e);

	if (code || (state.last_attempt.is && auth.now >= state.last_attempt.s &&
		     auth.now < state.next_due))
		return code;
	say(c, "sweeping", SWEEP, NULL);
	state.failures = 0;
	for (const struct chore *chore = c->chores; chore->run; chore++) {
		struct err failure;

		if (do_chore(c, chore, &auth, &failure)) {
			log_line(LOG_WARNING, "chore=%s failed: %s", chore->name, failure.text);
			state.failures++;
		}
	}
	state.last_attempt = (struct maybe_stamp){ auth.now, true };
	state.next_due = auth.now + SWEEP_EVERY_S;
	code = db_begin(c->db, TX_WRITE, e);
	if (!code)
		code = poll_state_put(c->db, &state, e);
	if (!code)
		code = db_commit(c->db, e);
	db_rollback(c->db);
	return code;
}

static enum err_code one_round(struct collector *c, bool *end, bool *stuck, struct err *e)
{
	struct arena *a = arena_new();
	struct config *cfg = ARENA_NEW(a, struct config);
	enum err_code code = db_check_schema(c->db, e);

	if (!code)
		code = settings_load(cfg, a, c->o->dir, c->db, e);
	if (!code)
		code = visit_sources(c, cfg, end, stuck, e);
	if (!code && !*end && !c->o->only)
		code = sweep(c, cfg, a, e);
	if (!*end && !*stuck)
		arena_free(a);
	return code;
}

/* A round that fails as a whole is tried again by the next; what is told is how the last one
 * went. */
static enum err_code rounds(struct collector *c, struct err *e)
{
	int64_t begun_ms = clock_monotonic_ms(), end_ms = begun_ms + c->o->for_s * 1000;
	int64_t every_ms = (c->o->every_s > 0 ? c->o->every_s : 1) * 1000;

	for (;;) {
		bool end = false, stuck = false;
		enum err_code code = one_round(c, &end, &stuck, e);
		int64_t next_ms =
			begun_ms + ((clock_monotonic_ms() - begun_ms) / every_ms + 1) * every_ms;

		if (end)
			_exit(0);
		if (stuck) {
			log_line(LOG_ERROR,
				 "a source did not keep its time limit, the collector ends");
			_exit(1);
		}
		if (next_ms >= end_ms)
			return code;
		if (code)
			log_line(LOG_ERROR, "round failed: %s", e->text);
		while (clock_monotonic_ms() < next_ms)
			if (wait_ms(c, next_ms - clock_monotonic_ms()))
				return ERR_NONE;
	}
}

static enum err_code open_all(struct collector *c, struct err *e)
{
	sigset_t set;
	enum err_code code;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(e, ERR_INTERNAL, "Cannot block signals");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is a full disk */
	c->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	c->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->signals < 0 || c->done < 0)
		return err_set(e, ERR_INTERNAL, "Cannot watch signals: %s", strerror(errno));
	code = auth_keys_load(&c->keys, c->o->dir, e);
	return code ? code : db_open(&c->db, c->o->dir, DB_COLLECT, e);
}

enum err_code collect_run(const struct collect_options *o, const struct source *const *sources,
			  const struct chore *chores, struct err *e)
{
	struct collector c = {
		.o = o, .sources = sources, .chores = chores, .signals = -1, .done = -1
	};
	int fd = -1;
	enum err_code code;

	code = lock(o->dir, &fd, e);
	if (code)
		return code;
	if (fd < 0) {
		say(&c, "another collector is at work, nothing to do", o->dir, NULL);
		return ERR_NONE;
	}
	code = open_all(&c, e);
	if (!code)
		code = rounds(&c, e);
	db_close(c.db);
	if (c.signals >= 0)
		close(c.signals);
	if (c.done >= 0)
		close(c.done);
	close(fd);
	return code;
}
