/* openapi.c: the OpenAPI document of a family, or of all of them; see gen.h */
#include "gen/gen.h"

#include <stdio.h>
#include <string.h>

#include <json.h>

#include "gen/openapi_doc.h"
#include "http/dialect.h"
#include "json/jsonr.h"
#include "json/jsonw.h"
#include "json/schema.h"

void openapi_str(struct doc *d, const char *key, const char *text)
{
	if (!text)
		return;
	jsonw_key(&d->w, key);
	jsonw_str(&d->w, text);
}

void openapi_open(struct doc *d, const char *key, char bracket)
{
	jsonw_key(&d->w, key);
	jsonw_open(&d->w, bracket);
}

void openapi_ref(struct doc *d, const char *key, const char *target)
{
	openapi_open(d, key, '{');
	openapi_str(d, "$ref", target);
	jsonw_close(&d->w, '}');
}

const struct dialect *openapi_dialect(const struct doc *d, const struct route *r)
{
	return r->dialect ? r->dialect : d->family->dialect;
}

const char *openapi_tag(const struct doc *d, const struct route *r)
{
	return r->tag ? r->tag : d->family->title;
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

const char *openapi_schema_ref(struct doc *d, enum use use, const struct shape *shape,
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

	openapi_open(d, "schemas", '{');
	for (int i = 0; i < d->n_schemas; i++) { /* grows: a page refers to its rows */
		const struct schema s = d->schemas[i];

		jsonw_key(&d->w, s.name);
		if (s.use == USE_PAGE)
			dialect->write_page_schema(
				&d->w, openapi_schema_ref(d, USE_REPLY, s.shape, NULL), s.extra);
		else
			schema_shape(&d->w, s.shape, s.use == USE_REPLY);
	}
	dialect->write_error_schemas(&d->w);
	for (int i = 0; i < d->n_rows; i++) {
		const struct dialect *own = openapi_dialect(d, d->rows[i]);
		bool seen = own->write_error_schemas == dialect->write_error_schemas;

		for (int before = 0; before < i; before++)
			seen |= openapi_dialect(d, d->rows[before])->write_error_schemas ==
				own->write_error_schemas;
		if (!seen)
			own->write_error_schemas(&d->w);
	}
	jsonw_close(&d->w, '}');
}

/* ---- the document of a family ------------------------------------------------------------- */

static void write_paths(struct doc *d)
{
	openapi_open(d, "paths", '{');
	for (int i = 0; i < d->n_rows; i++) {
		const char *path = d->rows[i]->path;
		bool seen = false;

		for (int before = 0; before < i; before++)
			seen = seen || strcmp(d->rows[before]->path, path) == 0;
		if (seen)
			continue;
		openapi_open(d, path, '{');
		for (int same = i; same < d->n_rows; same++)
			if (strcmp(d->rows[same]->path, path) == 0)
				openapi_operation(d, d->rows[same]);
		jsonw_close(&d->w, '}');
	}
	jsonw_close(&d->w, '}');
}

static void write_tags(struct doc *d)
{
	openapi_open(d, "tags", '[');
	for (int i = 0; i < d->n_rows; i++) {
		bool seen = false;

		for (int before = 0; before < i; before++)
			seen = seen || strcmp(openapi_tag(d, d->rows[before]),
					      openapi_tag(d, d->rows[i])) == 0;
		if (seen)
			continue;
		jsonw_open(&d->w, '{');
		openapi_str(d, "name", openapi_tag(d, d->rows[i]));
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
	openapi_open(d, key, '{');
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
	openapi_str(d, "openapi", "3.1.0");
	openapi_open(d, "info", '{');
	openapi_str(d, "title", d->family->title);
	openapi_str(d, "version", d->family->version);
	openapi_str(d, "description", d->family->doc);
	jsonw_close(&d->w, '}');
	openapi_open(d, "servers", '[');
	jsonw_open(&d->w, '{');
	openapi_str(d, "url", server_url);
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, ']');
	write_tags(d);
	write_paths(d);
	openapi_open(d, "components", '{');
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
