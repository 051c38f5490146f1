/* fetch.h: the one HTTP client under all peers: a deadline, byte limits, no surprises; over
 * libcurl, https://curl.se/libcurl/c/ */
#ifndef PEER_FETCH_H
#define PEER_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "peer/peer_state.h"

enum fetch_auth {
	FETCH_NO_AUTH = 0,
	FETCH_BASIC,
	FETCH_DIGEST, /* RFC 7616; the password never goes out by another method */
	FETCH_BEARER, /* password is the token */
};

enum fetch_tls {
	FETCH_TLS_VERIFY = 0, /* against the system's authorities, and the host name */
	FETCH_TLS_PIN,	      /* the public key decides, whoever signed it; an empty pin is
				 FETCH_TLS_VERIFY */
	FETCH_TLS_CA,	      /* against the authorities in ca_file, and the host name */
	FETCH_TLS_INSECURE,   /* no check */
};

enum {
	FETCH_TIMEOUT_MS = 10 * 1000,	     /* peers are near: a slower one is in trouble */
	FETCH_CONNECT_TIMEOUT_MS = 3 * 1000, /* one lost packet is sent again after a second */
	FETCH_MAX_BYTES = 1024 * 1024,	     /* larger answers are announced by who asks for them */
	FETCH_MAX_HEADER_BYTES = 32 * 1024,
	FETCH_REASON_BYTES = 120, /* of the peer's words beside the status */
};

/* A request. Zero takes the default above, or none. Only http and https; a URL with user or
 * password is refused. */
struct fetch {
	const char *method; /* NULL: GET */
	const char *url;
	const char *const *headers; /* "Name: value", ends with NULL */
	const char *body;	    /* NULL: none */
	size_t body_size;
	enum fetch_auth auth;
	const char *username, *password;
	enum fetch_tls tls;
	const char *pin; /* "sha256//<base64>", several separated by ';' */
	const char *ca_file;
	int timeout_ms;		/* of the whole exchange, login included */
	int connect_timeout_ms; /* of name, connection and TLS together */
	int64_t deadline_ms; /* by clock_monotonic_ms(): whatever timeout_ms says, it ends here; 0:
				none */
	size_t max_bytes;    /* of the body */
	size_t max_header_bytes;
	bool fresh; /* by a connection of its own: on a kept one that turns out to be closed the
		       request would be sent once more, which is too often for some */
};

struct fetch_answer {
	/* PEER_OK: status 2xx. With another status the body is there all the same (see
	 * peer_state_of_status()). When no whole answer came, status is 0 and body "". */
	enum peer_state state;
	int status;
	const char *reason;	  /* words of the peer beside the status, cleaned, "" when there are
			       none */
	const char *content_type; /* "" when the peer gave none */
	const char *body;	  /* NUL behind size bytes */
	size_t size;
	bool logged_in; /* FETCH_DIGEST: the peer has accepted the login in this session */
	/* what went wrong, for the log; "" with PEER_OK; no URL, no secret, no text of the peer */
	char error[PEER_ERROR_BYTES];
};

/* Keeps connection, TLS session and Digest nonce from call to call; for one thread at a time, and
 * for one peer with one account and one TLS setting. */
struct fetch_session;

struct fetch_session *fetch_session_new(void);
void fetch_session_free(struct fetch_session *s); /* NULL is fine */

/* Blocks until the answer is there, the deadline has come or a limit is passed. No redirect is
 * followed, no proxy taken from the environment, no cookie or .netrc used. s may be NULL: a
 * connection for this call only. The answer lives in the arena.
 *
 * With FETCH_DIGEST a 401 on a fresh nonce is final: one wrong password is one refused login. A
 * nonce that has already been accepted may run out; then the call is repeated once. */
void fetch(struct fetch_session *s, const struct fetch *request, struct arena *a,
	   struct fetch_answer *out);

#endif
