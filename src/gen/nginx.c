/* nginx.c: the configuration of nginx for one instance; see gen.h. Directives are described at
 * https://nginx.org/en/docs/dirindex.html */
#include "gen/gen.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "gen/pattern.h"
#include "http/dialect.h"

enum {
	UPSTREAM_PROCESSES = 8, /* so many requests may wait for other machines at once */
	MAX_SITES = 4096,
	/* of one worker; nginx takes 0.4 KiB for each at its start */
	CONNECTIONS = 4096,
	FILES = 4 * CONNECTIONS, /* client, pool, a file for a body, a file to send */
	/* requests of one address at a time, far above what a browser or a proxy of a home opens; and the
	   table for 16,000 addresses */
	ADDRESS_REQUESTS = 256,
	ADDRESS_TABLE_KB = 1024,
};

static const struct {
	const char *name, *program;
	int read_timeout_s; /* longer than the deadline of what the pool waits for */
} pools[POOLS] = {
	[POOL_API] = { "api", "hearth-api", 10 },
	[POOL_UPSTREAM] = { "upstream", "hearth-api", 35 },
	[POOL_STREAM] = { "stream", "hearth-stream", 3600 },
};

/* What nginx refuses by itself, and what a family calls it. */
static const struct refused {
	const char *statuses; /* of nginx; 494 is its own number for a head that is too large */
	enum err_code code;
	const char *text; /* NULL: the code's */
	const char *header;
} refusals[] = {
	{ "400 501 505", ERR_BAD_REQUEST, NULL, NULL },
	{ "403 404", ERR_NO_ROUTE, NULL, NULL },
	{ "405", ERR_METHOD, NULL, "Allow \"GET, HEAD\"" },
	{ "413", ERR_TOO_LARGE, NULL, NULL },
	{ "414", ERR_URI_TOO_LONG, NULL, NULL },
	{ "494", ERR_HEADERS_TOO_LARGE, NULL, NULL },
	{ "500", ERR_INTERNAL, NULL, NULL },
	{ "502 503 504", ERR_UNAVAILABLE, "Hearth is busy or starting - try again in a moment",
	  "Retry-After 1" },
};

enum { REFUSALS = sizeof(refusals) / sizeof(*refusals) };

/* A path where routes stand, mount included; several methods share one. */
struct site {
	const char *path;
	const struct family *family;
	const struct dialect *dialect; /* of its errors */
	enum pool pool;
	size_t max_body;
};

struct map {
	struct arena *arena;
	const struct family *const *families;
	struct site *sites;
	int n_sites;
	size_t max_body; /* of the location for everything */
};

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* ---- sites -------------------------------------------------------------------------------- */

static void site_add(struct map *m, const struct family *f, const char *mount,
		     const struct route *r)
{
	const char *path = arena_printf(m->arena, "%s%s", mount, r->path);
	size_t body = r->body_kind ? r->max_body : 0;

	for (int i = 0; i < m->n_sites; i++) {
		struct site *p = &m->sites[i];

		if (strcmp(p->path, path) != 0)
			continue;
		if (p->family ==
		    f) { /* methods that wait for different things: the patient pool takes all */
			p->pool = r->pool > p->pool ? r->pool : p->pool;
			p->max_body = max_size(p->max_body, body);
		}
		return; /* at the root an earlier family keeps the path */
	}
	if (m->n_sites < MAX_SITES)
		m->sites[m->n_sites++] =
			(struct site){ path, f, r->dialect ? r->dialect : f->dialect, r->pool,
				       body };
}

static void sites_collect(struct map *m)
{
	m->sites = ARENA_ARRAY(m->arena, struct site, MAX_SITES);
	m->max_body = ROUTE_MAX_BODY;
	for (const struct family *const *f = m->families; *f; f++) {
		const struct route *const tables[] = { (*f)->routes, gen_docs_routes };

		m->max_body = max_size(m->max_body, (*f)->max_body);
		for (int t = 0; t < 2; t++) {
			for (const struct route *r = tables[t]; r && r->fn; r++) {
				if (r->path[1]) /* "/" stands under the mount only */
					site_add(m, *f, "", r);
				if ((*f)->mount)
					site_add(m, *f, (*f)->mount, r);
			}
		}
	}
}

