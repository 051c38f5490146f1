/* reply.c: what goes out: head, body or refusal, or a stream of rows; see step.h */
#include <stdio.h>
#include <string.h>

#include "auth/session.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "http/status.h"
#include "http/step.h"

static void header(struct step *st, const char *name, const char *value)
{
	struct buf *b = &st->s->head;

	buf_str(b, name);
	buf_str(b, ": ");
	buf_str(b, value);
	buf_str(b, "\r\n");
}

static void header_int(struct step *st, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	header(st, name, text);
}

/* Cross-origin headers for the origins the family's configuration names. */
static void cors_headers(struct step *st)
{
	const struct family *f = st->match.family;
	const char *origin = step_param(st, "HTTP_ORIGIN");

	if (!f->cors_origins || !origin || !text_list_has(f->cors_origins(st->s->cfg), origin))
		return;
	header(st, "Access-Control-Allow-Origin", origin);
	header(st, "Vary", "Origin");
	if (st->method == M_OPTIONS) {
		header(st, "Access-Control-Allow-Methods", st->match.allow);
		header(st, "Access-Control-Allow-Headers",
		       "Authorization, X-API-Key, Content-Type, X-CSRF-Token");
		header(st, "Access-Control-Max-Age", "600");
	} else {
		header(st, "Access-Control-Expose-Headers",
		       "ETag, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
		       "X-Request-Id");
	}
}

static void deprecation_headers(struct step *st)
{
	const struct route *r = st->match.route;

	if (!r || !r->successor)
		return;
	buf_printf(&st->s->head, "Deprecation: @%lld\r\n", (long long)r->deprecated_s);
	buf_printf(&st->s->head, "Link: <%s%s>; rel=\"successor-version\"\r\n", st->match.mount,
		   r->successor);
}

/* The head of the reply; length < 0: not known. */
static void write_head(struct step *st, const char *media, int64_t length)
{
	const struct route *r = st->match.route;
	const char *id = step_param(st, "REQUEST_ID");

	buf_reset(&st->s->head);
	buf_printf(&st->s->head, "Status: %d %s\r\n", st->status, status_phrase(st->status));
	if (media)
		header(st, "Content-Type", media);
	if (length >= 0 && st->status != 204 && st->status != 304)
		header_int(st, "Content-Length", length);
	for (int i = 0; i < st->rs.n_headers; i++)
		header(st, st->rs.headers[i].name, st->rs.headers[i].value);
	if (st->err.code == ERR_UNAUTHENTICATED)
		header(st, "WWW-Authenticate", "Bearer");
	if (st->err.code == ERR_METHOD || (st->method == M_OPTIONS && st->status == 204))
		header(st, "Allow", st->match.allow);
	if (st->err.code && st->err.retry_after_s > 0)
		header_int(st, "Retry-After", st->err.retry_after_s);
	if (st->rate.limit) {
		header_int(st, "X-RateLimit-Limit", st->rate.limit);
		header_int(st, "X-RateLimit-Remaining", st->rate.remaining);
		header_int(st, "X-RateLimit-Reset", st->rate.reset_s);
	}
	header(st, "Cache-Control", !st->err.code && r && r->etag ? "no-cache" : "no-store");
	header(st, "X-Content-Type-Options", "nosniff");
	if (id)
		header(st, "X-Request-Id", id);
	deprecation_headers(st);
	cors_headers(st);
	buf_str(&st->s->head, "\r\n");
}

static bool send_out(struct step *st, struct buf *b)
{
	return !b->size || st->x->write(st->x->ctx, b->data, (long)b->size);
}

