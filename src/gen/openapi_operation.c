/* openapi_operation.c: one route as an operation of the OpenAPI document */
#include "gen/openapi_doc.h"

#include <ctype.h>
#include <string.h>

#include "http/dialect.h"
#include "http/params.h"
#include "json/schema.h"

static bool is_unsafe(const struct route *r)
{
	return r->method != M_GET && r->method != M_HEAD && r->method != M_OPTIONS;
}

static void write_parameter(struct doc *d, const struct route *r, const struct field *f)
{
	bool in_path = params_in_path(r, f);
	struct field bare = *f;

	bare.doc = NULL; /* stands beside the schema */
	jsonw_open(&d->w, '{');
	openapi_str(d, "name", f->key);
	openapi_str(d, "in", in_path ? "path" : "query");
	openapi_str(d, "description", f->doc);
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
			openapi_open(d, "parameters", '[');
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
	openapi_open(d, "requestBody", '{');
	jsonw_key(&d->w, "required");
	jsonw_bool(&d->w, !r->body_optional);
	openapi_open(d, "content", '{');
	openapi_open(d, media[r->body_kind], '{');
	if (r->body)
		openapi_ref(d, "schema", openapi_schema_ref(d, USE_INPUT, r->body, NULL));
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
	jsonw_close(&d->w, '}');
}

static void header_ref(struct doc *d, const char *name)
{
	openapi_ref(d, name, arena_printf(d->arena, "#/components/headers/%s", name));
}

/* Headers of an answer; status is that of an error, or 0. Every limited answer tells how much is
 * left; here that stands where a client looks for it. */
static void write_headers(struct doc *d, const struct route *r, int status)
{
	bool limited = r->rate != RATE_NONE && (!status || status == 429);

	if (!limited && !r->successor && status != 401 && status != 503 && (status || !r->etag))
		return;
	openapi_open(d, "headers", '{');
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
	openapi_open(d, "content", '{');
	openapi_open(d, arena_strndup(d->arena, media, type), '{');
	if (r->reply == REPLY_PAGE)
		openapi_ref(d, "schema", openapi_schema_ref(d, USE_PAGE, r->shape, r->extra));
	else if (r->shape)
		openapi_ref(d, "schema", openapi_schema_ref(d, USE_REPLY, r->shape, NULL));
	else if (strncmp(media, "text/", 5) == 0) {
		openapi_open(d, "schema", '{');
		openapi_str(d, "type", "string");
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
	errors[ERR_MEDIA_TYPE] = r->body_kind == BODY_JSON && !r->any_media &&
				 openapi_dialect(d, r)->media_type_status;
	errors[ERR_INVALID] = r->body_kind != BODY_NONE || r->args;
	errors[ERR_RATE] = r->rate != RATE_NONE;
	errors[ERR_INTERNAL] = true;
	errors[ERR_BUSY] = !r->without_db;
	for (int i = 0; i < MAX_ERRORS && r->errors[i]; i++)
		errors[r->errors[i]] = true;
}

static void write_error(struct doc *d, const struct route *r, int status, const char *text)
{
	const struct dialect *dialect = openapi_dialect(d, r);

	openapi_open(d, arena_printf(d->arena, "%d", status), '{');
	openapi_str(d, "description", text);
	write_headers(d, r, status);
	openapi_open(d, "content", '{');
	openapi_open(d, dialect->error_media, '{');
	openapi_ref(d, "schema", dialect->error_schema(status));
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
		statuses[c] = openapi_dialect(d, r)->status_of(&refusal);
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

	openapi_open(d, "responses", '{');
	openapi_open(d, arena_printf(d->arena, "%d", status), '{');
	openapi_str(d, "description", success_text(status));
	write_headers(d, r, 0);
	write_content(d, r);
	jsonw_close(&d->w, '}');
	if (r->etag) {
		openapi_open(d, "304", '{');
		openapi_str(d, "description", "The client has it already (If-None-Match)");
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
		openapi_open(d, schemes[i], '[');
		if (i == 0 && *scope_name(r->scope))
			jsonw_str(&d->w, scope_name(r->scope));
		jsonw_close(&d->w, ']');
	}
	jsonw_close(&d->w, '}');
}

static void write_security(struct doc *d, const struct route *r)
{
	openapi_open(d, "security", '[');
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

static const char *lower(struct doc *d, const char *word)
{
	char *copy = arena_strdup(d->arena, word);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

void openapi_operation(struct doc *d, const struct route *r)
{
	openapi_open(d, lower(d, method_name(r->method)), '{');
	openapi_open(d, "tags", '[');
	jsonw_str(&d->w, openapi_tag(d, r));
	jsonw_close(&d->w, ']');
	openapi_str(d, "summary", r->summary);
	openapi_str(d, "description", description(d, r));
	openapi_str(d, "operationId", r->id);
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
