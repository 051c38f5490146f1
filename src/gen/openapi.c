/* openapi.c: the OpenAPI document of a family, or of all of them; see gen.h */
#include "gen/gen.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <json.h>

#include "gen/openapi_merge.h"
#include "http/dialect.h"
#include "http/params.h"
#include "json/jsonr.h"
#include "json/jsonw.h"
#include "json/schema.h"

/* What a schema describes; one shape may be all three. */
enum use { USE_REPLY, USE_INPUT, USE_PAGE };

struct schema {
	const char *name;
	enum use use;
	const struct shape *shape, *extra;
};

struct doc {
	const struct family *family;
	struct arena *arena;
	const struct route **rows; /* those that are shown, in the order of the tables */
	int n_rows;
	struct jsonw w;
	struct schema schemas[MAX_SCHEMAS]; /* used so far, in that order */
	int n_schemas;
};

static void str(struct doc *d, const char *key, const char *text)
{
	if (!text)
		return;
	jsonw_key(&d->w, key);
	jsonw_str(&d->w, text);
}

static void open_member(struct doc *d, const char *key, char bracket)
{
	jsonw_key(&d->w, key);
	jsonw_open(&d->w, bracket);
}

static void ref(struct doc *d, const char *key, const char *target)
{
	open_member(d, key, '{');
	str(d, "$ref", target);
	jsonw_close(&d->w, '}');
}

static const struct dialect *dialect_of(const struct doc *d, const struct route *r)
{
	return r->dialect ? r->dialect : d->family->dialect;
}

static void rows_collect(struct doc *d)
{
	int n = 0;

	for (const struct route *r = d->family->routes; r->fn; r++)
		n++;
	d->rows = ARENA_ARRAY(d->arena, const struct route *, (size_t)n);
	for (const struct route *r = d->family->routes; r->fn; r++)
		if (!r->unlisted)
			d->rows[d->n_rows++] = r;
}

static bool is_unsafe(const struct route *r)
{
	return r->method != M_GET && r->method != M_HEAD && r->method != M_OPTIONS;
}

/* ---- schemas ------------------------------------------------------------------------------ */

static bool is_reply_shape(const struct doc *d, const struct shape *s)
{
	for (int i = 0; i < d->n_rows; i++)
		if (d->rows[i]->shape == s)
			return true;
	return false;
}

static bool is_name_taken(const struct doc *d, const char *name)
{
	for (int i = 0; i < d->n_schemas; i++)
		if (strcmp(d->schemas[i].name, name) == 0)
			return true;
	return false;
}

/* The reference of a schema, which the document will have. */
static const char *schema_ref(struct doc *d, enum use use, const struct shape *shape,
			      const struct shape *extra)
{
	const char *base = shape->name;
	const char *name = base;

	for (int i = 0; i < d->n_schemas; i++) {
		const struct schema *s = &d->schemas[i];

		if (s->use == use && s->shape == shape && s->extra == extra)
			return arena_printf(d->arena, SCHEMA_REF "%s", s->name);
	}
	if (use == USE_INPUT && is_reply_shape(d, shape))
		name = arena_printf(d->arena, "%sInput", base);
	if (use == USE_PAGE) {
		name = arena_printf(d->arena, "%sPage", base);
		if (is_name_taken(d, name) && extra)
			name = arena_printf(d->arena, "%s%sPage", base, extra->name);
	}
	for (int i = 2; is_name_taken(d, name); i++)
		name = arena_printf(d->arena, "%s%d", base, i);
	if (d->n_schemas < MAX_SCHEMAS)
		d->schemas[d->n_schemas++] = (struct schema){ name, use, shape, extra };
	return arena_printf(d->arena, SCHEMA_REF "%s", name);
}

