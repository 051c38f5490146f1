/* generate.c: what hearthctl prints from the tables of routes, settings and commands */
#include "ctl/commands.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "gen/gen.h"
#include "house/house.h"

/* Prints and frees. */
static int print(struct buf *text)
{
	if (text->size)
		fwrite(text->data, 1, text->size, stdout);
	buf_done(text);
	return CTL_OK;
}

/* The folder's absolute name; NULL when it is not there, which is said. */
static const char *absolute(struct ctl *c)
{
	char path[PATH_MAX];

	if (realpath(c->dir, path))
		return arena_strdup(c->arena, path);
	fprintf(stderr, "hearthctl: there is no folder %s\n", c->dir);
	return NULL;
}

int generate_routes(struct ctl *c)
{
	bool json = command_option(c, "json"), lint = command_option(c, "lint");

	if (json && lint)
		return command_usage(c, "--lint and --json do not go together");
	if (lint)
		return gen_lint(families, stdout) ? CTL_FAILED : CTL_OK;
	gen_matrix(families, stdout, json);
	return CTL_OK;
}

int generate_openapi(struct ctl *c)
{
	struct buf text = { 0 };
	struct err e = { 0 };

	if (!gen_openapi(families, c->args[0], NULL, &text, &e))
		return print(&text);
	buf_done(&text);
	return command_failed(&e);
}

int generate_nginx(struct ctl *c)
{
	const char *listen = command_option(c, "listen"), *port = command_option(c, "port");
	struct gen_nginx_options o = {
		.listen = listen ? listen : "127.0.0.1",
		.panel_dir = command_option(c, "panel"),
		.user = command_option(c, "user"),
		.tls_certificate = command_option(c, "tls-certificate"),
		.tls_key = command_option(c, "tls-key"),
	};
	int64_t number = 8080;
	struct buf text = { 0 };
	struct err e = { 0 };

	if (port && (!parse_int(port, &number) || number < 1 || number > 65535))
		return command_usage(c, "--port is a number from 1 to 65535");
	if (!o.tls_certificate != !o.tls_key)
		return command_usage(c, "--tls-certificate and --tls-key go together");
	o.port = (int)number;
	o.dir = absolute(c);
	if (!o.dir)
		return CTL_NOT_FOUND;
	if (!gen_nginx(families, &o, &text, &e))
		return print(&text);
	buf_done(&text);
	return command_failed(&e);
}

int generate_pools(struct ctl *c)
{
	const char *dir = absolute(c);
	struct buf text = { 0 };

	if (!dir)
		return CTL_NOT_FOUND;
	gen_pools(families, dir, &text);
	return print(&text);
}

int generate_template(struct ctl *c)
{
	struct buf text = { 0 };

	(void)c;
	gen_keys_template(&text);
	return print(&text);
}

int generate_config_man(struct ctl *c)
{
	struct buf text = { 0 };

	(void)c;
	gen_keys_man(&text);
	return print(&text);
}

int generate_completion(struct ctl *c)
{
	struct buf text = { 0 };

	(void)c;
	command_completion(&text);
	return print(&text);
}

int generate_man(struct ctl *c)
{
	struct buf text = { 0 };

	(void)c;
	command_man(&text);
	return print(&text);
}

void complete_families(struct buf *out)
{
	buf_str(out, "all");
	for (const struct family *const *family = families; *family; family++)
		buf_printf(out, " %s", (*family)->name);
}

void complete_settings(struct buf *out)
{
	buf_str(out, "$(\"${ctl[@]}\" config print 2>/dev/null | cut -d ' ' -f 1)");
}

void complete_users(struct buf *out)
{
	buf_str(out, "$(\"${ctl[@]}\" user list 2>/dev/null | awk 'NR > 1 { print $2 }')");
}

void complete_tokens(struct buf *out)
{
	buf_str(out, "$(\"${ctl[@]}\" token list 2>/dev/null | awk 'NR > 1 { print $1 }')");
}
