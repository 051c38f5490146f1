/* dispatch.c: the one order of steps for every route; see dispatch.h */
#include "http/dispatch.h"

#include <string.h>
#include <strings.h>

#include "auth/session.h"
#include "auth/trusted.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/params.h"
#include "http/step.h"
#include "json/jsonr.h"

enum { MAX_PATH = 4096 }; /* of one that is redirected for its trailing slash */

/* The value of a cookie in the Cookie header. */
static const char *cookie(struct arena *a, const char *header, const char *name)
{
	size_t length = strlen(name);

	while (header && *header) {
		size_t n;

		header += strspn(header, "; ");
		n = strcspn(header, ";");
		if (n > length && strncmp(header, name, length) == 0 && header[length] == '=')
			return arena_strndup(a, header + length + 1, n - length - 1);
		header += n;
	}
	return NULL;
}

/* Step 0: what the front brought, into the request. */
static void read_request(struct step *st)
{
	struct arena *a = st->s->arena;
	const char *uri = step_param(st, "REQUEST_URI"), *scheme = step_param(st, "REQUEST_SCHEME");
	const char *host = step_param(st, "HTTP_HOST"), *id = step_param(st, "REQUEST_ID");
	size_t n = uri ? strcspn(uri, "?") : 0;

	st->method_text = step_param(st, "REQUEST_METHOD");
	st->method_text = st->method_text ? arena_strdup(a, st->method_text) : "";
	st->method = method_find(st->method_text);
	st->path = uri ? arena_strndup(a, uri, n) : "";
	st->query = uri && uri[n] ? arena_strdup(a, uri + n + 1) : "";
	st->credentials = (struct credentials){
		.authorization = step_param(st, "HTTP_AUTHORIZATION"),
		.api_key = step_param(st, "HTTP_X_API_KEY"),
		.session = cookie(a, step_param(st, "HTTP_COOKIE"), SESSION_COOKIE),
		.csrf = step_param(st, "HTTP_X_CSRF_TOKEN"),
	};
	st->rq = (struct req){
		.arena = a,
		.auth = &st->auth,
		.who = &st->who,
		.dir = st->s->dir,
		.origin = arena_printf(a, "%s://%s", scheme ? scheme : "http",
				       host ? host : "localhost"),
		.user_agent = step_param(st, "HTTP_USER_AGENT"),
		.now = clock_now(),
		.faults = &st->faults,
		.secure = scheme && strcmp(scheme, "https") == 0,
		.session = st->credentials.session,
	};
	if (!st->rq.user_agent)
		st->rq.user_agent = "";
	faults_init(&st->faults, a);
	log_request(id ? arena_strdup(a, id) : NULL);
}

/* Where the client is, by the configuration as it is now: no proxy is believed once too often. */
static void read_address(struct step *st)
{
	const char *peer = step_param(st, "REMOTE_ADDR");

	st->rq.address = st->credentials.address = trusted_client(
		st->s->arena, peer ? peer : "", step_param(st, "HTTP_X_FORWARDED_FOR"),
		step_param(st, "HTTP_FORWARDED"), st->s->cfg->auth.trusted_proxies,
		&st->credentials.forwarded);
}

static size_t max_body(const struct step *st)
{
	if (st->match.route && st->match.route->max_body)
		return st->match.route->max_body;
	return st->match.family->max_body ? st->match.family->max_body : ROUTE_MAX_BODY;
}

/* Size limits and the body itself. */
static enum err_code read_body(struct step *st)
{
	const char *length = step_param(st, "CONTENT_LENGTH");
	size_t limit = max_body(st), used = 0;
	int64_t claimed = 0;
	char *body;

	if (length && (!parse_int(length, &claimed) || claimed < 0))
		return err_set(&st->err, ERR_BAD_REQUEST, "Malformed Content-Length");
	if ((size_t)claimed > limit)
		return err_code_set(&st->err, ERR_TOO_LARGE);
	body = arena_alloc(st->s->arena, (size_t)claimed + 1);
	while (used < (size_t)claimed) {
		long n = st->x->read(st->x->ctx, body + used, (long)((size_t)claimed - used));

		if (n <= 0)
			return err_set(&st->err, ERR_BAD_REQUEST, "The request body ended early");
		used += (size_t)n;
	}
	st->body = body;
	st->body_size = used;
	return ERR_NONE;
}

/* Family and route by table. */
static enum err_code find_route(struct step *st)
{
	const struct server *s = st->s;
	struct arena *a = st->s->arena;
	size_t n = strlen(st->path);
	enum err_code code =
		route_find(s->families, s->common, st->method, st->path, a, &st->match, &st->err);