/* Does not fit into the location for everything. */
static bool is_special(const struct map *m, const struct site *p)
{
	return p->pool != POOL_API || p->max_body > m->max_body;
}

/* The site needs a location of its own: it is special, or a special one would take its requests. */
static bool has_location(const struct map *m, const struct site *p)
{
	if (is_special(m, p))
		return true;
	for (int i = 0; i < m->n_sites; i++)
		if (is_special(m, &m->sites[i]) && pattern_has_parameter(m->sites[i].path) &&
		    pattern_overlaps(m->sites[i].path, p->path))
			return true;
	return false;
}

/* The pattern as a regular expression. */
static const char *regex(const struct map *m, const char *path)
{
	struct buf b = { 0 };
	const char *copy;

	buf_char(&b, '^');
	while (*path) {
		if (*path == '{') {
			buf_str(&b, "[^/]+");
			path += strcspn(path, "/");
		} else {
			if (*path == '.')
				buf_char(&b, '\\');
			buf_char(&b, *path++);
		}
	}
	buf_char(&b, '$');
	copy = arena_strdup(m->arena, b.data);
	buf_done(&b);
	return copy;
}

/* ---- who words an error -------------------------------------------------------------------- */

/* The family whose claim on the path is the longest, else the last: as the dispatcher decides for
 * unknown paths. */
static const struct family *owner(const struct map *m, const char *path)
{
	const struct family *best = NULL;
	size_t length = 0;

	for (const struct family *const *f = m->families; *f; f++) {
		for (const char *const *o = (*f)->owns; o && *o; o++) {
			if (strncmp(path, *o, strlen(*o)) == 0 && strlen(*o) > length) {
				best = *f;
				length = strlen(*o);
			}
		}
		if (!length)
			best = *f;
	}
	return best;
}

/* A family that words errors as the site does. */
static const struct family *worder(const struct map *m, const struct site *p)
{
	for (const struct family *const *f = m->families; *f; f++)
		if (p->dialect != p->family->dialect && (*f)->dialect == p->dialect)
			return *f;
	return p->family;
}

static void map_paths(const struct map *m, struct buf *out)
{
	for (int i = 0; i < m->n_sites; i++) {
		const struct site *p = &m->sites[i];
		const char *mount = p->family->mount;
		const struct family *family = worder(m, p);

		if ((mount && strncmp(p->path, mount, strlen(mount)) == 0) ||
		    owner(m, p->path) == family)
			continue;
		buf_printf(out, pattern_has_parameter(p->path) ? "\t\t~%s %s;\n" : "\t\t%s %s;\n",
			   pattern_has_parameter(p->path) ? regex(m, p->path) : p->path,
			   family->name);
	}
}

/* Claims, the longest first, because nginx takes the first expression that fits. */
static void map_claims(const struct map *m, struct buf *out)
{
	size_t longest = 0;

	for (const struct family *const *f = m->families; *f; f++)
		for (const char *const *o = (*f)->owns; o && *o; o++)
			longest = max_size(longest, strlen(*o));
	for (size_t n = longest; n; n--)
		for (const struct family *const *f = m->families; *f; f++)
			for (const char *const *o = (*f)->owns; o && *o; o++)
				if (strlen(*o) == n)
					buf_printf(out, "\t\t~^%s %s;\n", *o, (*f)->name);
}

