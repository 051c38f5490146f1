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
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "collect/series.h"
#include "collect/wake.h"
#include "db/settings.h"

enum {
	PATH_BYTES = 4096,
	OVERRUN_MS = 2000,    /* what a source may take beyond its deadline before the collector
			      gives up on its thread */
	TOGETHER_MS = 1500,   /* so long the first answers wait for each other, for one
			       transaction */
	GRID_OFFSET_MS = 500, /* rounds begin so far behind a full multiple of their period, clear
				 of its edges */
	SAVE_LATE_S =
		30, /* behind a multiple of the period: the minute before it is complete then */
	MAX_CHORES = 64,
	SWEEP_EVERY_S = 3600,
	SWEEP_TURNS = 200, /* calls of one chore in one sweep: a million rows */
	SLACK_PARTS = 10,  /* a source is due when a tenth of its interval ... */
	SLACK_MAX_S =
		3, /* ... or so much is left, so that rounds that start a little early count */
	MAX_SLEEP_MS = 3600 * 1000,
};

#define SWEEP "sweep"

/* The configuration as a round found it; lives as long as one of its visits. */
struct round {
	struct arena *arena;
	struct config *cfg;
	int users;
};

/* When this process last stored all of a source, and what its client remembers since. */
struct known {
	struct known *next;
	char *name, *memory;
	int64_t stored_at;
};

struct collector {
	const struct collect_options *o;
	const struct source *const *sources;
	const struct chore *chores;
	int64_t chore_at[MAX_CHORES]; /* last run of those that are not hourly */
	struct db *db;
	struct auth_keys keys;
	int signals; /* signalfd of SIGTERM and SIGINT */
	int done;    /* eventfd: gather() has returned somewhere */
	int wake;
	struct visit *visits; /* under way */
	struct known *known;
	int64_t soon_s; /* a source wants to be asked before the next round; 0: none does */
	bool end;	/* asked to */
	bool woken;
	bool stuck; /* a thread does not come back, the process must not go on with it */
};

/* A job and its thread. */
struct visit {
	struct visit *next;
	struct job job;
	struct round *round;
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

/* ---- what is remembered between rounds -------------------------------------------------------- */

static struct known *known_of(struct collector *c, const char *name)
{
	struct known *k = c->known;

	while (k && strcmp(k->name, name) != 0)
		k = k->next;
	if (k)
		return k;
	k = calloc(1, sizeof(*k));
	if (!k || !(k->name = strdup(name)))
		abort();
	k->next = c->known;
	c->known = k;
	return k;
}

/* Whether a multiple of the period lies between; so all that is saved is so at once. */
static bool is_step(int64_t last, int64_t now, int64_t every_s)
{
	return !last || (now - SAVE_LATE_S) / every_s != (last - SAVE_LATE_S) / every_s;
}

/* Nothing has changed but times. */
static bool is_quiet(const struct visit *v, const struct poll_state *s)
{
	const struct poll_state *last = &v->job.last;

	return !v->job.save && last->last_attempt.is && !s->error_code && !last->error_code &&
	       !s->held && !last->held && strcmp(s->settings, last->settings) == 0;
}

static enum err_code put_state(struct visit *v, const struct poll_state *s, struct err *e)
{
	struct known *k = known_of(v->c, v->job.name);
	enum err_code code;

