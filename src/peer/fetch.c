/* fetch.c: see fetch.h */
#include "peer/fetch.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

struct fetch_session {
	CURL *curl;
	bool has_nonce, nonce_proven; /* of Digest: libcurl keeps one; it has been accepted */
	/* of the running call: */
	struct buf body, reason;
	size_t header_bytes, max_bytes, max_header_bytes;
	bool too_large;
};

/* libcurl brings two dozen libraries along, a third of what a worker holds. It is loaded by the
 * first call, since most workers never make one. */
#define LIBCURL "libcurl.so.4"
#define LIBCURL_CALLS(X) \
	X(global_init) \
	X(easy_init) \
	X(easy_setopt) \
	X(easy_perform) \
	X(easy_getinfo) \
	X(easy_reset) \
	X(easy_strerror) \
	X(easy_cleanup) \
	X(slist_append) \
	X(slist_free_all)

#define MEMBER(name) __typeof__(curl_##name) *name;
static struct {
	LIBCURL_CALLS(MEMBER)
	bool loaded;
} curl;
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_load(void)
{
	void *library = dlopen(LIBCURL, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		log_line(LOG_ERROR, "cannot load %s: %s", LIBCURL, dlerror());
		return;
	}
#define LOAD(name) \
	*(void **)&curl.name = dlsym(library, "curl_" #name); \
	if (!curl.name) \
		abort();
	LIBCURL_CALLS(LOAD)
	if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	curl.loaded = true;
}

struct fetch_session *fetch_session_new(void)
{
	struct fetch_session *s = calloc(1, sizeof(*s));

	pthread_once(&curl_once, curl_load);
	if (!s)
		abort();
	if (!curl.loaded)
		return s;
	s->curl = curl.easy_init();
	if (!s->curl)
		abort();
	return s;
}

void fetch_session_free(struct fetch_session *s)
{
	if (!s)
		return;
	if (s->curl)
		curl.easy_cleanup(s->curl);
	buf_done(&s->body);
	buf_done(&s->reason);
	free(s);
}

/* "HTTP/1.1 404 Not Found"; what is no status line leaves the reason as it is. */
static void keep_reason(struct fetch_session *s, const char *line, size_t n)
{
	const char *end = line + n, *status, *reason;

	if (n < 5 || memcmp(line, "HTTP/", 5) != 0) /* no field has a name like this */
		return;
	buf_reset(&s->reason);
	status = memchr(line, ' ', n);
	reason = status ? memchr(status + 1, ' ', (size_t)(end - status - 1)) : NULL;
	if (reason)
		buf_add(&s->reason, reason, (size_t)(end - reason));
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_session *s = arg;

	s->header_bytes += size * n;
	if (s->header_bytes > s->max_header_bytes) {
		s->too_large = true;
		return 0;
	}
	keep_reason(s, data, size * n);
	return size * n;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_session *s = arg;

	if (size * n > s->max_bytes - s->body.size) {
		s->too_large = true;
		return 0;
	}
	buf_add(&s->body, data, size * n);
	return size * n;
}

static void set_tls(CURL *c, const struct fetch *f)
{
	bool pinned = f->tls == FETCH_TLS_PIN && f->pin && *f->pin;
	bool check = !pinned && f->tls != FETCH_TLS_INSECURE;

	curl.easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl.easy_setopt(c, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L);
	curl.easy_setopt(c, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L);
	curl.easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, pinned ? f->pin : NULL);
	if (f->tls == FETCH_TLS_CA) {
		curl.easy_setopt(c, CURLOPT_CAINFO, f->ca_file);
		curl.easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
}

static void set_auth(CURL *c, const struct fetch *f)
{
	bool named = f->auth == FETCH_BASIC || f->auth == FETCH_DIGEST;

	switch (f->auth) {
	case FETCH_NO_AUTH:
		/* the method stays, as libcurl would forget the nonce with it; without a user it
		 * sends nothing */
		break;
	case FETCH_BASIC:
		curl.easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		break;
	case FETCH_DIGEST:
		/* With Digest alone libcurl sends the first POST without its body, as it expects a
		 * 401. Some boxes answer without a login, and would then answer the empty request.
		 * A second method makes libcurl ask first, in full; no token is set, so Bearer
		 * sends nothing. */
		curl.easy_setopt(c, CURLOPT_HTTPAUTH, (long)(CURLAUTH_DIGEST | CURLAUTH_BEARER));
		break;
	case FETCH_BEARER:
		curl.easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		break;
	}
	curl.easy_setopt(c, CURLOPT_USERNAME, named ? f->username : NULL);
	curl.easy_setopt(c, CURLOPT_PASSWORD, named ? f->password : NULL);
	curl.easy_setopt(c, CURLOPT_XOAUTH2_BEARER, f->auth == FETCH_BEARER ? f->password : NULL);
}

static void set_method(CURL *c, const struct fetch *f)
{
	const char *method = f->method ? f->method : "GET";

	/* a POST without a body, and bodies of other methods, go by the POST machinery under their
	 * own name */
	if (f->body || strcmp(method, "POST") == 0) {
		curl.easy_setopt(c, CURLOPT_POST, 1L);
		curl.easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)(f->body ? f->body_size : 0));
		curl.easy_setopt(c, CURLOPT_POSTFIELDS, f->body ? f->body : "");
	} else if (strcmp(method, "HEAD") == 0) {
		curl.easy_setopt(c, CURLOPT_NOBODY, 1L);
	} else {
		curl.easy_setopt(c, CURLOPT_HTTPGET, 1L);
	}
	curl.easy_setopt(c, CURLOPT_CUSTOMREQUEST, f->method);
}