static void print_maps(const struct map *m, struct buf *out)
{
	/* Only what needs no escape in JSON: the path stands in error bodies. No query anywhere: it
	 * may be secret. */
	buf_str(out,
		"\t# What the client sent, also while nginx answers an error by a GET of its own.\n"
		"\tmap $request $sent_method {\n"
		"\t\tdefault -;\n"
		"\t\t~^(?<method>[A-Z_-]+) $method;\n"
		"\t}\n"
		"\t# Out of the request line: $request_uri is empty where nginx cannot decode the path.\n"
		"\tmap $request $instance_path {\n"
		"\t\tdefault /;\n"
		"\t\t'~^[A-Z_-]+ (?:[a-z]+://[^/? ]*)?"
		"(?<raw_path>/[^?\"\\\\\\\\\\x00-\\x20\\x7f-\\xff]*)(?:[? ]|$)' $raw_path;\n"
		"\t}\n"
		"\tmap $instance_path $error_family {\n");
	buf_printf(out, "\t\tdefault %s;\n", owner(m, "/")->name);
	for (const struct family *const *f = m->families; *f; f++)
		if ((*f)->mount)
			buf_printf(out, "\t\t~^%s(/|$) %s;\n", (*f)->mount, (*f)->name);
	map_paths(m, out);
	map_claims(m, out);
	buf_str(out,
		"\t}\n"
		"\tmap $arg_v $asset_cache {\n"
		"\t\t'' no-cache;\n"
		"\t\tdefault 'public, max-age=31536000, immutable';\n"
		"\t}\n"
		"\t# An answer that brings its own policy keeps it.\n"
		"\tmap $upstream_http_content_security_policy $content_policy {\n"
		"\t\t'' \"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
		"connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
		"form-action 'self'; frame-ancestors 'none'\";\n"
		"\t\tdefault '';\n"
		"\t}\n");
}

/* ---- parts of the file --------------------------------------------------------------------- */

static void print_main(const struct gen_nginx_options *o, struct buf *out)
{
	buf_str(out,
		"# Printed by hearthctl nginx for this instance; changes are lost at the next start.\n"
		"# Relative paths begin at the folder that nginx is given with -p.\n");
	if (o->user)
		buf_printf(out, "user %s;\n", o->user);
	buf_printf(out,
		   "worker_processes auto;\n"
		   "worker_rlimit_nofile %d;\n"
		   "pid run/nginx.pid;\n"
		   "error_log log/nginx-error.log warn;\n"
		   "pcre_jit on;\n"
		   "events {\n"
		   "\tworker_connections %d;\n"
		   "}\n"
		   "http {\n",
		   FILES, CONNECTIONS);
}

static void print_http(struct buf *out)
{
	buf_str(out,
		"\tserver_tokens off;\n"
		"\tdefault_type application/octet-stream;\n"
		"\ttypes {\n"
		"\t\ttext/html html;\n"
		"\t\ttext/css css;\n"
		"\t\ttext/javascript js;\n"
		"\t\tapplication/json json map;\n"
		"\t\tapplication/manifest+json webmanifest;\n"
		"\t\timage/svg+xml svg;\n"
		"\t\timage/png png;\n"
		"\t\tfont/woff2 woff2;\n"
		"\t}\n"
		"\tcharset utf-8;\n"
		"\tcharset_types text/css text/javascript;\n"
		"\tlog_format hearth '$time_iso8601 $request_id $remote_addr $sent_method $instance_path '\n"
		"\t\t'$status $body_bytes_sent $request_time $upstream_response_time';\n"
		"\taccess_log log/access.log hearth buffer=16k flush=1s;\n"
		"\tclient_body_temp_path run/nginx-body;\n"
		"\tfastcgi_temp_path run/nginx-fastcgi;\n"
		"\tproxy_temp_path run/nginx-proxy;\n"
		"\tscgi_temp_path run/nginx-scgi;\n"
		"\tuwsgi_temp_path run/nginx-uwsgi;\n"
		"\tsendfile on;\n"
		"\ttcp_nopush on;\n"
		"\tkeepalive_requests 100000;\n"
		"\tkeepalive_timeout 65s;\n"
		"\t# Slow clients are cut off before a worker hears of them.\n"
		"\tclient_header_timeout 5s;\n"
		"\tclient_body_buffer_size 64k;\n"
		"\tclient_body_timeout 15s;\n"
		"\tsend_timeout 30s;\n"
		"\treset_timedout_connection on;\n");
	buf_printf(
		out,
		"\t# Who sends bodies or reads answers slowly, on many connections, holds up himself alone.\n"
		"\tlimit_conn_zone $binary_remote_addr zone=address:%dk;\n"
		"\tlimit_conn address %d;\n"
		"\tlimit_conn_log_level info;\n",
		ADDRESS_TABLE_KB, ADDRESS_REQUESTS);
	buf_str(out,
		"\t# The whole head of a request fits into one buffer, or it is refused.\n"
		"\tlarge_client_header_buffers 1 16k;\n"
		"\tmerge_slashes off;\n"
		"\tabsolute_redirect off;\n"
		"\tgzip on;\n"
		"\tgzip_comp_level 5;\n"
		"\tgzip_min_length 1024;\n"
		"\tgzip_vary on;\n"
		"\tgzip_proxied any;\n"
		"\tgzip_types text/css text/javascript application/json application/problem+json\n"
		"\t\tapplication/manifest+json image/svg+xml;\n");
}

