/* lint.c: faults of the route tables that no compiler finds; see gen.h */
#include "gen/gen.h"

#include <ctype.h>
#include <string.h>

#include "base/fault.h"
#include "gen/pattern.h"
#include "http/dialect.h"
#include "http/params.h"

enum { MAX_ITEMS = 1000 }; /* of a page */

/* Paths that families share at the root on purpose; the first of them answers for all. */
static const char *const shared[] = { "/health", "/openapi.json", "/docs", "/api/auth/login",
				      NULL };

struct lint {
	const struct family *const *families;
	const struct family *family;
	const struct route *route; /* NULL: the fault is the family's */
	FILE *out;
	int faults;
};

static void fault(struct lint *l, const char *what, const char *detail)
{
	l->faults++;
	fprintf(l->out, "%s", l->family->name);
	if (l->route)
		fprintf(l->out, " %s %s", method_name(l->route->method),
			l->route->path ? l->route->path : "?");
	fprintf(l->out, ": %s%s%s\n", what, detail ? " " : "", detail ? detail : "");
}

static void refuse(struct lint *l, bool wrong, const char *what)
{
	if (wrong)
		fault(l, what, NULL);
}

static bool is_unsafe(const struct route *r)
{
	return r->method == M_POST || r->method == M_PUT || r->method == M_PATCH ||
	       r->method == M_DELETE;
}

/* ---- one row ------------------------------------------------------------------------------ */

static void check_words(struct lint *l, const struct route *r)
{
	refuse(l, r->method < M_GET || r->method > M_DELETE, "has no method that a row may have");
	refuse(l, !r->id || !*r->id, "has no operation id");
	refuse(l, !r->summary || !*r->summary, "has no summary");
	refuse(l, !r->tag || !*r->tag, "has no tag");
	for (const char *p = r->id; p && *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '_') {
			fault(l, "has an operation id that is no name:", r->id);
			break;
		}
	}
}

static void check_access(struct lint *l, const struct route *r)
{
	bool anyone = r->who & WHO_ANYONE;

	refuse(l, r->who == WHO_NOBODY, "names no credentials");
	refuse(l, r->scope == SCOPE_NONE || r->scope >= SCOPES, "names no scope");
	refuse(l, r->rate == RATE_UNSET || r->rate >= RATES, "names no rate class");
	refuse(l, r->pool >= POOLS, "names no pool");
	refuse(l, anyone && r->who != WHO_ANYONE, "is public and asks for credentials");
	refuse(l, anyone != (r->scope == SCOPE_ANYONE),
	       "is public by its credentials or its scope, but not by both");
	refuse(l, r->rate == RATE_NONE && (!anyone || r->method != M_GET),
	       "is not limited and no public GET");
	refuse(l, (r->who & (WHO_TRUSTED | WHO_KEY)) && r->scope == SCOPE_SELF,
	       "is about the account itself, which an address or a key has not");
	refuse(l, (r->who & WHO_JWT) && !l->family->audience,
	       "takes JWTs in a family without an audience");
	refuse(l, r->while_password_change && !(r->who & WHO_SESSION),
	       "may be called before the password is changed, but takes no session");
}

static const struct field *args_find(const struct route *r, const char *name, size_t n)
{
	return r->args ? field_find(r->args, name, n) : NULL;
}

static void check_path(struct lint *l, const struct route *r)
{
	int segments = 0, parameters = 0;

	refuse(l, *r->path != '/', "has a path that does not begin with a slash");
	refuse(l, !r->path[1] && (!l->family->mount || !r->unlisted),
	       "stands at the root, which is the web panel's");
	for (const char *p = r->path; (p = strchr(p, '/')); segments++) {
		size_t n = strcspn(++p, "/");

		if (*p != '{') {
			refuse(l, memchr(p, '{', n) || memchr(p, '}', n),
			       "has braces inside of a segment");
			refuse(l, !n && r->path[1], "has an empty segment");
			continue;
		}
		parameters++;
		refuse(l, p[n - 1] != '}', "has braces inside of a segment");
		if (!args_find(r, p + 1, n > 2 ? n - 2 : 0))
			fault(l, "has no field in its arguments for", p);
	}
	refuse(l, segments > MAX_SEGMENTS, "has too many segments");
	refuse(l, parameters > MAX_PATH_PARAMS, "has too many path parameters");
}

