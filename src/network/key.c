/* key.c: API keys, for programs that read the home network */
#include "auth/api_key.h"

#include <string.h>

#include "auth/audit.h"
#include "base/err.h"
#include "base/text.h"
#include "http/req.h"
#include "network/routes.h"

struct key_name {
	const char *name;
};

static const struct field body_fields[] = {
	{ FIELD(struct key_name, name), .required = true, .trim = true, .min = 1, .max = 100,
	  .doc = "What the key is for; duplicates are allowed", .example = "nextjs-backend" },
	{ .key = NULL },
};
const struct shape key_body = { "ApiKeyName", sizeof(struct key_name), body_fields };

struct key_args {
	int64_t key_id;
};

static const struct field args_fields[] = {
	{ FIELD(struct key_args, key_id), .required = true },
	{ .key = NULL },
};
const struct shape key_args_shape = { "ApiKeyArgs", sizeof(struct key_args), args_fields };

struct new_key {
	int64_t id;
	const char *name, *api_key;
	struct stamp created_at;
};

static const struct field new_key_fields[] = {
	{ FIELD(struct new_key, id) },
	{ FIELD(struct new_key, name), .example = "nextjs-backend" },
	{ FIELD(struct new_key, api_key), .doc = "ha_ and 32 characters; shown this one time" },
	{ FIELD(struct new_key, created_at) },
	{ .key = NULL },
};
const struct shape key_shape = { "NewApiKey", sizeof(struct new_key), new_key_fields };

struct key_list {
	const char *keys;
	int64_t count;
};

static const struct field list_fields[] = {
	{ FIELD(struct key_list, keys), .json = true, .items = &api_key_shape, .doc = "By id" },
	{ FIELD(struct key_list, count) },
	{ .key = NULL },
};
const struct shape key_list_shape = { "ApiKeyList", sizeof(struct key_list), list_fields };

enum err_code key_create(struct req *rq, struct res *rs, struct err *e)
{
	const struct key_name *in = rq->body;
	struct api_key key;
	struct new_key out;
	enum err_code code;

	if (has_control(in->name)) {
		fault_rule(rq->faults, IN_BODY, "name", "name must not contain control characters");
		return err_code_set(e, ERR_INVALID);
	}
	code = api_key_create(rq->db, rq->who->user_id, in->name, rq->now, &key, e);
	if (!code)
		code = audit_add(rq->db, rq->now, rq->who, "api_key.create",
				 arena_printf(rq->arena, "%lld", (long long)key.id), NULL, e);
	if (code)
		return code;
	out = (struct new_key){ key.id, key.name, key.key, key.created_at };
	res_header(rs, "Location",
		   arena_printf(rq->arena, "%s/auth/api-keys/%lld", rq->mount, (long long)key.id));
	res_object(rq, rs, &out);
	return ERR_NONE;
}

/* An admin looks after the keys of all accounts. */
static int64_t owner(const struct req *rq)
{
	return has_scope(rq->who->scopes, SCOPE_ADMIN_ALL) ? API_KEYS_OF_ALL : rq->who->user_id;
}

struct listing {
	struct jsonw json;
	int64_t count;
};

static enum err_code key_write(void *row, void *ctx, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	jsonw_shape(&l->json, &api_key_shape, row);
	l->count++;
	return ERR_NONE;
}

enum err_code key_list(struct req *rq, struct res *rs, struct err *e)
{
	struct buf text = { 0 };
	struct listing listing = { .count = 0 };
	enum err_code code;

	jsonw_init(&listing.json, &text, rs->json.stamp);
	jsonw_open(&listing.json, '[');
	code = api_key_each(rq->db, owner(rq), key_write, &listing, e);
	jsonw_close(&listing.json, ']');
	if (!code)
		res_object(rq, rs, &(struct key_list){ text.data, listing.count });
	buf_done(&text);
	return code;
}

enum err_code key_revoke(struct req *rq, struct res *rs, struct err *e)
{
	const struct key_args *args = rq->args;
	enum err_code code = api_key_revoke(rq->db, owner(rq), args->key_id, rq->now, e);

	(void)rs;
	if (code == ERR_NOT_FOUND)
		return err_set(e, code, "API key %.64s not found", rq->path_values[0]);
	if (!code)
		code = audit_add(rq->db, rq->now, rq->who, "api_key.revoke",
				 arena_printf(rq->arena, "%lld", (long long)args->key_id), NULL, e);
	return code;
}
