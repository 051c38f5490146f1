/* route.c: finds the row of a request by table */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const names[] = {
	[M_NONE] = "",	     [M_GET] = "GET",	    [M_POST] = "POST", [M_PUT] = "PUT",
	[M_PATCH] = "PATCH", [M_DELETE] = "DELETE", [M_HEAD] = "HEAD", [M_OPTIONS] = "OPTIONS",
};

const char *method_name(enum method m)
{
	return names[m];
}

enum method method_find(const char *name)
{
	for (enum method m = M_GET; m <= M_OPTIONS; m++)
		if (strcmp(names[m], name) == 0)
			return m;
	return M_NONE;
}

/* Rows whose method is M_GET also answer M_HEAD, unless they have an effect. */
static bool takes(const struct route *r, enum method m)
{
	return r->method == m || (m == M_HEAD && r->method == M_GET && !r->effect);
}

struct segments {
	const char *at[MAX_SEGMENTS]; /* decoded */
	int n;
};

/* False when the path cannot name anything: no leading slash, empty or dotted segments, bad
 * escapes, too many. */
static bool split(const char *path, struct arena *a, struct segments *out)
{
	out->n = 0;
	if (!*path || strcmp(path, "/") == 0)
		return true;
	if (*path != '/')
		return false;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");
		const char *segment = percent_decode(a, path, n, false);

		if (!n || !segment || out->n == MAX_SEGMENTS || strcmp(segment, ".") == 0 ||
		    strcmp(segment, "..") == 0)
			return false;
		out->at[out->n++] = segment;
		path += n;
	}
	return true;
}

/* The pattern fits the segments; values gets the parameters. */
static bool fits(const char *pattern, const struct segments *s, const char *values[MAX_PATH_PARAMS])
{
	int n_values = 0;

	for (int i = 0; i < s->n; i++) {
		size_t n;

		if (*pattern++ != '/')
			return false;
		n = strcspn(pattern, "/");
		if (*pattern == '{') {
			if (n_values == MAX_PATH_PARAMS)
				return false;
			values[n_values++] = s->at[i];
		} else if (strncmp(pattern, s->at[i], n) != 0 || s->at[i][n]) {
			return false;
		}
		pattern += n;
	}
	return !*pattern || (!s->n && strcmp(pattern, "/") == 0);
}

static void allow_add(char allow[64], const char *name)
{
	size_t n = strlen(allow);

	if (strstr(allow, name))
		return;
	snprintf(allow + n, 64 - n, "%s%s", n ? ", " : "", name);
}

/* ERR_NO_ROUTE: the table does not know the path; ERR_METHOD: it does, with other methods. */
static enum err_code table_find(const struct route *table, enum method m, const struct segments *s,
				struct match *out)
{
	enum err_code code = ERR_NO_ROUTE;

	for (const struct route *r = table; r && r->fn; r++) {
		if (!fits(r->path, s, out->values))
			continue;
		if (takes(r, m)) {
			out->route = r;
			return ERR_NONE;
		}
		if (!out->dialect)
			out->dialect = r->dialect;
		allow_add(out->allow, method_name(r->method));
		if (takes(r, M_HEAD))
			allow_add(out->allow, "HEAD");
		code = ERR_METHOD;
	}
	return code;
}

static enum err_code family_find(const struct family *f, const struct route *common, enum method m,
				 const struct segments *s, struct match *out)
{
	enum err_code code = table_find(f->routes, m, s, out);

	if (code == ERR_NO_ROUTE)
		code = table_find(common, m, s, out);
	return code;
}

static bool has_prefix(const char *path, const char *prefix)
{
	return strncmp(path, prefix, strlen(prefix)) == 0;
}

/* Who words the error of a path that nobody declares: the longest claim, else the last family. */
static const struct family *owner(const struct family *const *families, const char *path)
{
	const struct family *best = NULL;
	size_t length = 0;

	for (; *families; families++) {
		for (const char *const *o = (*families)->owns; o && *o; o++) {
			if (has_prefix(path, *o) && strlen(*o) > length) {
				best = *families;
				length = strlen(*o);
			}
		}
		if (!length)
			best = *families;
	}
	return best;
}

static const struct family *mounted(const struct family *const *families, const char *path,
				    const char **rest)
{
	for (; *families; families++) {
		const char *mount = (*families)->mount;

		if (mount && has_prefix(path, mount) &&
		    (!path[strlen(mount)] || path[strlen(mount)] == '/')) {
			*rest = path + strlen(mount);
			return *families;
		}
	}
	return NULL;
}

enum err_code route_find(const struct family *const *families, const struct route *common,
			 enum method m, const char *path, struct arena *a, struct match *out,
			 struct err *e)
{
	const char *rest = path;
	const struct family *only = mounted(families, path, &rest);
	enum err_code best = ERR_NO_ROUTE;
	struct segments s;

	*out = (struct match){ .mount = only ? only->mount : "", .path = rest };
	out->family = only ? only : owner(families, path);
	/* the path "/" of a mount; at the root it is the web panel's */
	if (split(rest, a, &s) && (only || s.n)) {
		for (; only || *families; families++) {
			const struct family *f = only ? only : *families;
			enum err_code code = family_find(f, common, m, &s, out);

			if (code != ERR_NO_ROUTE && best == ERR_NO_ROUTE)
				out->family = f;
			if (code == ERR_NONE) {
				out->family = f;
				out->dialect =
					out->route->dialect ? out->route->dialect : f->dialect;
				return ERR_NONE;
			}
			if (code == ERR_METHOD)
				best = ERR_METHOD;
			if (only)
				break;
		}
	}
	if (best == ERR_METHOD)
		allow_add(out->allow, "OPTIONS");
	if (!out->dialect)
		out->dialect = out->family->dialect;
	return err_code_set(e, best);
}
