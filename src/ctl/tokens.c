/* tokens.c: hearthctl token ... */
#include "ctl/commands.h"

#include <inttypes.h>
#include <string.h>

#include "auth/account.h"
#include "auth/api_key.h"
#include "auth/audit.h"
#include "auth/token.h"
#include "base/text.h"

/* ---- create ---- */

/* Inside a transaction. */
static enum err_code create_key(struct ctl *c, const struct account *owner, const char *name,
				char out[TOKEN_TEXT], int64_t *id, struct err *e)
{
	struct api_key key;
	enum err_code code = api_key_create(c->db, owner->id, name, c->now, &key, e);

	if (code)
		return code;
	*id = key.id;
	snprintf(out, TOKEN_TEXT, "%s", key.key);
	return ERR_NONE;
}

static enum err_code create(struct ctl *c, const struct token_request *rq,
			    const struct account *owner, char out[TOKEN_TEXT], struct err *e)
{
	bool is_key = strcmp(rq->kind, "ha") == 0;
	int64_t id = 0;
	enum err_code code = db_begin(c->db, TX_WRITE, e);

	if (code)
		return code;
	if (is_key) {
		code = create_key(c, owner, rq->name, out, &id, e);
	} else {
		code = token_create(c->db, rq, c->now, out, e);
		id = db_last_id(c->db);
	}
	if (!code)
		code = audit_add(c->db, c->now, NULL, is_key ? "api_key.create" : "token.create",
				 arena_printf(c->arena, "%" PRId64, id), NULL, e);
	if (!code)
		code = db_commit(c->db, e);
	if (code)
		db_rollback(c->db);
	return code;
}

/* A token may what both it and its owner's role may, as it is at the time. */
static void warn_beyond(const struct account *owner, const char *scopes)
{
	char names[SCOPE_LIST];
	const char *bad;
	scope_set set;

	if (!parse_scopes(scopes, &set, &bad) || !(set &= ~role_scopes(owner->role)))
		return;
	write_scopes(set, names);
	fprintf(stderr, "hearthctl: as long as %s is a %s, the token may not use %s\n",
		owner->username, owner->role, names);
}

int tokens_create(struct ctl *c)
{
	const char *kind = command_option(c, "kind"), *expires = command_option(c, "expires");
	const char *user = command_option(c, "user"), *name = command_option(c, "name");
	const char *scopes = command_option(c, "scopes");
	struct token_request rq = { .username = user,
				    .kind = kind ? kind : "tt",
				    .scopes = scopes };
	char all[SCOPE_LIST], text[TOKEN_TEXT];
	struct account owner;
	struct err e = { 0 };
	bool is_key = strcmp(rq.kind, "ha") == 0;

	if (is_key && (scopes || expires))
		return command_usage(c, "an API key (ha) takes neither --scopes nor --expires");
	if (expires && (!parse_int(expires, &rq.expires_days) || rq.expires_days < 1 ||
			rq.expires_days > TOKEN_EXPIRES_DAYS))
		return command_usage(c, "--expires is a number of days from 1 to %d",
				     TOKEN_EXPIRES_DAYS);
	rq.name = text_trim(c->arena, name);
	if (!is_utf8(rq.name, strlen(rq.name)) || has_control(rq.name) || !*rq.name ||
	    utf8_length(rq.name) > 100)
		return command_usage(c, "--name takes 1 to 100 characters");
	if (account_find(c->db, user, c->arena, &owner, &e) || !owner.active) {
		fprintf(stderr, "hearthctl: there is no active user %s\n", user);
		return CTL_NOT_FOUND;
	}
	if (!is_key && !scopes && !role_scopes(owner.role)) {
		fprintf(stderr, "hearthctl: %s is a %s, whose tokens have no scope\n",
			owner.username, owner.role);
		return CTL_FAILED;
	}
	if (!scopes) {
		write_scopes(role_scopes(owner.role), all);
		rq.scopes = all;
	}
	if (create(c, &rq, &owner, text, &e))
		return command_failed(&e);
	if (!is_key)
		warn_beyond(&owner, rq.scopes);
	puts(text);
	return CTL_OK;
}

