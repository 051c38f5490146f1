/* user.c: hearthctl user ... */
#include "ctl/commands.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "auth/account.h"
#include "auth/password.h"
#include "base/text.h"

/* The password from standard input, or a random one; NULL when standard input has none that will
 * do. */
static const char *password_get(struct ctl *c, bool *random)
{
	const char *password;

	*random = !command_option(c, "password-stdin");
	if (*random) {
		char text[PASSWORD_FIRST];

		password_random(text);
		return arena_strdup(c->arena, text);
	}
	password = command_read_line(c, PASSWORD_MAX_BYTES);
	if (password &&
	    (!is_utf8(password, strlen(password)) || utf8_length(password) < PASSWORD_MIN_CHARS)) {
		fprintf(stderr, "hearthctl: the password must have at least %d characters\n",
			PASSWORD_MIN_CHARS);
		password = NULL;
	}
	return password;
}

int user_add(struct ctl *c)
{
	const char *role = command_option(c, "role"), *password;
	struct err e = { 0 };
	int64_t id;
	bool random;

	password = password_get(c, &random);
	if (!password)
		return CTL_FAILED;
	if (account_add(c->db, c->args[0], role ? role : "member", password, random, c->now, &id,
			&e))
		return command_failed(&e);
	if (random)
		printf("password: %s\n", password);
	return CTL_OK;
}

int user_passwd(struct ctl *c)
{
	char name[USERNAME_TEXT];
	struct err e = { 0 };
	bool random;
	const char *password = password_get(c, &random);

	if (!password)
		return CTL_FAILED;
	if (account_password_set(c->db, c->args[0], password, random, c->now, &e))
		return command_failed(&e);
	if (parse_username(c->args[0], name) && strcmp(name, "admin") == 0)
		unlink(arena_printf(c->arena, "%s/" ACCOUNT_FIRST_LOGIN,
				    c->dir)); /* it is not so any more */
	if (random)
		printf("password: %s\n", password);
	return CTL_OK;
}

static enum err_code print_account(void *row, void *ctx, struct err *e)
{
	const struct account *account = row;

	(void)ctx;
	(void)e;
	printf("%-4" PRId64 " %-24s %-8s %-10s %s\n", account->id, account->username, account->role,
	       account->active ? "active" : "inactive",
	       account->force_password_change ? "must change the password"
	       : account->password_hash	      ? "-"
					      : "no password");
	return ERR_NONE;
}

int user_list(struct ctl *c)
{
	struct err e = { 0 };

	printf("%-4s %-24s %-8s %-10s %s\n", "ID", "NAME", "ROLE", "STATE", "NOTE");
	return account_each(c->db, print_account, NULL, &e) ? command_failed(&e) : CTL_OK;
}
