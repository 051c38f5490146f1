/* peer_state.h: how a call to another system ended, in words for programs and for people */
#ifndef PEER_PEER_STATE_H
#define PEER_PEER_STATE_H

/* Why a call to another system failed; each has a worded text for people. */
enum peer_state {
	PEER_OK = 0,
	PEER_RESOLVE_FAILED,
	PEER_CONNECT_FAILED,
	PEER_TLS_FAILED,
	PEER_PIN_MISMATCH, /* another certificate than the pinned one */
	PEER_TIMEOUT,
	PEER_AUTH_FAILED, /* wrong user or password */
	PEER_NOT_ALLOWED, /* logged in without the right */
	PEER_NOT_FOUND,	  /* the service is switched off or missing */
	PEER_HTTP_ERROR,
	PEER_BAD_ANSWER, /* not what the document promises */
	PEER_TOO_LARGE,
	PEER_STATES,
};

enum { PEER_ERROR_BYTES = 160 }; /* of what went wrong with a call, for a line of the log */

const char *peer_state_name(enum peer_state s); /* "auth_failed" */
const char *peer_state_text(enum peer_state s); /* a sentence that says what to do */

/* What an HTTP status says: 2xx OK, 401 AUTH_FAILED, 403 NOT_ALLOWED, 404 NOT_FOUND, others
 * (redirects too, none is followed) HTTP_ERROR. */
enum peer_state peer_state_of_status(int status);

#endif