	free(k->memory);
	k->memory = strdup(s->memory);
	if (is_quiet(v, s))
		return poll_state_put_times(v->c->db, s, e);
	code = poll_state_put(v->c->db, s, e);
	if (!code && v->job.save)
		k->stored_at = v->job.now;
	return code;
}

/* ---- one visit -------------------------------------------------------------------------------- */

/* Hash of the account, so that the password itself need not be kept to see that it changed. */
static void settings_hash(const struct collector *c, struct visit *v)
{
	const char *text = v->job.source->account(&v->job);
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
	const struct known *k = known_of(c, j->name);
	enum err_code code = poll_state_get(c->db, j->name, j->arena, &j->last, e);

	if (code)
		return code;
	if (k->memory && j->last.last_attempt.is)
		j->last.memory = arena_strdup(j->arena, k->memory);
	j->save = is_step(k->stored_at, j->now, SAVE_EVERY_S);
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

	say(c, "asking", v->job.name, NULL);
	v->deadline_ms = clock_monotonic_ms() + limit_ms + OVERRUN_MS;
	v->started = pthread_create(&v->thread, NULL, run_gather, v) == 0;
}

static bool is_finished(const struct visit *v)
{
	return __atomic_load_n(&v->finished, __ATOMIC_ACQUIRE);
}

/* Finished, never begun, or beyond its time. */
static bool is_over(const struct visit *v, int64_t now_ms)
{
	return !v->started || is_finished(v) || now_ms >= v->deadline_ms;
}

/* Waits for a thread, a call or the time; true when asked to end. */
static bool wait_ms(struct collector *c, int64_t ms)
{
	struct pollfd fds[] = { { .fd = c->signals, .events = POLLIN },
				{ .fd = c->done, .events = POLLIN },
				{ .fd = c->wake, .events = POLLIN } };
	uint64_t n;

	if (ms < 0)
		ms = 0;
	if (poll(fds, 3, ms < MAX_SLEEP_MS ? (int)ms : MAX_SLEEP_MS) <= 0)
		return c->end;
	if (fds[1].revents && read(c->done, &n, sizeof(n)) < 0)
		n = 0; /* somebody has read it: the flags of the visits tell all */
	if (fds[2].revents) {
		wake_clear(c->wake);
		c->woken = true;
	}
	c->end = c->end || fds[0].revents != 0;
	return c->end;
}

/* What the next round must know, from how this visit went. */
static struct poll_state next_state(const struct visit *v)
{
	const struct job *j = &v->job;
	bool finished = v->started && is_finished(v);
	struct poll_state s = j->last;
	int64_t wait_s = j->source->interval_s(j->cfg);

	s.source = j->name;
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
			log_line(LOG_ERROR, "source=%s cannot be stored: %s", v->job.name,
				 failure.text);
			code = db_run(c->db, &q_undo, NULL, e);
			if (code)
				return code;
			v->job.error_code = "not_stored";
			v->job.error_text = "What it answered could not be stored";
		}
	}
	state = next_state(v);
	say(c, state.error_code ? state.error_code : "ok", v->job.name, state.error_text);
	if (state.error_code &&
	    (!v->job.last.error_code || strcmp(state.error_code, v->job.last.error_code) != 0))
		log_line(LOG_WARNING, "source=%s state=%s %s", state.source, state.error_code,
			 state.error_text);
	else if (!state.error_code && v->job.last.error_code)
		log_line(LOG_INFO, "source=%s state=ok", state.source);
	if (v->job.retry_s > 0 && !state.error_code && state.next_due > v->job.now &&
	    (!c->soon_s || state.next_due < c->soon_s))
		c->soon_s = state.next_due;
	code = put_state(v, &state, e);
	return code ? code : db_run(c->db, &q_keep, NULL, e);
}

/* ---- one round -------------------------------------------------------------------------------- */

static struct round *round_new(void)
{
	struct round *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->arena = arena_new();
	r->cfg = ARENA_NEW(r->arena, struct config);
	r->users = 1;
	return r;
}

static void round_leave(struct round *r)
{
	if (--r->users)
		return;
	arena_free(r->arena);
	free(r);
}

static void visit_free(struct visit *v)
{
	if (v->started)
		pthread_join(v->thread, NULL);
	arena_free(v->job.arena);
	round_leave(v->round);
	free(v);
}

static bool is_under_way(const struct collector *c, const char *name)
{
	for (const struct visit *v = c->visits; v; v = v->next)
		if (strcmp(v->job.name, name) == 0)
			return true;
	return false;
}

/* Begins the visit if the source is due. */
static enum err_code consider(struct collector *c, struct round *round, const struct source *source,
			      int instance, const char *name, struct err *e)
{
	struct visit *v = calloc(1, sizeof(*v));
	bool due = false;
	enum err_code code;

	if (!v)
		abort();
	*v = (struct visit){ .job = { .source = source,
				      .instance = instance,
				      .cfg = round->cfg,
				      .now = clock_now(),
				      .arena = arena_new() },
			     .round = round,
			     .c = c };
	round->users++;
	v->job.name = arena_strdup(v->job.arena, name);
	code = prepare(c, v, &due, e);
	if (!code && due) {
		v->next = c->visits;
		c->visits = v;
		start(c, v);
		return ERR_NONE;
	}
	if (!code)
		say(c, v->job.last.held ? "waiting after a refused login" : "not due", name, NULL);
	visit_free(v);
	return code;
}

