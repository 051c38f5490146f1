/* setting.c: hearthctl config ... */
#include "ctl/commands.h"

#include <string.h>
#include <unistd.h>

#include "auth/audit.h"
#include "db/settings.h"

enum { MAX_VALUE = 8192 }; /* bytes: the longest value any key takes */

/* The database, where there is one already. */
static enum err_code open_if_there(struct ctl *c, struct err *e)
{
	if (access(arena_printf(c->arena, "%s/hearth.db", c->dir), F_OK))
		return ERR_NONE;
	return db_open(&c->db, c->dir, DB_COLLECT, e);
}

static enum err_code read_all(struct ctl *c, struct config **out, struct faults *fs, struct err *e)
{
	enum err_code code = open_if_there(c, e);

	faults_init(fs, c->arena);
	*out = ARENA_NEW(c->arena, struct config);
	return code ? code : settings_read(*out, c->arena, c->dir, c->db, fs, e);
}

static void say_faults(const struct faults *fs)
{
	for (const struct fault *f = fs->first; f; f = f->next)
		fprintf(stderr, "hearthctl: %s\n", f->text);
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
	if (fs.count || between.count)
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
