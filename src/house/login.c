/* login.c: the login path that two families share at the root; the body decides */
#include <string.h>

#include "base/err.h"
#include "house/routes.h"
#include "http/req.h"
#include "json/jsonr.h"
#include "panel/panel.h"
#include "recorder/recorder.h"

struct login {
	const char *username, *password, *token;
};

/* Kept as JSON, "" for null: whose they are decides how they are tested. */
static const struct field login_fields[] = {
	{ FIELD(struct login, username), .json = true, .null_is_empty = true,
	  .schema = "\"type\":\"string\"" },
	{ FIELD(struct login, password), .json = true, .null_is_empty = true,
	  .schema = "\"type\":\"string\"" },
	{ FIELD(struct login, token), .json = true, .null_is_empty = true,
	  .schema = "\"type\":\"string\"", .doc = "The access token, instead of the other two" },
	{ .key = NULL },
};
const struct shape house_login_body = { "LoginBody", sizeof(struct login), login_fields };

/* The object again, without what other families have in it. */
static const char *object_of(struct req *rq, const struct login *in)
{
	struct buf json = { 0 };
	struct jsonw w;
	const char *copy;

	jsonw_init(&w, &json, NULL);
	jsonw_open(&w, '{');
	for (const struct field *f = login_fields; f->key; f++) {
		const char *value = *(const char *const *)field_in(f, in);

		if (!value)
			continue;
		jsonw_key(&w, f->key);
		jsonw_raw(&w, *value ? value : "null");
	}
	jsonw_close(&w, '}');
	copy = arena_strdup(rq->arena, json.data);
	buf_done(&json);
	return copy;
}

static const struct route *row_of(const struct family *f, const struct route *wanted)
{
	const struct route *r = f->routes;

	while (r->fn && (r->method != wanted->method || strcmp(r->path, wanted->path) != 0))
		r++;
	return r;
}

/* As the family's own row under its mount would answer. */
static enum err_code answer_as(const struct family *f, struct req *rq, struct res *rs,
			       struct err *e)
{
	struct req own = *rq;
	const char *json = object_of(rq, rq->body);
	void *body;

	own.family = f;
	own.route = row_of(f, rq->route);
	body = arena_alloc(rq->arena, own.route->body->size);
	jsonr_shape(own.route->body, body, json, strlen(json), rq->faults);
	if (rq->faults->count)
		return err_code_set(e, ERR_INVALID);
	own.body = body;
	return own.route->fn(&own, rs, e);
}

enum err_code house_login(struct req *rq, struct res *rs, struct err *e)
{
	const struct login *in = rq->body;
	bool by_name = in->username || in->password;

	if (by_name && !in->token)
		return answer_as(&family_recorder, rq, rs, e);
	if (in->token && !by_name)
		return answer_as(&family_panel, rq, rs, e);
	fault_rule(rq->faults, IN_BODY, NULL,
		   "Body must contain either 'token' or 'username' and 'password'");
	return err_code_set(e, ERR_INVALID);
}