static bool has_pool(const struct map *m, enum pool pool)
{
	for (int i = 0; i < m->n_sites; i++)
		if (m->sites[i].pool == pool)
			return true;
	return false;
}

static void print_upstreams(const struct map *m, const char *dir, struct buf *out)
{
	for (enum pool p = 0; p < POOLS; p++) {
		if (!has_pool(m, p))
			continue;
		buf_printf(out, "\tupstream %s {\n\t\tserver \"unix:%s/run/%s.sock\";\n",
			   pools[p].name, dir, pools[p].name);
		/* In the other pools a worker may wait, and a kept connection would wait with
		 * it. */
		if (p == POOL_API)
			buf_str(out, "\t\tkeepalive 64;\n");
		buf_str(out, "\t}\n");
	}
}

static void print_fastcgi(struct buf *out)
{
	/* HTTP_PROXY: a header "Proxy" must not become a variable that libraries obey.
	 * X-Forwarded-For: a proxy may add a line of its own below the client's. Before nginx 1.23 each would
	 * be a variable, and the worker would read the client's; joined, the proxy's word is the last. */
	buf_str(out,
		"\tfastcgi_param REQUEST_METHOD $request_method;\n"
		"\tfastcgi_param REQUEST_URI $request_uri;\n"
		"\tfastcgi_param QUERY_STRING $query_string;\n"
		"\tfastcgi_param CONTENT_TYPE $content_type;\n"
		"\tfastcgi_param CONTENT_LENGTH $content_length;\n"
		"\tfastcgi_param REMOTE_ADDR $remote_addr;\n"
		"\tfastcgi_param REMOTE_PORT $remote_port;\n"
		"\tfastcgi_param SERVER_NAME $server_name;\n"
		"\tfastcgi_param SERVER_PORT $server_port;\n"
		"\tfastcgi_param SERVER_PROTOCOL $server_protocol;\n"
		"\tfastcgi_param GATEWAY_INTERFACE CGI/1.1;\n"
		"\tfastcgi_param REQUEST_SCHEME $scheme;\n"
		"\tfastcgi_param HTTPS $https if_not_empty;\n"
		"\tfastcgi_param REQUEST_ID $request_id;\n"
		"\tfastcgi_param HTTP_PROXY '';\n"
		"\tfastcgi_param HTTP_X_FORWARDED_FOR $http_x_forwarded_for if_not_empty;\n"
		"\tfastcgi_connect_timeout 2s;\n"
		"\tfastcgi_send_timeout 10s;\n"
		"\tfastcgi_buffer_size 16k;\n"
		"\tfastcgi_buffers 16 16k;\n"
		"\t# Only a kept connection that breaks is tried again, and never with POST or PATCH.\n"
		"\tfastcgi_next_upstream error;\n");
}

