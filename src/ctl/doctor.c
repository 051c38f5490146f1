/* doctor.c: hearthctl doctor */
#include "ctl/commands.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <sqlite3.h>

#include "auth/account.h"
#include "base/seal.h"
#include "collect/series.h"
#include "collect/state.h"
#include "db/migrate.h"
#include "db/settings.h"
#include "house/house.h"

enum {
	DISK_FAULT = 100 << 20, /* bytes free */
	DISK_WARN = 1 << 30,
	WAL_WARN = 64 << 20, /* bytes; the usual checkpoint comes at 4 MiB */
	CLOCK_SLACK_S = 120, /* stored times may be ahead of the clock by so much */
	MANY_FAULTS = 10,    /* lines of one kind */
};

static const int64_t built_s =
	1735689600; /* 2025-01-01: no clock of this program's time shows less */

enum state { FINE, WARNING, FAULT };

struct visit {
	struct ctl *c;
	struct config *cfg;
	int faults, warnings;
};

/* One finding: what, and behind it what to do. */
static void __attribute__((format(printf, 4, 5)))
say(struct visit *v, enum state state, const char *what, const char *format, ...)
{
	static const char *const words[] = { "ok", "warning", "FAULT" };
	va_list ap;

	printf("%-8s %-12s ", words[state], what);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	v->faults += state == FAULT;
	v->warnings += state == WARNING;
}

static const char *in_dir(struct visit *v, const char *name)
{
	return arena_printf(v->c->arena, "%s/%s", v->c->dir, name);
}

static void check_modes(struct visit *v)
{
	static const char *const names[] = { "",	  "hearth.conf", "secret.key",
					     "hearth.db", "series.db",	 ACCOUNT_FIRST_LOGIN };
	bool fine = true;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = *names[i] ? in_dir(v, names[i]) : v->c->dir;
		struct stat st;

		if (stat(path, &st))
			continue;
		if (st.st_mode & 077) {
			say(v, FAULT, "files", "others may read %s: chmod %s %s", path,
			    *names[i] ? "600" : "700", path);
			fine = false;
		}
		if (st.st_uid != geteuid() && geteuid() != 0) {
			say(v, FAULT, "files", "%s belongs to another user: run this as that user",
			    path);
			fine = false;
		}
	}
	if (fine)
		say(v, FINE, "files", "only their owner may read them");
	if (access(in_dir(v, ACCOUNT_FIRST_LOGIN), F_OK) == 0)
		say(v, WARNING, "password",
		    "the first password still counts: log in with what is in %s and change it",
		    in_dir(v, ACCOUNT_FIRST_LOGIN));
}

static void check_key(struct visit *v)
{
	unsigned char key[SEAL_KEY];
	struct err e = { 0 };

	if (seal_key_load(v->c->dir, key, &e))
		say(v, FAULT, "key", "%s", e.text);
	else
		say(v, FINE, "key", "secret.key is there");
}