static void check_reply(struct lint *l, const struct route *r)
{
	bool written = r->reply == REPLY_RAW || r->reply == REPLY_STREAM;
	int status = r->status ? r->status : r->reply == REPLY_NONE ? 204 : 200;

	refuse(l, (r->reply == REPLY_OBJECT || r->reply == REPLY_PAGE) && !r->shape,
	       "has no shape for its reply");
	refuse(l, r->reply == REPLY_NONE && (r->shape || r->media),
	       "has no reply, but says what it is");
	refuse(l, written && !r->media, "does not say what media its reply is");
	refuse(l, !written && r->media, "says what media its reply is, which the front decides");
	refuse(l, r->extra && r->reply != REPLY_PAGE, "has members beside the rows of no page");
	refuse(l, status < 200 || status > 399, "succeeds with a status that is none of success");
	refuse(l, r->reply != REPLY_NONE && status == 204, "has a reply that its status forbids");
	refuse(l,
	       r->etag &&
		       (r->method != M_GET || r->reply == REPLY_STREAM || r->effect || r->no_store),
	       "has an ETag that no client may use");
	refuse(l,
	       r->shared && (r->method != M_GET || r->scope == SCOPE_SELF || r->tx != TX_READ ||
			     r->effect || r->no_store),
	       "is shared by all who may ask, but its answer is not the same for all or not a read");
	refuse(l, r->effect && r->method != M_GET,
	       "says that it has an effect, which its method says");
	refuse(l, !r->successor != !r->deprecated_s,
	       "has a successor or a day of its deprecation, but not both");
}

static void check_body(struct lint *l, const struct route *r)
{
	refuse(l, r->body_kind == BODY_NONE && r->body,
	       "has a shape for a body that it does not read");
	refuse(l, (r->body_kind == BODY_JSON || r->body_kind == BODY_FORM) && !r->body,
	       "has no shape for its body");
	refuse(l, r->body_kind != BODY_NONE && !is_unsafe(r),
	       "reads a body that its method has not");
	refuse(l, r->body_kind == BODY_NONE && (r->max_body || r->body_optional),
	       "limits a body that it does not read");
	refuse(l, r->body_kind != BODY_JSON && (r->any_media || r->media_required),
	       "speaks of the media of a body that is no JSON");
}

static void check_tx(struct lint *l, const struct route *r)
{
	refuse(l, is_unsafe(r) && r->tx == TX_READ,
	       "changes something in a transaction that only reads");
	refuse(l, !is_unsafe(r) && r->tx == TX_WRITE && !r->effect,
	       "writes, but says of no effect");
	refuse(l, r->pool != POOL_API && r->tx != TX_NONE,
	       "waits for others inside of a transaction");
	refuse(l, r->without_db && r->tx != TX_NONE,
	       "opens a transaction, though it runs without a database");
}

static void check_page(struct lint *l, const struct route *r)
{
	const struct field *limit = args_find(r, "limit", 5);

	if (!limit)
		limit = args_find(r, "per_page", 8);
	if (r->reply == REPLY_PAGE &&
	    (!limit || !limit->bounded || limit->max > MAX_ITEMS || !limit->def))
		fault(l, "has pages whose size has no bound or no default", NULL);
}

/* ---- shapes ------------------------------------------------------------------------------- */