/* Headers of what nginx answers itself; a location with a header of its own inherits none. */
static void print_headers(struct buf *out, const char *indent, bool answers_itself)
{
	static const char *const always[] = {
		"Content-Security-Policy $content_policy",
		"Referrer-Policy no-referrer",
		"Cross-Origin-Opener-Policy same-origin",
		"Permissions-Policy 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'",
	};
	static const char *const itself[] = {
		/* the workers say these */
		"X-Content-Type-Options nosniff",
		"X-Request-Id $request_id",
	};

	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		buf_printf(out, "%sadd_header %s always;\n", indent, always[i]);
	for (size_t i = 0; answers_itself && i < sizeof(itself) / sizeof(*itself); i++)
		buf_printf(out, "%sadd_header %s always;\n", indent, itself[i]);
}

static void print_static_one(struct buf *out, const char *location, const char *file,
			     const char *cache)
{
	buf_printf(out, "\t\tlocation %s {\n\t\t\ttry_files %s =404;\n", location, file);
	buf_printf(out, "\t\t\tadd_header Cache-Control %s always;\n", cache);
	print_headers(out, "\t\t\t", true);
	buf_str(out, "\t\t}\n");
}

static void print_static(struct buf *out)
{
	print_static_one(out, "= /", "/index.html", "no-cache");
	print_static_one(out, "/assets/", "$uri", "$asset_cache");
}

static void print_pass(struct buf *out, enum pool pool, size_t max_body)
{
	buf_printf(out, "\t\t\tclient_max_body_size %zu;\n", max_body);
	buf_printf(out, "\t\t\tfastcgi_read_timeout %ds;\n", pools[pool].read_timeout_s);
	if (pool == POOL_API)
		buf_str(out, "\t\t\tfastcgi_keep_conn on;\n");
	else /* their queries hold tokens and codes, and the error log would show them */
		buf_str(out, "\t\t\terror_log /dev/null crit;\n");
	if (pool == POOL_STREAM)
		buf_str(out, "\t\t\tfastcgi_buffering off;\n\t\t\tgzip off;\n");
	buf_printf(out, "\t\t\tfastcgi_pass %s;\n\t\t}\n", pools[pool].name);
}

static void print_api(const struct map *m, struct buf *out)
{
	for (int i = 0; i < m->n_sites; i++) {
		const struct site *p = &m->sites[i];

		if (!has_location(m, p))
			continue;
		if (pattern_has_parameter(p->path))
			buf_printf(out, "\t\tlocation ~ \"%s\" {\n", regex(m, p->path));
		else
			buf_printf(out, "\t\tlocation = \"%s\" {\n", p->path);
		print_pass(out, p->pool, max_size(p->max_body, m->max_body));
	}
	buf_str(out, "\t\tlocation / {\n");
	print_pass(out, POOL_API, m->max_body);
}

/* Text in single quotes; variables in it are nginx's. */
static void print_quoted(struct buf *out, const char *text)
{
	buf_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	buf_char(out, '\'');
}

static void print_error(struct buf *out, const struct family *f, const struct refused *what)
{
	struct err e;
	/* nginx fills in the two variables; the maps leave in them only what is safe in JSON */
	struct refusal refusal = { .err = &e,
				   .instance = "$instance_path",
				   .method = "$sent_method" };
	struct buf body = { 0 };
	struct jsonw w;

	if (what->text)
		err_set(&e, what->code, "%s", what->text);
	else
		err_code_set(&e, what->code);
	jsonw_init(&w, &body, f->dialect->stamp);
	f->dialect->write_error(&w, &refusal);
	buf_printf(out, "\t\tlocation = /-/%s/%s {\n\t\t\tinternal;\n", f->name,
		   err_name(what->code));
	buf_printf(out, "\t\t\tdefault_type %s;\n\t\t\tclient_max_body_size 0;\n",
		   f->dialect->error_media);
	buf_str(out, "\t\t\tadd_header Cache-Control no-store always;\n");
	if (what->header)
		buf_printf(out, "\t\t\tadd_header %s always;\n", what->header);
	print_headers(out, "\t\t\t", true);
	buf_printf(out, "\t\t\treturn %d ", f->dialect->status_of(&refusal));
	print_quoted(out, body.data);
	buf_str(out, ";\n\t\t}\n");
	buf_done(&body);
}