/* Sets every option a call depends on, so that nothing stays from the call before. */
static void set_all(struct fetch_session *s, const struct fetch *f, struct curl_slist *headers)
{
	CURL *c = s->curl;

	curl.easy_setopt(c, CURLOPT_URL, f->url);
	curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl.easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl.easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl.easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl.easy_setopt(c, CURLOPT_PROXY, "");
	curl.easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* a name lookup that hangs is left behind at the deadline; its thread ends by itself */
	curl.easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	curl.easy_setopt(c, CURLOPT_MAXCONNECTS, 1L);
	curl.easy_setopt(c, CURLOPT_FRESH_CONNECT, f->fresh ? 1L : 0L);
	curl.easy_setopt(c, CURLOPT_USERAGENT, "Hearth");
	curl.easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl.easy_setopt(c, CURLOPT_HEADERDATA, s);
	curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl.easy_setopt(c, CURLOPT_WRITEDATA, s);
	curl.easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_bytes);
	set_tls(c, f);
	set_auth(c, f);
	set_method(c, f);
}

static enum peer_state state_of(CURLcode code, bool too_large)
{
	if (too_large)
		return PEER_TOO_LARGE;
	switch (code) {
	case CURLE_OK:
		return PEER_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_URL_MALFORMAT:
	case CURLE_LOGIN_DENIED: /* user or password in the URL */
		return PEER_RESOLVE_FAILED;
	case CURLE_COULDNT_CONNECT:
		return PEER_CONNECT_FAILED;
	case CURLE_OPERATION_TIMEDOUT:
		return PEER_TIMEOUT;
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return PEER_PIN_MISMATCH;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return PEER_TLS_FAILED;
	case CURLE_FILESIZE_EXCEEDED:
		return PEER_TOO_LARGE;
	default: /* connected, and then no whole HTTP answer */
		return PEER_BAD_ANSWER;
	}
}

/* libcurl's own message may hold parts of the URL or of the answer; the error is built from numbers
 * alone. */
static void set_error(struct fetch_session *s, CURLcode code, struct fetch_answer *out)
{
	long os_error = 0, verify = 0;

	if (out->state == PEER_TOO_LARGE)
		snprintf(out->error, sizeof(out->error), "%s are more than allowed",
			 s->header_bytes > s->max_header_bytes ? "headers" : "bytes");
	else if (code == CURLE_COULDNT_CONNECT &&
		 curl.easy_getinfo(s->curl, CURLINFO_OS_ERRNO, &os_error) == CURLE_OK && os_error)
		snprintf(out->error, sizeof(out->error), "%s", strerror((int)os_error));
	else if (code == CURLE_PEER_FAILED_VERIFICATION &&
		 curl.easy_getinfo(s->curl, CURLINFO_SSL_VERIFYRESULT, &verify) == CURLE_OK &&
		 verify)
		snprintf(out->error, sizeof(out->error), "%s",
			 X509_verify_cert_error_string(verify));
	else if (code == CURLE_UNSUPPORTED_PROTOCOL)
		snprintf(out->error, sizeof(out->error), "not an HTTP answer");
	else
		snprintf(out->error, sizeof(out->error), "%s", curl.easy_strerror(code));
}

/* NOSIGNAL makes libcurl leave SIGPIPE alone, and OpenSSL writes with write(): one raised here
 * stays in this thread and is taken away. */