static bool is_plain(const char *key)
{
	for (const char *p = key; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.", *p))
			return false;
	return *key;
}

static void check_shape(struct lint *l, const struct shape *s);

static void check_field(struct lint *l, const struct shape *s, const struct field *f)
{
	if (f->kind == KIND_NONE)
		fault(l, "has a field of no kind:", f->key);
	if (!is_plain(f->key))
		fault(l, "has a field whose key is no name:", f->key);
	if (f->bounded && f->min > f->max)
		fault(l, "has a field whose bounds leave nothing:", f->key);
	if (f->one_of && f->kind != KIND_STR)
		fault(l, "has a field with choices that is no text:", f->key);
	if (f->required && f->def)
		fault(l, "has a field that is required and has a default:", f->key);
	if ((f->schema || f->items || f->object) && !f->json)
		fault(l, "has a field with a schema of its own that is no JSON:", f->key);
	if (f->items)
		check_shape(l, f->items);
	if (f->object)
		check_shape(l, f->object);
	for (const struct field *other = s->fields; other < f; other++)
		if (strcmp(other->key, f->key) == 0)
			fault(l, "has a field twice:", f->key);
}

static void check_shape(struct lint *l, const struct shape *s)
{
	int n = 0;

	if (!s)
		return;
	refuse(l, !s->name || !*s->name, "has a shape without a name");
	for (const struct field *f = s->fields; f->key; f++, n++)
		check_field(l, s, f);
	refuse(l, n > MAX_FIELDS, "has a shape of too many fields");
}

/* Two shapes of one name would be one schema in the document. */
static void check_names(struct lint *l, const struct route *r)
{
	const struct shape *const own[] = { r->body, r->shape };

	for (const struct route *other = l->family->routes; other < r; other++) {
		const struct shape *const earlier[] = { other->body, other->shape };

		for (int i = 0; i < 4; i++) {
			const struct shape *a = own[i / 2], *b = earlier[i % 2];

			if (a && b && a != b && a->name && b->name && strcmp(a->name, b->name) == 0)
				fault(l, "has a shape that is named like another:", a->name);
		}
	}
	if (r->body && r->shape && r->body != r->shape &&
	    strcmp(r->body->name, r->shape->name) == 0)
		fault(l, "has a shape that is named like another:", r->shape->name);
}

/* ---- rows among each other ----------------------------------------------------------------- */

static void check_earlier(struct lint *l, const struct route *r)
{
	for (const struct route *other = l->family->routes; other < r; other++) {
		if (r->id && other->id && strcmp(other->id, r->id) == 0)
			fault(l, "has the operation id of another row:", r->id);
		if (other->method == r->method && pattern_covers(other->path, r->path))
			fault(l,
			      "is never reached; an earlier row takes its requests:", other->path);
	}
}

static bool is_shared(const char *path)
{
	for (const char *const *s = shared; *s; s++)
		if (strcmp(*s, path) == 0)
			return true;
	return false;
}

/* At the root all families share one table. */
static void check_root(struct lint *l, const struct route *r)
{
	for (const struct family *const *f = l->families; *f != l->family; f++)
		for (const struct route *other = (*f)->routes; other->fn; other++)
			if (other->method == r->method && pattern_overlaps(other->path, r->path) &&
			    !is_shared(r->path))
				fault(l, "gives requests at the root to an earlier family:",
				      (*f)->name);
	for (const struct family *const *f = l->families; *f; f++) {
		const char *mount = (*f)->mount;

		if (mount && strncmp(r->path, mount, strlen(mount)) == 0 &&
		    (!r->path[strlen(mount)] || r->path[strlen(mount)] == '/'))
			fault(l, "stands at the root where a family is mounted:", mount);
	}
}

static bool has_path(const struct family *f, const char *path)
{
	for (const struct route *r = f->routes; r->fn; r++)
		if (strcmp(r->path, path) == 0)
			return true;
	return false;
}

static void check_route(struct lint *l, const struct route *r)
{
	l->route = r;
	if (!r->path) {
		fault(l, "has no path", NULL);
		return;
	}
	check_words(l, r);
	check_access(l, r);
	check_path(l, r);
	check_reply(l, r);
	check_body(l, r);
	check_tx(l, r);
	check_page(l, r);
	check_shape(l, r->args);
	check_shape(l, r->body);
	check_shape(l, r->shape);
	check_shape(l, r->extra);
	check_names(l, r);
	check_earlier(l, r);
	check_root(l, r);
	if (r->successor && !has_path(l->family, r->successor))
		fault(l, "has a successor that is no path:", r->successor);
}

static void check_family(struct lint *l, const struct family *f)
{
	const struct route *r = f->routes;

	l->family = f;
	l->route = NULL;
	refuse(l, !f->title || !f->version, "has no title or no version");
	refuse(l, !f->dialect, "has no dialect");
	refuse(l, f->mount && *f->mount != '/', "has a mount that does not begin with a slash");
	for (; r->fn; r++)
		check_route(l, r);
	/* a row without a handler ends the table; what it says would be lost */
	l->route = r;
	if (r->path || r->id)
		fault(l, "has no handler, and no row behind it is read", NULL);
}

int gen_lint(const struct family *const *families, FILE *out)
{
	struct lint l = { .families = families, .out = out };

	for (const struct family *const *f = families; *f; f++)
		check_family(&l, *f);
	return l.faults;
}