static void print_errors(const struct map *m, struct buf *out)
{
	for (int i = 0; i < REFUSALS; i++)
		buf_printf(out, "\t\terror_page %s = /-/$error_family/%s;\n", refusals[i].statuses,
			   err_name(refusals[i].code));
	for (const struct family *const *f = m->families; *f; f++)
		for (int i = 0; i < REFUSALS; i++)
			print_error(out, *f, &refusals[i]);
}

static void print_listen(const struct gen_nginx_options *o, struct buf *out)
{
	bool any_v6 = strcmp(o->listen, "[::]") == 0;

	buf_printf(out, "\t\tlisten %s:%d%s%s;\n", o->listen, o->port,
		   any_v6 ? " ipv6only=off" : "", o->tls_certificate ? " ssl http2" : "");
	buf_str(out, "\t\tserver_name _;\n");
	if (!o->tls_certificate)
		return;
	buf_printf(out, "\t\tssl_certificate \"%s\";\n\t\tssl_certificate_key \"%s\";\n",
		   o->tls_certificate, o->tls_key);
	buf_str(out, "\t\tssl_protocols TLSv1.2 TLSv1.3;\n"
		     "\t\tssl_session_cache shared:tls:1m;\n"
		     "\t\terror_page 497 =308 https://$host:$server_port$request_uri;\n");
}

static void print_server(const struct map *m, const struct gen_nginx_options *o, struct buf *out)
{
	buf_str(out, "\tserver {\n");
	print_listen(o, out);
	buf_printf(out, "\t\troot \"%s\";\n", o->panel_dir);
	print_headers(out, "\t\t", false);
	print_errors(m, out);
	print_static(out);
	print_api(m, out);
	buf_str(out, "\t}\n}\n");
}

static bool is_clean(const char *path)
{
	for (; path && *path; path++)
		if (strchr("\"'\\$;{}", *path) || (unsigned char)*path < ' ' || *path == 0x7f)
			return false;
	return true;
}

enum err_code gen_nginx(const struct family *const *families, const struct gen_nginx_options *o,
			struct buf *out, struct err *e)
{
	const char *const paths[] = { o->dir,	  o->panel_dir, o->tls_certificate,
				      o->tls_key, o->listen,	o->user };
	struct map m = { .arena = arena_new(), .families = families };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (!is_clean(paths[i])) {
			arena_free(m.arena);
			return err_set(e, ERR_INVALID,
				       "May not hold quotes, backslashes, $, ;, braces or control "
				       "characters: %.150s",
				       paths[i]);
		}
	}
	sites_collect(&m);
	print_main(o, out);
	print_http(out);
	print_maps(&m, out);
	print_upstreams(&m, o->dir, out);
	print_fastcgi(out);
	print_server(&m, o, out);
	arena_free(m.arena);
	return ERR_NONE;
}

void gen_pools(const struct family *const *families, const char *dir, struct buf *out)
{
	struct map m = { .arena = arena_new(), .families = families };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	sites_collect(&m);
	for (enum pool p = 0; p < POOLS; p++) {
		long processes = p == POOL_API	      ? 2 * (cores > 0 ? cores : 1)
				 : p == POOL_UPSTREAM ? UPSTREAM_PROCESSES
						      : 1;

		if (has_pool(&m, p))
			buf_printf(out, "%s %ld %s %s/run/%s.sock\n", pools[p].name, processes,
				   pools[p].program, dir, pools[p].name);
	}
	arena_free(m.arena);
}