static CURLcode perform(CURL *c)
{
	const struct timespec at_once = { 0 };
	sigset_t pipe, before, pending;
	CURLcode code;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	code = curl.easy_perform(c);
	if (!sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

/* One exchange, which ends at until_ms. */
static void exchange(struct fetch_session *s, const struct fetch *f, struct curl_slist *headers,
		     int64_t until_ms, struct fetch_answer *out)
{
	int64_t left_ms = until_ms - clock_monotonic_ms();
	int connect_ms =
		f->connect_timeout_ms > 0 ? f->connect_timeout_ms : FETCH_CONNECT_TIMEOUT_MS;
	CURLcode code;
	long status = 0, offered = 0;

	out->status = 0;
	buf_reset(&s->body);
	buf_reset(&s->reason);
	if (left_ms <= 0) {
		out->state = PEER_TIMEOUT;
		snprintf(out->error, sizeof(out->error), "no time was left");
		return;
	}
	s->header_bytes = 0;
	s->too_large = false;
	set_all(s, f, headers);
	/* bounds the whole exchange, so a peer that sends a byte a second ends here too */
	curl.easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl.easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	code = perform(s->curl);
	out->state = state_of(code, s->too_large);
	if (out->state != PEER_OK) {
		set_error(s, code, out);
		return;
	}
	curl.easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	curl.easy_getinfo(s->curl, CURLINFO_HTTPAUTH_AVAIL, &offered);
	out->status = (int)status;
	out->state = peer_state_of_status(out->status);
	out->error[0] = '\0';
	if (out->state != PEER_OK)
		snprintf(out->error, sizeof(out->error), "HTTP status %d", out->status);
	if (f->auth == FETCH_DIGEST) {
		s->has_nonce = s->has_nonce || (offered & (long)CURLAUTH_DIGEST);
		s->nonce_proven = s->nonce_proven || (s->has_nonce && status != 401);
	}
}

/* Why the call cannot be made, or would be taken in another sense: NULL when there is nothing. */
static const char *mistake(const struct fetch_session *s, const struct fetch *f,
			   enum peer_state *state)
{
	if (!s->curl) {
		*state = PEER_CONNECT_FAILED;
		return LIBCURL " cannot be loaded: install the package libcurl4";
	}
	if (strncasecmp(f->url, "http://", 7) != 0 && strncasecmp(f->url, "https://", 8) != 0) {
		*state = PEER_RESOLVE_FAILED;
		return "the address is neither http nor https";
	}
	if (f->tls == FETCH_TLS_PIN && f->pin && *f->pin && strncmp(f->pin, "sha256//", 8) != 0) {
		*state = PEER_PIN_MISMATCH; /* it would be the name of a file */
		return "a pin begins with sha256//";
	}
	return NULL;
}

static struct curl_slist *header_list(const struct fetch *f)
{
	/* an empty header is one that libcurl does not send by itself */
	struct curl_slist *list = curl.slist_append(NULL, "Expect:");

	if (f->body)
		list = curl.slist_append(list, "Content-Type:");
	for (const char *const *h = f->headers; h && *h; h++)
		list = curl.slist_append(list, *h);
	return list;
}

static void call(struct fetch_session *s, const struct fetch *f, struct arena *a,
		 struct fetch_answer *out)
{
	int64_t until_ms =
		clock_monotonic_ms() + (f->timeout_ms > 0 ? f->timeout_ms : FETCH_TIMEOUT_MS);
	struct curl_slist *headers = header_list(f);
	const char *content_type = NULL;

	if (f->deadline_ms && f->deadline_ms < until_ms)
		until_ms = f->deadline_ms;
	s->max_bytes = f->max_bytes ? f->max_bytes : FETCH_MAX_BYTES;
	s->max_header_bytes = f->max_header_bytes ? f->max_header_bytes : FETCH_MAX_HEADER_BYTES;

	exchange(s, f, headers, until_ms, out);
	if (f->auth == FETCH_DIGEST && out->status == 401 && s->nonce_proven) {
		curl.easy_reset(s->curl); /* forgets the nonce, keeps connections */
		s->has_nonce = s->nonce_proven = false;
		exchange(s, f, headers, until_ms, out);
	}
	if (out->status) {
		curl.easy_getinfo(s->curl, CURLINFO_CONTENT_TYPE, &content_type);
		out->reason = text_clean(a, s->reason.data, s->reason.size, FETCH_REASON_BYTES);
		out->content_type = content_type ? arena_strdup(a, content_type) : "";
		out->size = s->body.size;
		out->body = arena_strndup(a, s->body.data, s->body.size);
	}
	curl.easy_setopt(s->curl, CURLOPT_HTTPHEADER, NULL);
	curl.slist_free_all(headers);
}

void fetch(struct fetch_session *session, const struct fetch *f, struct arena *a,
	   struct fetch_answer *out)
{
	struct fetch_session *s = session ? session : fetch_session_new();
	const char *wrong;

	*out = (struct fetch_answer){ .reason = "", .content_type = "", .body = "" };
	wrong = mistake(s, f, &out->state);
	if (wrong)
		snprintf(out->error, sizeof(out->error), "%s", wrong);
	else
		call(s, f, a, out);
	out->logged_in = s->nonce_proven;
	if (!session)
		fetch_session_free(s);
}