	st->rq.family = st->match.family;
	st->rq.mount = st->match.mount;
	st->rq.route = st->match.route;
	st->rq.path_values = st->match.values;
	st->known_path = code == ERR_NONE || code == ERR_METHOD;
	if (code == ERR_NO_ROUTE && n > 1 && n < MAX_PATH && st->path[n - 1] == '/') {
		const char *shorter = arena_strndup(a, st->path, n - 1);
		struct match other;
		struct err ignored;

		if (route_find(s->families, s->common, st->method, shorter, a, &other, &ignored) !=
		    ERR_NO_ROUTE)
			st->slash = shorter;
	}
	return code;
}

static bool is_unsafe(enum method m)
{
	return m != M_GET && m != M_HEAD && m != M_OPTIONS;
}

/* Who is asking: 401; a failed try counts against the address where the rate class says so. */
static enum err_code authenticate(struct step *st)
{
	const struct route *r = st->match.route;
	enum err_code code;

	st->auth = (struct auth){ st->s->db,  st->s->cfg,   &st->s->keys,
				  st->rq.now, st->s->slots, st->s->rates };
	if (r->who & WHO_ANYONE) {
		st->who.who = WHO_ANYONE;
		return ERR_NONE;
	}
	code = principal_find(&st->auth, &st->credentials, r->who, st->match.family->audience,
			      st->s->arena, &st->who, &st->presented, &st->err);
	if (code != ERR_UNAUTHENTICATED)
		return code;
	st->who = (struct principal){ .who = WHO_NOBODY };
	if (rate_counts_failures(r->rate) &&
	    !rate_take(st->s->rates, r->rate, st->s->cfg, &st->who, st->credentials.address,
		       st->rq.now, &st->rate))
		return err_code_set(&st->err, ERR_RATE);
	return code;
}

/* CSRF, forced password change, scope: 403. */
static enum err_code authorize(struct step *st)
{
	const struct route *r = st->match.route;

	if (st->who.who == WHO_SESSION && is_unsafe(st->method) &&
	    !principal_csrf_ok(&st->who, &st->credentials))
		return err_code_set(&st->err, ERR_CSRF);
	if (st->who.who == WHO_SESSION && st->who.force_password_change &&
	    !r->while_password_change)
		return err_code_set(&st->err, ERR_PASSWORD_CHANGE);
	if (st->who.who == WHO_ANYONE ? r->scope != SCOPE_ANYONE
				      : !has_scope(st->who.scopes, r->scope)) {
		st->no_scope = true;
		return err_set(&st->err, ERR_FORBIDDEN, "Scope %s required", scope_name(r->scope));
	}
	return ERR_NONE;
}

static enum err_code limit_rate(struct step *st)
{
	if (rate_take(st->s->rates, st->match.route->rate, st->s->cfg, &st->who,
		      st->credentials.address, st->rq.now, &st->rate))
		return ERR_NONE;
	return err_code_set(&st->err, ERR_RATE);
}

static bool media_is(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);

	return strncasecmp(type, wanted, n) == 0 && (!type[n] || type[n] == ';' || type[n] == ' ');
}

static bool media_is_json(const char *type)
{
	size_t n = strcspn(type, "; ");

	return media_is(type, "application/json") ||
	       (n > 5 && strncasecmp(type + n - 5, "+json", 5) == 0);
}

static enum err_code read_json(struct step *st, void *row)
{
	const struct route *r = st->match.route;
	const char *type = step_param(st, "CONTENT_TYPE");

	if (!r->any_media && (type ? !media_is_json(type) : r->media_required)) {
		if (st->match.dialect->media_type_status)
			return err_code_set(&st->err, ERR_MEDIA_TYPE);
		fault_add(&st->faults, FAULT_NOT_OBJECT, IN_BODY, NULL);
		return ERR_NONE;
	}
	if (st->body_size || !r->body_optional)
		jsonr_shape(r->body, row, st->body, st->body_size, &st->faults);
	else
		fields_finish(r->body, row, (bool[MAX_FIELDS]){ false }, IN_BODY, &st->faults);
	return ERR_NONE;
}

/* Arguments and body into their structs, by descriptor: the family's validation status. */
static enum err_code read_input(struct step *st)
{
	const struct route *r = st->match.route;
	const char *type = step_param(st, "CONTENT_TYPE");
	enum err_code code = ERR_NONE;
	void *row = NULL;