/* The family's error form. */
static void write_refusal(struct step *st)
{
	const struct dialect *d = st->match.dialect;
	struct refusal refusal = {
		.err = &st->err,
		.faults = &st->faults,
		.route = st->match.route,
		.instance = st->path,
		.method = st->method_text,
		.presented = st->presented,
		.rate_limit = st->rate.limit,
		.scope = st->no_scope ? scope_name(st->match.route->scope) : NULL,
	};

	if (st->err.code == ERR_RATE && !st->err.retry_after_s) {
		int64_t wait = st->rate.reset_s - st->rq.now;

		st->err.retry_after_s = wait < 1 ? 1 : (int)wait;
	}
	st->status = d->status_of(&refusal);
	if (st->status >= 500)
		log_line(LOG_WARNING, "%s %s answered %d %s: %s", st->method_text,
			 st->match.route ? st->match.route->path : "-", st->status,
			 err_name(st->err.code), st->err.text);
	if (st->rs.own_error)
		return;
	buf_reset(&st->s->body);
	jsonw_init(&st->rs.json, &st->s->body, d->stamp);
	d->write_error(&st->rs.json, &refusal);
	st->rs.media = d->error_media;
}

/* ETag over the body; true when the client has it already. */
static bool unchanged(struct step *st)
{
	const char *have = step_param(st, "HTTP_IF_NONE_MATCH");
	unsigned char hash[SHA256_BYTES];
	char text[SHA256_B64];
	char *etag;

	sha256(st->s->body.data, st->s->body.size, hash);
	write_base64url(hash, 12, text);
	etag = arena_printf(st->s->arena, "\"%s\"", text);
	res_header(&st->rs, "ETag", etag);
	return have && (strcmp(have, "*") == 0 || strstr(have, etag));
}

static void send_reply(struct step *st)
{
	const struct route *r = st->match.route;
	const char *media = st->rs.media;

	if (!st->err.code && r && r->etag && unchanged(st)) {
		st->status = 304;
		buf_reset(&st->s->body);
		media = NULL;
	} else if (!media && st->s->body.size) {
		media = r && r->media ? r->media : "application/json";
	}
	write_head(st, media, (int64_t)st->s->body.size);
	if (send_out(st, &st->s->head) && st->method != M_HEAD)
		send_out(st, &st->s->body);
}

enum err_code reply_flush(struct res *rs, struct err *e)
{
	struct step *st = rs->front;

	if (!st->sent) {
		st->sent = true;
		st->status = st->match.route->status ? st->match.route->status : 200;
		write_head(st, rs->media ? rs->media : st->match.route->media, -1);
		if (!send_out(st, &st->s->head))
			return err_set(e, ERR_INTERNAL, "The client is gone");
	}
	if (st->method != M_HEAD && !send_out(st, rs->body))
		return err_set(e, ERR_INTERNAL, "The client is gone");
	buf_reset(rs->body);
	return ERR_NONE;
}

void reply_end(struct step *st, enum err_code code)
{
	if (!code && st->method != M_HEAD)
		send_out(st, &st->s->body);
	if (code)
		log_line(LOG_WARNING, "stream of %s ended early: %s", st->match.route->path,
			 st->err.text);
	st->cut = code != ERR_NONE;
}

void reply_redirect(struct step *st)
{
	st->status = 307;
	st->err = (struct err){ 0 };
	res_header(&st->rs, "Location",
		   *st->query ? arena_printf(st->s->arena, "%s?%s", st->slash, st->query)
			      : st->slash);
	send_reply(st);
}

void reply_options(struct step *st)
{
	st->status = 204;
	st->err = (struct err){ 0 };
	send_reply(st);
}

void reply_refuse(struct step *st)
{
	const struct route *r = st->match.route;

	/* nothing but a cookie was sent, and it has ended */
	if (st->who.who == WHO_NOBODY && st->credentials.session &&
	    !st->credentials.authorization && !st->credentials.api_key &&
	    st->err.code == ERR_UNAUTHENTICATED && (r->who & WHO_SESSION))
		res_header(&st->rs, "Set-Cookie", session_cookie(st->s->arena, st->s->cfg, "", 0));
	write_refusal(st);
	send_reply(st);
}

void reply_success(struct step *st)
{
	const struct route *r = st->match.route;

	st->err = (struct err){ 0 };
	st->status = r->status ? r->status : st->s->body.size || r->reply != REPLY_NONE ? 200 : 204;
	if (st->who.session_renewed)
		res_header(&st->rs, "Set-Cookie",
			   session_cookie(st->s->arena, st->s->cfg, st->rq.session,
					  st->who.session_expires_s - st->rq.now));
	send_reply(st);
}
