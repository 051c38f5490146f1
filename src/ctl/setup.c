/* setup.c: hearthctl init, migrate, demo */
#include "ctl/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/account.h"
#include "auth/password.h"
#include "base/seal.h"
#include "db/migrate.h"
#include "gen/gen.h"
#include "network/demo.h"

#define ADMIN "admin"

static enum err_code file_failed(const char *path, struct err *e)
{
	return err_set(e, ERR_INTERNAL, "%.200s: %s", path, strerror(errno));
}

/* With its parents; those that are there stay as they are. */
static enum err_code make_folder(const char *path, struct err *e)
{
	char part[PATH_MAX];
	struct stat st;

	for (size_t i = 1; i <= strlen(path) && i < sizeof(part); i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, path[i] ? 0755 : 0700) && errno != EEXIST)
			return file_failed(part, e);
	}
	if (stat(path, &st))
		return file_failed(path, e);
	return S_ISDIR(st.st_mode) ? ERR_NONE
				   : err_set(e, ERR_CONFLICT, "%.200s is no folder", path);
}

/* Whole or not at all, mode 0600. */
static enum err_code write_file(struct ctl *c, const char *path, const char *text, struct err *e)
{
	const char *new_path = arena_printf(c->arena, "%s.%ld", path, (long)getpid());
	int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	bool written;

	if (fd < 0)
		return file_failed(new_path, e);
	written = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
	if (close(fd) == 0 && written && rename(new_path, path) == 0)
		return ERR_NONE;
	file_failed(path, e);
	unlink(new_path);
	return e->code;
}

static enum err_code make_files(struct ctl *c, struct err *e)
{
	static const char *const folders[] = { "log", "run", "photos" };
	const char *conf = arena_printf(c->arena, "%s/hearth.conf", c->dir);
	struct buf text = { 0 };
	bool created;
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < sizeof(folders) / sizeof(folders[0]); i++)
		code = make_folder(arena_printf(c->arena, "%s/%s", c->dir, folders[i]), e);
	if (!code && access(conf, F_OK)) {
		gen_keys_template(&text);
		code = write_file(c, conf, text.data, e);
		buf_done(&text);
	}
	return code ? code : seal_key_create(c->dir, &created, e);
}

static enum err_code is_active_admin(void *row, void *ctx, struct err *e)
{
	const struct account *account = row;
	bool *there = ctx;

	(void)e;
	*there |= account->active && strcmp(account->role, "admin") == 0;
	return ERR_NONE;
}

/* The password is on the disk before the account exists: who is interrupted in between is asked
 * nothing and loses nothing, since the next run finds no admin and begins again. */
static enum err_code add_admin(struct ctl *c, struct err *e)
{
	const char *path = arena_printf(c->arena, "%s/" ACCOUNT_FIRST_LOGIN, c->dir);
	char password[PASSWORD_FIRST];
	enum err_code code;
	int64_t id;

	password_random(password);
	code = write_file(c, path,
			  arena_printf(c->arena, "username: " ADMIN "\npassword: %s\n", password),
			  e);
	if (code)
		return code;
	code = account_add(c->db, ADMIN, "admin", password, true, c->now, &id, e);
	if (code) {
		unlink(path);
		if (code == ERR_CONFLICT)
			err_set(e, code,
				"There is no active admin, and the name " ADMIN
				" is taken: add one with "
				"hearthctl user add NAME --role admin");
		return code;
	}
	printf("username: " ADMIN "\npassword: %s\n", password);
	return ERR_NONE;
}

/* Until the end of the process: of two at once the second finds everything done. */
static enum err_code lock(struct ctl *c, struct err *e)
{
	int fd = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX) == 0 ? ERR_NONE : file_failed(c->dir, e);
}

int setup_init(struct ctl *c)
{
	struct err e = { 0 };
	bool changed, admin = false;

	umask(077);
	if (make_folder(c->dir, &e) || lock(c, &e) || make_files(c, &e) ||
	    migrate(c->dir, &changed, &e) || db_open(&c->db, c->dir, DB_COLLECT, &e) ||
	    account_each(c->db, is_active_admin, &admin, &e) || (!admin && add_admin(c, &e)))
		return command_failed(&e);
	return CTL_OK;
}

int setup_migrate(struct ctl *c)
{
	struct err e = { 0 };
	bool changed;

	if (access(arena_printf(c->arena, "%s/hearth.db", c->dir), F_OK))
		return command_no_home(c);
	umask(077);
	if (migrate(c->dir, &changed, &e))
		return command_failed(&e);
	puts(changed ? "Migrated" : "Nothing to do");
	return CTL_OK;
}

int setup_demo(struct ctl *c)
{
	struct err e = { 0 };

	return network_demo(c->db, c->now, &e) ? command_failed(&e) : CTL_OK;
}