/* The version of a database's schema; -1: it cannot be read. */
static int schema_version(struct visit *v, const char *name)
{
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	int version = -1;

	if (sqlite3_open_v2(in_dir(v, name), &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return version;
}

static const char *schema_advice(struct visit *v)
{
	int hearth = schema_version(v, "hearth.db"), series = schema_version(v, "series.db");

	if (access(in_dir(v, "hearth.db"), F_OK) || access(in_dir(v, "series.db"), F_OK))
		return "hearthctl init makes what is missing";
	if (hearth < 0 || series < 0)
		return "stop Hearth and restore the newest backup";
	if (hearth > migrate_version("hearth") || series > migrate_version("series"))
		return "a newer Hearth has written it, start that one";
	return "hearthctl migrate brings it up to date";
}

static bool check_schema(struct visit *v)
{
	struct err e = { 0 };

	if (db_open(&v->c->db, v->c->dir, DB_COLLECT, &e)) {
		say(v, FAULT, "schema", "%s: %s", e.text, schema_advice(v));
		return false;
	}
	say(v, FINE, "schema", "fits this program");
	return true;
}

static int say_damage(void *ctx, int n, char **values, char **names)
{
	struct visit *v = ctx;

	(void)n;
	(void)names;
	if (!values[0] || strcmp(values[0], "ok") != 0)
		say(v, FAULT, "integrity", "%s: stop Hearth and restore the newest backup",
		    values[0] ? values[0] : "?");
	return 0;
}

static void check_integrity(struct visit *v)
{
	static const char *const checks[] = { "PRAGMA main.quick_check(10)",
					      "PRAGMA series.quick_check(10)" };
	int before = v->faults;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (sqlite3_exec(db_handle(v->c->db), checks[i], say_damage, v, NULL) != SQLITE_OK)
			say(v, FAULT, "integrity", "%s: stop Hearth and restore the newest backup",
			    sqlite3_errmsg(db_handle(v->c->db)));
	if (v->faults == before)
		say(v, FINE, "integrity", "both databases are whole");
}

static void check_settings(struct visit *v)
{
	struct faults fs;
	struct err e = { 0 };
	int said = 0;

	faults_init(&fs, v->c->arena);
	v->cfg = ARENA_NEW(v->c->arena, struct config);
	if (settings_read(v->cfg, v->c->arena, v->c->dir, v->c->db, &fs, &e)) {
		say(v, FAULT, "settings", "%s", e.text);
		return;
	}
	for (const struct fault *f = fs.first; f && said < MANY_FAULTS; f = f->next, said++)
		say(v, FAULT, "settings", "%s", f->text);
	faults_init(&fs, v->c->arena);
	config_check(v->cfg, &fs);
	for (const struct fault *f = fs.first; f && said < MANY_FAULTS; f = f->next, said++)
		say(v, FAULT, "settings", "%s: %s", f->name, f->text);
	if (!said)
		say(v, FINE, "settings",
		    "the file, the environment and the stored values are fine");
}

static void check_clock(struct visit *v)
{
	struct timex time = { .modes = 0 };

	if (v->c->now < built_s)
		say(v, FAULT, "clock", "it shows %s: set it", command_stamp(v->c, v->c->now));
	else if (adjtimex(&time) == TIME_ERROR)
		say(v, WARNING, "clock", "%s, kept by nobody: install chrony or systemd-timesyncd",
		    command_stamp(v->c, v->c->now));
	else
		say(v, FINE, "clock", "%s", command_stamp(v->c, v->c->now));
}

/* UINT64_MAX: nobody tells. */
static uint64_t free_bytes_of(struct visit *v)
{
	struct statvfs fs;

	return statvfs(v->c->dir, &fs) ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

static void check_disk(struct visit *v)
{
	uint64_t free_bytes = free_bytes_of(v);
	enum state state;

	if (free_bytes == UINT64_MAX) {
		say(v, FAULT, "disk", "cannot ask how much is free");
		return;
	}
	state = free_bytes < DISK_FAULT ? FAULT : free_bytes < DISK_WARN ? WARNING : FINE;
	say(v, state, "disk", "%" PRIu64 " MiB free%s", free_bytes >> 20,
	    state == FINE ? "" : ": make room, or keep metrics and events for fewer days");
}

static void check_wal(struct visit *v)
{
	static const char *const names[] = { "hearth.db-wal", "series.db-wal" };
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (stat(in_dir(v, names[i]), &st) == 0)
			say(v, st.st_size > WAL_WARN ? WARNING : FINE, "wal",
			    "%s has %" PRIu64 " KiB%s", names[i], (uint64_t)st.st_size >> 10,
			    st.st_size > WAL_WARN
				    ? ": some process reads without an end; restart Hearth"
				    : "");
}

/* What the history will grow to. */
static void check_history(struct visit *v)
{
	struct series_forecast f;
	struct err e = { 0 };
	int64_t growth;
	bool fits;

	if (series_forecast(v->c->db, v->cfg, v->c->now, &f, &e)) {
		say(v, FAULT, "history", "%s", e.text);
		return;
	}
	growth = f.bytes_final > f.bytes_now ? f.bytes_final - f.bytes_now : 0;
	fits = (uint64_t)growth < free_bytes_of(v);
	say(v, FINE, "history",
	    "%" PRId64 " subjects; series.db has %" PRId64 " MiB and comes to about %" PRId64
	    " MiB; the collector writes about %" PRId64 " MiB a day",
	    f.subjects, f.bytes_now >> 20, f.bytes_final >> 20, f.bytes_per_day >> 20);
	if (f.limited)
		say(v, FINE, "history",
		    "APP_METRICS_MAX_MB keeps it so: then raw metrics reach back %" PRId64
		    " hours, minutes %" PRId64 " days, 5 minutes %" PRId64 ", 30 minutes %" PRId64
		    ", hours %" PRId64,
		    f.reach_s[TIER_RAW] / 3600, f.reach_s[TIER_MINUTE] / 86400,
		    f.reach_s[TIER_5MIN] / 86400, f.reach_s[TIER_30MIN] / 86400,
		    f.reach_s[TIER_HOUR] / 86400);
	if (f.cramped)
		say(v, WARNING, "history",
		    "APP_METRICS_MAX_MB is less than the charts need, so series.db becomes larger");
	if (f.crowded)
		say(v, WARNING, "history",
		    "there will soon be no room for more servers and guests: what is new then has no history");
	if (!fits)
		say(v, WARNING, "history",
		    "the disk has no room for that: make room, or keep metrics for fewer days");
}

/* The last visit of one; old enough to worry is three intervals. */
static void check_visit(struct visit *v, const struct source *source, const char *name)
{
	struct poll_state state;
	struct err e = { 0 };
	int64_t late_s;

	if (poll_state_get(v->c->db, name, v->c->arena, &state, &e)) {
		say(v, FAULT, "source", "%s: %s", name, e.text);
		return;
	}
	late_s = 3 * source->interval_s(v->cfg) + CLOCK_SLACK_S;
	if (state.last_attempt.is && state.last_attempt.s > v->c->now + CLOCK_SLACK_S)
		say(v, FAULT, "clock", "%s was asked at %s, which is yet to come: set the clock",
		    name, command_stamp(v->c, state.last_attempt.s));
	else if (state.error_code)
		say(v, FAULT, "source", "%s: %s (last success %s)", name,
		    state.error_text ? state.error_text : state.error_code,
		    command_stamp(v->c, state.last_success.s));
	else if (!state.last_success.is || v->c->now - state.last_success.s > late_s)
		say(v, WARNING, "source", "%s was last asked at %s: is hearth-collect running?",
		    name, command_stamp(v->c, state.last_success.s));
	else
		say(v, FINE, "source", "%s answered at %s", name,
		    command_stamp(v->c, state.last_success.s));
}

static void check_source(struct visit *v, const struct source *source)
{
	if (!source->enabled(v->cfg)) {
		say(v, FINE, "source", "%s is off", source->name);
		return;
	}
	if (!source->instances)
		check_visit(v, source, source->name);
	for (int i = 0; i < source->instances; i++) {
		const char *id = source->id(v->cfg, i);

		if (id)
			check_visit(v, source,
				    arena_printf(v->c->arena, "%s/%s", source->name, id));
	}
}

int doctor(struct ctl *c)
{
	struct visit v = { .c = c };

	if (access(c->dir, R_OK | W_OK | X_OK)) {
		say(&v, FAULT, "files", "%s is not there or not yours: hearthctl -d %s init",
		    c->dir, c->dir);
		return CTL_FAILED;
	}
	check_modes(&v);
	check_key(&v);
	if (check_schema(&v))
		check_integrity(&v);
	check_settings(&v);
	check_clock(&v);
	check_disk(&v);
	check_wal(&v);
	if (c->db && v.cfg)
		check_history(&v);
	for (int i = 0; c->db && v.cfg && sources[i]; i++)
		check_source(&v, sources[i]);
	if (v.faults || v.warnings)
		printf("%d faults, %d warnings\n", v.faults, v.warnings);
	else
		puts("All is well");
	return v.faults ? CTL_FAILED : CTL_OK;
}