static void write_schemas(struct doc *d)
{
	const struct dialect *dialect = d->family->dialect;

	open_member(d, "schemas", '{');
	for (int i = 0; i < d->n_schemas; i++) { /* grows: a page refers to its rows */
		const struct schema s = d->schemas[i];

		jsonw_key(&d->w, s.name);
		if (s.use == USE_PAGE)
			dialect->write_page_schema(&d->w, schema_ref(d, USE_REPLY, s.shape, NULL),
						   s.extra);
		else
			schema_shape(&d->w, s.shape, s.use == USE_REPLY);
	}
	dialect->write_error_schemas(&d->w);
	for (int i = 0; i < d->n_rows; i++) {
		const struct dialect *own = dialect_of(d, d->rows[i]);
		bool seen = own->write_error_schemas == dialect->write_error_schemas;

		for (int before = 0; before < i; before++)
			seen |= dialect_of(d, d->rows[before])->write_error_schemas ==
				own->write_error_schemas;
		if (!seen)
			own->write_error_schemas(&d->w);
	}
	jsonw_close(&d->w, '}');
}

/* ---- one operation ------------------------------------------------------------------------ */

static void write_parameter(struct doc *d, const struct route *r, const struct field *f)
{
	bool in_path = params_in_path(r, f);
	struct field bare = *f;

	bare.doc = NULL; /* stands beside the schema */
	jsonw_open(&d->w, '{');
	str(d, "name", f->key);
	str(d, "in", in_path ? "path" : "query");
	str(d, "description", f->doc);
	jsonw_key(&d->w, "required");
	jsonw_bool(&d->w, in_path || f->required);
	jsonw_key(&d->w, "schema");
	schema_field(&d->w, &bare);
	jsonw_close(&d->w, '}');
}

static void write_parameters(struct doc *d, const struct route *r)
{
	bool any = false;

	for (const struct field *f = r->args ? r->args->fields : NULL; f && f->key; f++) {
		if (f->hidden)
			continue;
		if (!any)
			open_member(d, "parameters", '[');
		any = true;
		write_parameter(d, r, f);
	}
	if (any)
		jsonw_close(&d->w, ']');
}

static void write_body(struct doc *d, const struct route *r)
{
	static const char *const media[] = {
		[BODY_JSON] = "application/json",
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_MULTIPART] = "multipart/form-data",
	};

	if (r->body_kind == BODY_NONE)
		return;
	open_member(d, "requestBody", '{');
	jsonw_key(&d->w, "required");
	jsonw_bool(&d->w, !r->body_optional);
	open_member(d, "content", '{');
	open_member(d, media[r->body_kind], '{');
	if (r->body)
		ref(d, "schema", schema_ref(d, USE_INPUT, r->body, NULL));
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
}

static void header_ref(struct doc *d, const char *name)
{
	ref(d, name, arena_printf(d->arena, "#/components/headers/%s", name));
}

/* Headers of an answer; status is that of an error, or 0. Every limited answer tells how much is
 * left; here that stands where a client looks for it. */
static void write_headers(struct doc *d, const struct route *r, int status)
{
	bool limited = r->rate != RATE_NONE && (!status || status == 429);

	if (!limited && !r->successor && status != 401 && status != 503 && (status || !r->etag))
		return;
	open_member(d, "headers", '{');
	if (status == 401)
		header_ref(d, "WWW-Authenticate");
	if (status == 429 || status == 503)
		header_ref(d, "Retry-After");
	if (!status && r->etag)
		header_ref(d, "ETag");
	if (limited) {
		header_ref(d, "X-RateLimit-Limit");
		header_ref(d, "X-RateLimit-Remaining");
		header_ref(d, "X-RateLimit-Reset");
	}
	if (r->successor) {
		header_ref(d, "Deprecation");
		header_ref(d, "Link");
	}
	jsonw_close(&d->w, '}');
}

static int success_status(const struct route *r)
{
	if (r->status)
		return r->status;
	return r->reply == REPLY_NONE ? 204 : 200;
}

static const char *success_text(int status)
{
	switch (status) {
	case 201:
		return "Created";
	case 202:
		return "Accepted";
	case 204:
		return "Done";
	case 302:
		return "Go on at the address in Location";
	default:
		return "Success";
	}
}

static void write_content(struct doc *d, const struct route *r)
{
	const char *media = r->media ? r->media : "application/json";
	size_t type = strcspn(media, ";"); /* the key of a media type has no parameters */

	if (r->reply == REPLY_NONE || (!r->shape && !r->media))
		return;
	open_member(d, "content", '{');
	open_member(d, arena_strndup(d->arena, media, type), '{');
	if (r->reply == REPLY_PAGE)
		ref(d, "schema", schema_ref(d, USE_PAGE, r->shape, r->extra));
	else if (r->shape)
		ref(d, "schema", schema_ref(d, USE_REPLY, r->shape, NULL));
	else if (strncmp(media, "text/", 5) == 0) {
		open_member(d, "schema", '{');
		str(d, "type", "string");
		jsonw_close(&d->w, '}');
	}
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
}

