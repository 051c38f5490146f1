/* matrix.c: who may do what; see gen.h */
#include "gen/gen.h"

#include <string.h>

#include "base/buf.h"
#include "json/jsonw.h"

static const char *const pool_names[] = {
	[POOL_API] = "api",
	[POOL_UPSTREAM] = "upstream",
	[POOL_STREAM] = "stream",
};

static const char *const rate_names[] = {
	[RATE_UNSET] = "unset",	    [RATE_NONE] = "none",	[RATE_COMMON] = "common",
	[RATE_MACHINE] = "machine", [RATE_NETWORK] = "network", [RATE_PANEL] = "panel",
	[RATE_ACTION] = "action",
};

static const char *const tx_names[] = {
	[TX_NONE] = "none",
	[TX_READ] = "read",
	[TX_WRITE] = "write",
};

_Static_assert(sizeof(pool_names) / sizeof(*pool_names) == POOLS, "a pool has no name");
_Static_assert(sizeof(rate_names) / sizeof(*rate_names) == RATES, "a rate class has no name");

static const char *scope_text(enum scope scope)
{
	switch (scope) {
	case SCOPE_NONE:
		return "nobody";
	case SCOPE_ANYONE:
		return "anyone";
	case SCOPE_SELF:
		return "self";
	default:
		return scope_name(scope);
	}
}

enum { WHO_TEXT = 64 };

static void who_text(unsigned who, char out[WHO_TEXT])
{
	static const struct {
		enum who bit;
		const char *name;
	} names[] = {
		{ WHO_ANYONE, "anyone" },   { WHO_JWT, "jwt" },	    { WHO_KEY, "key" },
		{ WHO_SESSION, "session" }, { WHO_TOKEN, "token" }, { WHO_TRUSTED, "trusted" },
	};
	size_t n = 0;

	snprintf(out, WHO_TEXT, "nobody");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (who & names[i].bit)
			n += (size_t)snprintf(out + n, WHO_TEXT - n, "%s%s", n ? "," : "",
					      names[i].name);
}

static void member(struct jsonw *w, const char *key, const char *value)
{
	jsonw_key(w, key);
	jsonw_str(w, value);
}

static void route_json(struct jsonw *w, const struct family *f, const struct route *r)
{
	char who[WHO_TEXT];

	who_text(r->who, who);
	jsonw_open(w, '{');
	member(w, "family", f->name);
	member(w, "method", method_name(r->method));
	member(w, "path", r->path);
	member(w, "operation_id", r->id);
	member(w, "pool", pool_names[r->pool]);
	member(w, "who", who);
	member(w, "scope", scope_text(r->scope));
	member(w, "rate", rate_names[r->rate]);
	member(w, "tx", tx_names[r->tx]);
	jsonw_close(w, '}');
}

/* Widths that do not follow the routes, so that a new one changes one line. */
#define ROW "%-8s %-6s %-45s %-8s %-21s %-13s %-7s %s\n"

static void route_line(struct buf *out, const struct family *f, const struct route *r)
{
	char who[WHO_TEXT];

	who_text(r->who, who);
	buf_printf(out, ROW, f->name, method_name(r->method), r->path, pool_names[r->pool], who,
		   scope_text(r->scope), rate_names[r->rate], tx_names[r->tx]);
}

int gen_matrix(const struct family *const *families, FILE *out, bool json)
{
	struct buf text = { 0 };
	struct jsonw w;
	int n = 0;

	jsonw_init(&w, &text, NULL);
	if (json)
		jsonw_open(&w, '[');
	else
		buf_printf(&text, ROW, "FAMILY", "METHOD", "PATH", "POOL", "WHO", "SCOPE", "RATE",
			   "TX");
	for (; *families; families++) {
		const struct route *const tables[] = { (*families)->routes, gen_docs_routes };

		for (int t = 0; t < 2; t++) {
			for (const struct route *r = tables[t]; r && r->fn; r++, n++) {
				if (json)
					route_json(&w, *families, r);
				else
					route_line(&text, *families, r);
			}
		}
	}
	if (json) {
		jsonw_close(&w, ']');
		buf_char(&text, '\n');
	}
	fwrite(text.data, 1, text.size, out);
	buf_done(&text);
	return n;
}