/* ---- list ---- */

#define ROW "%-5s %-4s %-16s %-24s %-10s %-20s %-20s %s\n"

static void print_row(struct ctl *c, int64_t id, const char *kind, const char *user,
		      const char *name, const char *prefix, int64_t used_s, int64_t expires_s,
		      const char *scopes)
{
	printf(ROW, arena_printf(c->arena, "%" PRId64, id), kind, user, name, prefix,
	       command_stamp(c, used_s), command_stamp(c, expires_s), scopes);
}

static enum err_code print_token(void *row, void *ctx, struct err *e)
{
	const struct token *t = row;
	struct ctl *c = ctx;

	(void)e;
	if (!t->revoked_at.is && !(t->expires_at.is && t->expires_at.s <= c->now))
		print_row(c, t->id, "tt", t->username, t->name, t->prefix, t->last_used_at.s,
			  t->expires_at.s, t->scopes);
	return ERR_NONE;
}

static enum err_code print_key(void *row, void *ctx, struct err *e)
{
	const struct api_key *k = row;
	struct ctl *c = ctx;
	struct account owner;
	enum err_code code = account_find_id(c->db, k->account_id, c->arena, &owner, e);

	if (!code)
		print_row(c, k->id, "ha", owner.username, k->name, k->prefix, k->last_used_at.s, 0,
			  "network");
	return code;
}

int tokens_list(struct ctl *c)
{
	struct err e = { 0 };

	printf(ROW, "ID", "KIND", "USER", "NAME", "PREFIX", "LAST USED", "EXPIRES", "SCOPES");
	if (token_each(c->db, print_token, c, &e) ||
	    api_key_each(c->db, API_KEYS_OF_ALL, print_key, c, &e))
		return command_failed(&e);
	return CTL_OK;
}

/* ---- revoke ---- */

struct search {
	int64_t id;
	bool token, key; /* which has this number and is active */
};

static enum err_code find_token(void *row, void *ctx, struct err *e)
{
	const struct token *t = row;
	struct search *s = ctx;

	(void)e;
	s->token |= t->id == s->id && !t->revoked_at.is;
	return ERR_NONE;
}

static enum err_code find_key(void *row, void *ctx, struct err *e)
{
	const struct api_key *k = row;
	struct search *s = ctx;

	(void)e;
	s->key |= k->id == s->id;
	return ERR_NONE;
}

static enum err_code revoke(struct ctl *c, const struct search *s, struct err *e)
{
	enum err_code code = db_begin(c->db, TX_WRITE, e);

	if (code)
		return code;
	code = s->key ? api_key_revoke(c->db, API_KEYS_OF_ALL, s->id, c->now, e)
		      : token_revoke(c->db, s->id, c->now, e);
	if (!code)
		code = audit_add(c->db, c->now, NULL, s->key ? "api_key.revoke" : "token.revoke",
				 c->args[0], NULL, e);
	if (!code)
		code = db_commit(c->db, e);
	if (code)
		db_rollback(c->db);
	return code;
}

int tokens_revoke(struct ctl *c)
{
	const char *kind = command_option(c, "kind");
	struct search s = { 0 };
	struct err e = { 0 };

	if (!parse_int(c->args[0], &s.id))
		return command_usage(c, "ID is a number that token list shows");
	if (token_each(c->db, find_token, &s, &e) ||
	    api_key_each(c->db, API_KEYS_OF_ALL, find_key, &s, &e))
		return command_failed(&e);
	if (kind) {
		s.token &= strcmp(kind, "tt") == 0;
		s.key &= strcmp(kind, "ha") == 0;
	}
	if (s.token && s.key)
		return command_usage(c,
				     "there are a token and an API key %s; say which with --kind",
				     c->args[0]);
	if (!s.token && !s.key) {
		fprintf(stderr, "hearthctl: there is no active token or API key %s\n", c->args[0]);
		return CTL_NOT_FOUND;
	}
	return revoke(c, &s, &e) ? command_failed(&e) : CTL_OK;
}