/* Every error the row can give: by its credentials, by what it reads, and those it names. */
static void errors_of(const struct doc *d, const struct route *r, bool errors[ERR_CODES])
{
	bool known = !(r->who & WHO_ANYONE);

	errors[ERR_UNAUTHENTICATED] = known;
	errors[ERR_CSRF] = known && (r->who & WHO_SESSION) && is_unsafe(r);
	errors[ERR_PASSWORD_CHANGE] = known && (r->who & WHO_SESSION) && !r->while_password_change;
	errors[ERR_FORBIDDEN] = known && r->scope > SCOPE_SELF;
	errors[ERR_TOO_LARGE] = r->body_kind != BODY_NONE;
	errors[ERR_MEDIA_TYPE] =
		r->body_kind == BODY_JSON && !r->any_media && dialect_of(d, r)->media_type_status;
	errors[ERR_INVALID] = r->body_kind != BODY_NONE || r->args;
	errors[ERR_RATE] = r->rate != RATE_NONE;
	errors[ERR_INTERNAL] = true;
	errors[ERR_BUSY] = !r->without_db;
	for (int i = 0; i < MAX_ERRORS && r->errors[i]; i++)
		errors[r->errors[i]] = true;
}

static void write_error(struct doc *d, const struct route *r, int status, const char *text)
{
	const struct dialect *dialect = dialect_of(d, r);

	open_member(d, arena_printf(d->arena, "%d", status), '{');
	str(d, "description", text);
	write_headers(d, r, status);
	open_member(d, "content", '{');
	open_member(d, dialect->error_media, '{');
	ref(d, "schema", dialect->error_schema(status));
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
}

static void write_errors(struct doc *d, const struct route *r)
{
	bool errors[ERR_CODES] = { false };
	int statuses[ERR_CODES] = { 0 };

	errors_of(d, r, errors);
	for (enum err_code c = ERR_NONE + 1; c < ERR_CODES; c++) {
		struct err e;
		struct refusal refusal = { .err = &e, .route = r, .instance = r->path };

		if (!errors[c])
			continue;
		err_code_set(&e, c);
		refusal.method = method_name(r->method);
		statuses[c] = dialect_of(d, r)->status_of(&refusal);
	}
	for (int status = 400; status < 600; status++) {
		const char *text = NULL;

		for (enum err_code c = ERR_NONE + 1; c < ERR_CODES; c++)
			if (statuses[c] == status)
				text = text ? arena_printf(d->arena, "%s; %s", text, err_text(c))
					    : err_text(c);
		if (text)
			write_error(d, r, status, text);
	}
}

static void write_responses(struct doc *d, const struct route *r)
{
	int status = success_status(r);

	open_member(d, "responses", '{');
	open_member(d, arena_printf(d->arena, "%d", status), '{');
	str(d, "description", success_text(status));
	write_headers(d, r, 0);
	write_content(d, r);
	jsonw_close(&d->w, '}');
	if (r->etag) {
		open_member(d, "304", '{');
		str(d, "description", "The client has it already (If-None-Match)");
		jsonw_close(&d->w, '}');
	}
	write_errors(d, r);
	jsonw_close(&d->w, '}');
}

/* One of several ways to be let in; with: a second scheme that is needed beside it. */
static void write_way(struct doc *d, const struct route *r, const char *scheme, const char *with)
{
	const char *const schemes[] = { scheme, with };

	jsonw_open(&d->w, '{');
	for (int i = 0; i < 2 && schemes[i]; i++) {
		open_member(d, schemes[i], '[');
		if (i == 0 && *scope_name(r->scope))
			jsonw_str(&d->w, scope_name(r->scope));
		jsonw_close(&d->w, ']');
	}
	jsonw_close(&d->w, '}');
}

