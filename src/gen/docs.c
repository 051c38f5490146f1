/* docs.c: the OpenAPI document and the page that shows it, as routes; see gen.h */
#include "gen/gen.h"

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/log.h"
#include "house/house.h"
#include "http/req.h"

enum { MAX_DOCUMENTS = 16 }; /* one for each family, and that of all */

/* Stands in a stored document where the server's address belongs, quotes included. */
#define ADDRESS "\"<address>\""

/* What the page loads is on this server; Swagger UI draws its icons from data: addresses. */
static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* A document as this worker has it, printed at the first request for it. */
static struct document {
	const char *name; /* "network", "all" */
	struct buf text;
} documents[MAX_DOCUMENTS];

static enum err_code document_get(const char *name, const struct buf **out, struct err *e)
{
	struct document *d = documents;

	while (d->name && strcmp(d->name, name) != 0)
		if (++d == documents + MAX_DOCUMENTS)
			return err_set(e, ERR_INTERNAL, "There is no room for the document of %s",
				       name);
	if (!d->name) {
		enum err_code code = gen_openapi(families, name, "<address>", &d->text, e);

		if (code) {
			log_line(LOG_ERROR, "openapi %s: %s", name, e->text);
			buf_done(&d->text);
			return code;
		}
		d->name = name;
	}
	*out = &d->text;
	return ERR_NONE;
}

/* Where the client fetched it. Behind a proxy that ends TLS only the configuration knows the
 * scheme. */
static const char *server_address(const struct req *rq)
{
	const char *public = rq->cfg->app.public_url;
	const char *host = strstr(rq->origin, "://"), *public_host = strstr(public, "://");
	bool same = public_host && strcmp(host, public_host) == 0;

	return arena_printf(rq->arena, "%s%s", same ? public : rq->origin, rq->mount);
}

static enum err_code openapi_show(struct req *rq, struct res *rs, struct err *e)
{
	const char *text, *at;
	const struct buf *b = NULL;
	enum err_code code = document_get(*rq->mount ? rq->family->name : "all", &b, e);
	struct jsonw w;

	if (code)
		return code;
	text = b->data;
	at = strstr(text, ADDRESS);
	buf_add(rs->body, text, (size_t)(at - text));
	jsonw_init(&w, rs->body, NULL);
	jsonw_str(&w, server_address(rq)); /* the client's words: escaped */
	at += strlen(ADDRESS);
	buf_add(rs->body, at, (size_t)(text + b->size - at));
	return ERR_NONE;
}

static enum err_code docs_show(struct req *rq, struct res *rs, struct err *e)
{
	const struct embedded *page = embedded_find("templates/docs.html");

	(void)rq;
	if (!page)
		return err_code_set(e, ERR_INTERNAL);
	buf_add(rs->body, page->data, page->size);
	res_header(rs, "Content-Security-Policy", policy);
	return ERR_NONE;
}

/* A public document that needs no database. */
#define DOCUMENT \
	.method = M_GET, .tag = "Documents", .pool = POOL_API, .who = WHO_ANYONE, \
	.scope = SCOPE_ANYONE, .rate = RATE_NONE, .tx = TX_NONE, .reply = REPLY_RAW, .etag = true, \
	.unlisted = true, .without_db = true

const struct route gen_docs_routes[] = {
	{
		DOCUMENT,
		.path = "/openapi.json",
		.id = "openapi",
		.summary = "This document",
		.media = "application/json",
		.fn = openapi_show,
	},
	{
		DOCUMENT,
		.path = "/docs",
		.id = "docs",
		.summary = "This document for people",
		.media = "text/html; charset=utf-8",
		.fn = docs_show,
	},
	{ .fn = NULL },
};