static enum err_code start_source(struct collector *c, struct round *round,
				  const struct source *source, struct err *e)
{
	enum err_code code = ERR_NONE;

	for (int i = 0; !code && i < (source->instances ? source->instances : 1); i++) {
		const char *id = source->instances ? source->id(round->cfg, i) : "";
		const char *name = source->name;

		if (!id)
			continue;
		if (source->instances)
			name = arena_printf(round->arena, "%s/%s", source->name, id);
		if (!is_under_way(c, name))
			code = consider(c, round, source, i, name, e);
	}
	return code;
}

static enum err_code start_due(struct collector *c, struct round *round, struct err *e)
{
	enum err_code code = ERR_NONE;

	for (int i = 0; !code && c->sources[i]; i++) {
		if (c->o->only && strcmp(c->o->only, c->sources[i]->name) != 0)
			continue;
		if (c->sources[i]->enabled(round->cfg))
			code = start_source(c, round, c->sources[i], e);
		else
			say(c, "switched off", c->sources[i]->name, NULL);
	}
	return code;
}

/* In one transaction, those that are over. */
static enum err_code store_over(struct collector *c, struct err *e)
{
	int64_t now_ms = clock_monotonic_ms();
	struct visit *over = NULL, **at = &c->visits;
	enum err_code code = db_begin(c->db, TX_WRITE, e);

	while (*at) {
		struct visit *v = *at;

		if (!is_over(v, now_ms)) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		v->next = over;
		over = v;
		if (!code)
			code = store_visit(c, v, e);
	}
	if (!code)
		code = db_commit(c->db, e);
	db_rollback(c->db);
	while (over) {
		struct visit *v = over;

		over = v->next;
		if (v->started && !is_finished(v))
			c->stuck = true; /* its thread still uses it */
		else
			visit_free(v);
	}
	return code;
}

/* How many are over; *next_ms: when the next one will be at the latest. */
static int count_over(const struct collector *c, int *under_way, int64_t *next_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	int n = 0;

	*under_way = 0;
	for (const struct visit *v = c->visits; v; v = v->next) {
		if (is_over(v, now_ms)) {
			n++;
			continue;
		}
		++*under_way;
		if (v->deadline_ms < *next_ms)
			*next_ms = v->deadline_ms;
	}
	return n;
}

/* Stores what has answered, the first ones together, until all have, or until that time. */
static enum err_code settle(struct collector *c, int64_t until_ms, struct err *e)
{
	int64_t together_ms = clock_monotonic_ms() + TOGETHER_MS;
	enum err_code code = ERR_NONE;

	while (!code && c->visits && !c->end && !c->woken && !c->stuck) {
		int64_t now_ms = clock_monotonic_ms(), next_ms = until_ms;
		int under_way, over = count_over(c, &under_way, &next_ms);

		if (over && (!under_way || now_ms >= together_ms || now_ms >= until_ms)) {
			code = store_over(c, e);
			continue;
		}
		if (now_ms >= until_ms)
			break;
		if (over && together_ms < next_ms)
			next_ms = together_ms;
		wait_ms(c, next_ms - now_ms);
	}
	return code;
}

/* ---- chores ------------------------------------------------------------------------------------ */

/* One chore to its end, in short transactions; what is left when a signal comes is done an hour
 * later. */