static void write_security(struct doc *d, const struct route *r)
{
	open_member(d, "security", '[');
	if (r->who & WHO_JWT)
		write_way(d, r, "BearerAuth", NULL);
	if (r->who & WHO_TOKEN)
		write_way(d, r, "TokenAuth", NULL);
	if (r->who & (WHO_KEY | WHO_TOKEN))
		write_way(d, r, "ApiKeyAuth", NULL);
	if (r->who & WHO_SESSION)
		write_way(d, r, "SessionCookie", is_unsafe(r) ? "CsrfToken" : NULL);
	if (r->who & WHO_TRUSTED)
		write_way(d, r, NULL, NULL);
	jsonw_close(&d->w, ']');
}

/* What the row says beyond its summary. */
static const char *description(struct doc *d, const struct route *r)
{
	const char *text = r->doc;
	const char *line;

	if (*scope_name(r->scope)) {
		line = arena_printf(d->arena, "Needs the scope `%s`.", scope_name(r->scope));
		text = text ? arena_printf(d->arena, "%s\n\n%s", text, line) : line;
	}
	if (r->who & WHO_TRUSTED) {
		line = "Machines in the trusted networks need no credentials.";
		text = text ? arena_printf(d->arena, "%s\n\n%s", text, line) : line;
	}
	if (r->successor) {
		line = arena_printf(d->arena, "Deprecated: use `%s`.", r->successor);
		text = text ? arena_printf(d->arena, "%s\n\n%s", text, line) : line;
	}
	return text;
}

static const char *tag(const struct doc *d, const struct route *r)
{
	return r->tag ? r->tag : d->family->title;
}

static const char *lower(struct doc *d, const char *word)
{
	char *copy = arena_strdup(d->arena, word);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

static void write_operation(struct doc *d, const struct route *r)
{
	open_member(d, lower(d, method_name(r->method)), '{');
	open_member(d, "tags", '[');
	jsonw_str(&d->w, tag(d, r));
	jsonw_close(&d->w, ']');
	str(d, "summary", r->summary);
	str(d, "description", description(d, r));
	str(d, "operationId", r->id);
	if (r->successor) {
		jsonw_key(&d->w, "deprecated");
		jsonw_bool(&d->w, true);
	}
	write_security(d, r);
	write_parameters(d, r);
	write_body(d, r);
	write_responses(d, r);
	jsonw_close(&d->w, '}');
}

/* ---- the document of a family ------------------------------------------------------------- */

static void write_paths(struct doc *d)
{
	open_member(d, "paths", '{');
	for (int i = 0; i < d->n_rows; i++) {
		const char *path = d->rows[i]->path;
		bool seen = false;

		for (int before = 0; before < i; before++)
			seen = seen || strcmp(d->rows[before]->path, path) == 0;
		if (seen)
			continue;
		open_member(d, path, '{');
		for (int same = i; same < d->n_rows; same++)
			if (strcmp(d->rows[same]->path, path) == 0)
				write_operation(d, d->rows[same]);
		jsonw_close(&d->w, '}');
	}
	jsonw_close(&d->w, '}');
}

static void write_tags(struct doc *d)
{
	open_member(d, "tags", '[');
	for (int i = 0; i < d->n_rows; i++) {
		bool seen = false;

		for (int before = 0; before < i; before++)
			seen = seen || strcmp(tag(d, d->rows[before]), tag(d, d->rows[i])) == 0;
		if (seen)
			continue;
		jsonw_open(&d->w, '{');
		str(d, "name", tag(d, d->rows[i]));
		jsonw_close(&d->w, '}');
	}
	jsonw_close(&d->w, ']');
}

struct component {
	const char *name, *json;
};

static const struct component security_schemes[] = {
	{ "BearerAuth", "{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
			"\"description\":\"Access token of this family's login\"}" },
	{ "TokenAuth", "{\"type\":\"http\",\"scheme\":\"bearer\","
		       "\"description\":\"Scoped token, tt_ and 32 characters\"}" },
	{ "ApiKeyAuth",
	  "{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\","
	  "\"description\":\"API key (ha_) or scoped token (tt_), where the operation takes it\"}" },
	{ "SessionCookie", "{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"hearth_session\","
			   "\"description\":\"Session of the web panel\"}" },
	{ "CsrfToken",
	  "{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-CSRF-Token\",\"description\":"
	  "\"The session's token, needed beside its cookie by every request that changes something\"}" },
};

#define HEADER(name, type, doc) \
	{ \
		name, "{\"description\":\"" doc "\",\"schema\":{\"type\":\"" type "\"}}" \
	}

static const struct component headers[] = {
	HEADER("WWW-Authenticate", "string", "The scheme to log in with"),
	HEADER("Retry-After", "integer", "Seconds until it is worth trying again"),
	HEADER("ETag", "string", "Names this state; send it in If-None-Match"),
	HEADER("X-RateLimit-Limit", "integer", "Requests allowed in a window"),
	HEADER("X-RateLimit-Remaining", "integer", "Requests left in this window"),
	HEADER("X-RateLimit-Reset", "integer", "Unix time of the window's end"),
	HEADER("Deprecation", "string", "Since when (RFC 9745)"),
	HEADER("Link", "string", "The operation that takes the place of this one"),
};

/* Those components whose use, as the format has it, stands in the document so far. */
static void write_components(struct doc *d, const char *key, const struct component *all, size_t n,
			     const char *use_format)
{
	open_member(d, key, '{');
	for (size_t i = 0; i < n; i++) {
		char use[64];

		snprintf(use, sizeof(use), use_format, all[i].name);
		if (!strstr(d->w.buf->data, use))
			continue;
		jsonw_key(&d->w, all[i].name);
		jsonw_raw(&d->w, all[i].json);
	}
	jsonw_close(&d->w, '}');
}

static void write_document(struct doc *d, const char *server_url)
{
	jsonw_open(&d->w, '{');
	str(d, "openapi", "3.1.0");
	open_member(d, "info", '{');
	str(d, "title", d->family->title);
	str(d, "version", d->family->version);
	str(d, "description", d->family->doc);
	jsonw_close(&d->w, '}');
	open_member(d, "servers", '[');
	jsonw_open(&d->w, '{');
	str(d, "url", server_url);
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, ']');
	write_tags(d);
	write_paths(d);
	open_member(d, "components", '{');
	write_schemas(d);
	write_components(d, "headers", headers, sizeof(headers) / sizeof(*headers),
			 "#/components/headers/%s\"");
	write_components(d, "securitySchemes", security_schemes,
			 sizeof(security_schemes) / sizeof(*security_schemes), "\"%s\":[");
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
}

