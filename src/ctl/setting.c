/* setting.c: hearthctl config ... */
#include "ctl/commands.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "auth/audit.h"
#include "db/settings.h"
#include "house/house.h"

#define MARK "HEARTH_"

enum { MAX_VALUE = 8192 }; /* bytes: the longest value any key takes */

struct release {
	const char *source;
};

static const struct field release_fields[] = {
	{ FIELD(struct release, source) },
	{ .key = NULL },
};
static const struct shape release_shape = { "Release", sizeof(struct release), release_fields };

QUERY(q_release) = {
	.sql = "UPDATE series.poll_state SET held = 0, next_due = 0 WHERE source = :source",
	.in = &release_shape,
};

/* The database, where there is one already. */
static enum err_code open_if_there(struct ctl *c, struct err *e)
{
	if (access(arena_printf(c->arena, "%s/hearth.db", c->dir), F_OK))
		return ERR_NONE;
	return db_open(&c->db, c->dir, DB_COLLECT, e);
}

static enum err_code read_all(struct ctl *c, struct config **out, struct faults *fs, struct err *e)
{
	enum err_code code;

	if (access(c->dir, F_OK))
		return err_set(e, ERR_NOT_FOUND, "There is no folder %.200s", c->dir);
	code = c->db ? ERR_NONE : open_if_there(c, e);
	faults_init(fs, c->arena);
	*out = ARENA_NEW(c->arena, struct config);
	return code ? code : settings_read(*out, c->arena, c->dir, c->db, fs, e);
}

static void say_faults(const struct faults *fs)
{
	for (const struct fault *f = fs->first; f; f = f->next)
		fprintf(stderr, "hearthctl: %s\n", f->text);
}

/* HEARTH_FRITZBOX_NOPE: the section is one of ours, the key is not. */
static bool is_strange(const char *name)
{
	char prefix[CONFIG_NAME];

	if (config_find(name))
		return false;
	for (const struct config_key *k = config_keys; k->f.key; k++) {
		config_section(k, prefix);
		strcat(prefix, "_");
		if (strncasecmp(name, prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}

/* Variables that look like settings; returns how many. */
static int say_strange_variables(struct ctl *c)
{
	int n = 0;

	for (char **variable = environ; *variable; variable++) {
		const char *name = arena_strndup(c->arena, *variable, strcspn(*variable, "="));

		if (strncmp(name, MARK, strlen(MARK)) != 0 || !is_strange(name + strlen(MARK)))
			continue;
		fprintf(stderr, "hearthctl: environment variable %s: unknown key\n", name);
		n++;
	}
	return n;
}

int setting_print(struct ctl *c)
{
	struct config *cfg;
	struct faults fs;
	struct err e = { 0 };

	if (read_all(c, &cfg, &fs, &e))
		return command_failed(&e);
	config_print(cfg, stdout);
	say_faults(&fs);
	return fs.count ? CTL_FAILED : CTL_OK;
}

int setting_check(struct ctl *c)
{
	struct config *cfg;
	struct faults fs, between;
	struct err e = { 0 };

	if (read_all(c, &cfg, &fs, &e))
		return command_failed(&e);
	say_faults(&fs);
	faults_init(&between, c->arena);
	config_check(cfg, &between);
	for (const struct fault *f = between.first; f; f = f->next)
		fprintf(stderr, "hearthctl: %s: %s\n", f->name, f->text);
	if (say_strange_variables(c) || fs.count || between.count)
		return CTL_FAILED;
	puts("All settings are fine");
	return CTL_OK;
}

int setting_get(struct ctl *c)
{
	const struct config_key *k = config_find(c->args[0]);
	struct config *cfg;
	struct faults fs;
	struct err e = { 0 };
	const char *value;

	if (!k) {
		fprintf(stderr, "hearthctl: %s: Unknown configuration key\n", c->args[0]);
		return CTL_NOT_FOUND;
	}
	if (read_all(c, &cfg, &fs, &e))
		return command_failed(&e);
	say_faults(&fs);
	value = config_text(cfg, k, c->arena);
	puts(k->secret && *value && !command_option(c, "reveal") ? "********" : value);
	return CTL_OK;
}

static enum err_code release(struct ctl *c, const char *name, struct err *e)
{
	return db_run(c->db, &q_release, &(struct release){ name }, e);
}

static bool is_touched(const struct source *source, const struct settings_change *changes, size_t n)
{
	char section[CONFIG_NAME];

	for (size_t i = 0; i < n; i++) {
		config_section(config_find(changes[i].name), section);
		if (strcmp(section, source->name) == 0)
			return true;
	}
	return false;
}

/* Whoever sets a key of a source has mended something, perhaps on its side alone: it is asked again
 * in the next round, also where it waits after a refused login. */
static enum err_code release_touched(struct ctl *c, const struct settings_change *changes, size_t n,
				     struct err *e)
{
	struct config *cfg;
	struct faults ignored;
	enum err_code code = read_all(c, &cfg, &ignored, e);

	for (int s = 0; !code && sources[s]; s++) {
		if (!is_touched(sources[s], changes, n))
			continue;
		if (!sources[s]->instances)
			code = release(c, sources[s]->name, e);
		for (int i = 0; !code && i < sources[s]->instances; i++) {
			const char *id = sources[s]->id(cfg, i);

			if (id)
				code = release(
					c, arena_printf(c->arena, "%s/%s", sources[s]->name, id),
					e);
		}
	}
	return code;
}

static enum err_code store(struct ctl *c, const struct settings_change *changes, size_t n,
			   struct faults *fs, struct err *e)
{
	const char *names = NULL;
	enum err_code code = db_begin(c->db, TX_WRITE, e);

	if (code)
		return code;
	code = settings_set(c->db, c->dir, changes, n, c->now, fs, &names, e);
	if (!code && names)
		code = audit_add(c->db, c->now, NULL, "config.update", NULL, names, e);
	if (!code)
		code = release_touched(c, changes, n, e);
	if (!code)
		code = db_commit(c->db, e);
	if (code)
		db_rollback(c->db);
	return code;
}

/* All or none; every refusal is said. */
static int change(struct ctl *c, const struct settings_change *changes, size_t n)
{
	struct faults fs;
	struct err e = { 0 };
	int status = CTL_FAILED;
	enum err_code code;

	faults_init(&fs, c->arena);
	code = store(c, changes, n, &fs, &e);
	if (!code)
		return CTL_OK;
	if (code != ERR_INVALID)
		return command_failed(&e);
	for (const struct fault *f = fs.first; f; f = f->next) {
		fprintf(stderr, "hearthctl: %s: %s\n", f->name, f->text);
		if (!config_find(f->name))
			status = CTL_NOT_FOUND;
	}
	return status;
}

int setting_set(struct ctl *c)
{
	struct settings_change changes[CTL_MAX_ARGS / 2];
	size_t n = 0;

	if (c->n_args % 2)
		return command_usage(c, "%s has no value", c->args[c->n_args - 1]);
	for (int i = 0; i < c->n_args; i += 2) {
		const char *value = c->args[i + 1];

		if (strcmp(value, "-") == 0)
			value = command_read_line(c, MAX_VALUE);
		if (!value)
			return CTL_FAILED;
		changes[n++] = (struct settings_change){ c->args[i], value };
	}
	return change(c, changes, n);
}

int setting_unset(struct ctl *c)
{
	struct settings_change changes[CTL_MAX_ARGS];

	for (int i = 0; i < c->n_args; i++)
		changes[i] = (struct settings_change){ c->args[i], NULL };
	return change(c, changes, (size_t)c->n_args);
}