static enum err_code do_chore(struct collector *c, const struct chore *chore,
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

/* Whether it went well. */
static bool chore_ok(struct collector *c, const struct chore *chore, const struct auth *auth)
{
	struct err failure;

	if (!do_chore(c, chore, auth, &failure))
		return true;
	log_line(LOG_WARNING, "chore=%s failed: %s", chore->name, failure.text);
	return false;
}

static void do_frequent(struct collector *c, const struct auth *auth)
{
	for (int i = 0; i < MAX_CHORES && c->chores[i].run; i++) {
		const struct chore *chore = &c->chores[i];

		if (chore->every_s && is_step(c->chore_at[i], auth->now, chore->every_s)) {
			c->chore_at[i] = auth->now;
			chore_ok(c, chore, auth);
		}
	}
}

static enum err_code sweep(struct collector *c, const struct config *cfg, struct arena *a,
			   struct err *e)
{
	struct auth auth = { .db = c->db, .cfg = cfg, .keys = &c->keys, .now = clock_now() };
	struct poll_state state;
	enum err_code code;

	do_frequent(c, &auth);
	code = poll_state_get(c->db, SWEEP, a, &state, e);
	if (code || (state.last_attempt.is && auth.now >= state.last_attempt.s &&
		     auth.now < state.next_due))
		return code;
	say(c, "sweeping", SWEEP, NULL);
	state.failures = 0;
	for (const struct chore *chore = c->chores; chore->run; chore++)
		if (!chore->every_s && !chore_ok(c, chore, &auth))
			state.failures++;
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

/* What is left in memory. */
static void flush_all(struct collector *c)
{
	struct err e;
	enum err_code code = db_begin(c->db, TX_WRITE, &e);

	for (int i = 0; !code && c->sources[i]; i++)
		if (c->sources[i]->flush)
			code = c->sources[i]->flush(c->db, &e);
	if (!code)
		code = series_flush(c->db, clock_now(), &e);
	if (!code)
		code = db_commit(c->db, &e);
	db_rollback(c->db);
	if (code)
		log_line(LOG_ERROR, "the last samples were not stored: %s", e.text);
}

/* ---- round after round -------------------------------------------------------------------------- */

static enum err_code one_round(struct collector *c, int64_t until_ms, struct err *e)
{
	struct round *round = round_new();
	enum err_code code = db_check_schema(c->db, e);

	c->woken = false;
	if (c->soon_s <= clock_now())
		c->soon_s = 0;
	if (!code)
		code = settings_load(round->cfg, round->arena, c->o->dir, c->db, e);
	if (!code)
		code = start_due(c, round, e);
	if (!code)
		code = settle(c, until_ms, e);
	if (!code && !c->end && !c->stuck && !c->o->only)
		code = sweep(c, round->cfg, round->arena, e);
	round_leave(round);
	return code;
}

/* When the next round begins: at a multiple of the period by the wall clock, so that each sample
 * falls into a step of its own. */
static int64_t next_round_ms(const struct collector *c)
{
	int64_t every_ms = (c->o->every_s > 0 ? c->o->every_s : 1) * 1000, wait;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	wait = every_ms -
	       ((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + every_ms - GRID_OFFSET_MS) %
		       every_ms;
	if (wait < every_ms / 10) /* this is the round of that multiple, a little early */
		wait += every_ms;
	return clock_monotonic_ms() + wait;
}

/* The threads of visits that are under way end with the process, and nothing of them is stored. */
static void leave(struct collector *c)
{
	flush_all(c);
	if (c->stuck) {
		log_line(LOG_ERROR, "a source did not keep its time limit, the collector ends");
		_exit(1);
	}
	if (c->visits)
		_exit(0);
}

/* A round that fails as a whole is tried again by the next; what is told is how the last one
 * went. */
static enum err_code rounds(struct collector *c, struct err *e)
{
	int64_t end_ms = clock_monotonic_ms() + c->o->for_s * 1000;

	for (;;) {
		int64_t next_ms = next_round_ms(c), wait;
		enum err_code code = one_round(c, next_ms < end_ms ? next_ms : INT64_MAX, e);

		if (c->end || c->stuck)
			return ERR_NONE;
		if (c->soon_s) {
			wait = (c->soon_s - clock_now()) * 1000;
			if (clock_monotonic_ms() + wait < next_ms)
				next_ms = clock_monotonic_ms() + wait;
		}
		if (next_ms >= end_ms && !c->visits)
			return code;
		if (code)
			log_line(LOG_ERROR, "round failed: %s", e->text);
		while (clock_monotonic_ms() < next_ms && !c->woken)
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
	c->wake = wake_listen(c->o->dir);
	if (c->wake < 0)
		log_line(LOG_WARNING, "nobody can wake the collector: %s", strerror(errno));
	if (c->signals < 0 || c->done < 0)
		return err_set(e, ERR_INTERNAL, "Cannot watch signals: %s", strerror(errno));
	code = auth_keys_load(&c->keys, c->o->dir, e);
	if (!code)
		code = db_open(&c->db, c->o->dir, DB_COLLECT, e);
	if (!code)
		live_write(db_live(c->db));
	return code;
}

enum err_code collect_run(const struct collect_options *o, const struct source *const *sources,
			  const struct chore *chores, struct err *e)
{
	struct collector c = {
		.o = o, .sources = sources, .chores = chores, .signals = -1, .done = -1, .wake = -1
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
	if (c.db)
		leave(&c);
	while (c.known) {
		struct known *k = c.known;

		c.known = k->next;
		free(k->name);
		free(k->memory);
		free(k);
	}
	db_close(c.db);
	if (c.signals >= 0)
		close(c.signals);
	if (c.done >= 0)
		close(c.done);
	if (c.wake >= 0)
		close(c.wake);
	close(fd);
	return code;
}