/* The tree lives in the arena. */
static struct json_object *family_tree(const struct family *f, const char *server_url,
				       struct arena *a, struct err *e)
{
	struct doc *d = ARENA_NEW(a, struct doc);
	struct buf text = { 0 };
	struct json_object *tree;
	size_t at = 0;

	d->family = f;
	d->arena = a;
	rows_collect(d);
	jsonw_init(&d->w, &text, f->dialect->stamp);
	write_document(d, server_url);
	tree = jsonr_parse(a, text.data, text.size, &at);
	if (!tree)
		err_set(e, ERR_INTERNAL, "The document of %s is no JSON at %.40s", f->name,
			text.data + at);
	buf_done(&text);
	return tree;
}

static enum err_code document(const struct family *const *families, const char *name,
			      const char *server_url, struct arena *a, struct json_object **out,
			      struct err *e)
{
	bool all = strcmp(name, "all") == 0;

	*out = NULL;
	for (; *families; families++) {
		const struct family *f = *families;
		const char *url = server_url ? server_url : f->mount && !all ? f->mount : "/";
		struct json_object *tree;

		if (!all && strcmp(f->name, name) != 0)
			continue;
		tree = family_tree(f, url, a, e);
		if (!tree)
			return ERR_INTERNAL;
		if (*out)
			openapi_merge(*out, tree, f, a);
		else
			*out = tree;
	}
	return *out ? ERR_NONE : err_set(e, ERR_NOT_FOUND, "There is no family %.40s", name);
}

enum err_code gen_openapi(const struct family *const *families, const char *name,
			  const char *server_url, struct buf *out, struct err *e)
{
	struct arena *a = arena_new();
	struct json_object *tree;
	enum err_code code = document(families, name, server_url, a, &tree, e);

	if (!code) {
		openapi_prune(tree, a);
		buf_str(out, json_object_to_json_string_ext(
				     tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						   JSON_C_TO_STRING_NOSLASHESCAPE));
		buf_char(out, '\n');
	}
	arena_free(a);
	return code;
}