	if (r->args) {
		void *args = arena_alloc(st->s->arena, r->args->size);

		params_args(r, &st->match, st->query, st->match.dialect->empty_is_absent, args,
			    &st->faults);
		st->rq.args = args;
	}
	if (r->body) {
		row = arena_alloc(st->s->arena, r->body->size);
		st->rq.body = row;
	}
	switch (r->body_kind) {
	case BODY_NONE:
		break;
	case BODY_JSON:
		code = read_json(st, row);
		break;
	case BODY_FORM:
		if (type && media_is(type, "application/x-www-form-urlencoded"))
			params_form(r->body, st->body, st->body_size, row, &st->faults);
		else
			fault_add(&st->faults, FAULT_NOT_FORM, IN_FORM, NULL);
		break;
	case BODY_MULTIPART:
		st->rq.parts =
			multipart_parse(st->s->arena, type ? type : "", st->body, st->body_size);
		if (!st->rq.parts)
			fault_add(&st->faults, FAULT_NOT_FORM, IN_BODY, NULL);
		break;
	}
	if (!code && st->faults.count)
		code = err_code_set(&st->err, ERR_INVALID);
	return code;
}

static enum err_code run_handler(struct step *st)
{
	const struct route *r = st->match.route;
	enum err_code code;

	if (r->tx == TX_WRITE) {
		code = db_begin(st->s->db, TX_WRITE, &st->err);
		if (code)
			return code;
	}
	st->rs.front = st;
	st->rs.flush = reply_flush;
	code = r->fn(&st->rq, &st->rs, &st->err);
	if (code && !st->err.code) /* a handler that added faults may leave the text to us */
		err_code_set(&st->err, code);
	if (!code && r->tx != TX_NONE)
		code = db_commit(st->s->db, &st->err);
	if (code && st->s->db)
		db_rollback(st->s->db);
	return code;
}

/* The handler's reply, or the same one from the cache. */
static enum err_code run(struct step *st)
{
	const struct route *r = st->match.route;
	struct cache_key key = { .route = r,
				 .mount = st->match.mount,
				 .path = st->match.path,
				 .query = st->query,
				 .config_version = st->s->config_version,
				 .now_s = st->rq.now };
	const struct buf *kept;
	enum err_code code;

	if (!r->shared)
		return run_handler(st);
	code = db_version(st->s->db, &key.version, &st->err);
	if (code)
		return code;
	kept = cache_get(st->s->cache, &key);
	if (kept) {
		buf_add(&st->s->body, kept->data, kept->size);
		return db_commit(st->s->db, &st->err);
	}
	code = run_handler(st);
	if (!code && !st->rs.n_headers && !st->rs.media)
		cache_put(st->s->cache, &key, &st->s->body);
	return code;
}

/* The steps between route and reply. */
static enum err_code answer(struct step *st)
{
	const struct route *r = st->match.route;
	enum err_code code;

	/* opened this early, one transaction serves all that is read: version, principal, rows */
	if (r->tx == TX_READ && st->s->db && (code = db_begin(st->s->db, TX_READ, &st->err)))
		return code;
	code = server_ready(st->s, st->rq.now, &st->err);
	if (code && !r->without_db)
		return code;
	if (code)
		st->err = (struct err){ 0 };
	st->rq.db = st->s->db;
	st->rq.cfg = st->s->cfg;
	read_address(st);
	if (r->tx == TX_READ && !db_in_transaction(st->s->db) &&
	    (code = db_begin(st->s->db, TX_READ, &st->err)))
		return code;
	if ((code = authenticate(st)) || (code = authorize(st)) || (code = limit_rate(st)) ||
	    (code = read_input(st)))
		return code;
	return run(st);
}

static void respond(struct step *st)
{
	enum err_code code = find_route(st);
	enum err_code size = read_body(st);

	jsonw_init(&st->rs.json, &st->s->body, st->match.dialect->stamp);
	st->rs.dialect = st->match.dialect;
	if (st->slash) {
		reply_redirect(st);
		return;
	}
	if (st->method == M_OPTIONS && st->known_path) {
		reply_options(st);
		return;
	}
	if (size)
		code = size;
	else if (!code)
		code = answer(st);
	if (st->s->db)
		db_rollback(st->s->db); /* a read transaction of a refused request */
	if (st->sent) {
		reply_end(st, code);
	} else if (code) {
		reply_refuse(st);
	} else {
		if (st->who.who == WHO_SESSION)
			principal_touch(&st->auth, &st->who); /* may send the cookie again */
		reply_success(st);
		if (st->who.who != WHO_SESSION)
			principal_touch(&st->auth, &st->who);
	}
}

bool dispatch(struct server *s, const struct exchange *x)
{
	struct step st = { .s = s, .x = x, .rs = { .body = &s->body } };

	buf_reset(&s->body);
	read_request(&st);
	respond(&st);
	log_request(NULL);
	arena_reset(s->arena);
	return !st.cut;
}
