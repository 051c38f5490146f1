/* peer_state.c: see peer_state.h */
#include "peer/peer_state.h"

static const struct {
	const char *name, *text;
} states[PEER_STATES] = {
	[PEER_OK] = { "ok", "The last call went well." },
	[PEER_RESOLVE_FAILED] = { "resolve_failed",
				  "The name has no address: check the host name and the DNS server." },
	[PEER_CONNECT_FAILED] = { "connect_failed",
				  "No connection: check that the device is on, and the host name and port." },
	[PEER_TLS_FAILED] = { "tls_failed",
			      "No secure connection: the certificate is not trusted, or the port does not speak TLS. "
			      "Pin the key of a self-signed certificate." },
	[PEER_PIN_MISMATCH] = { "pin_mismatch",
				"The device shows another key than the pinned one: after a reset or replacement pin "
				"the new key, otherwise someone may be in between." },
	[PEER_TIMEOUT] = { "timeout",
			   "No answer in time: the device is busy or starting; it is asked again." },
	[PEER_AUTH_FAILED] = { "auth_failed",
			       "The login was refused: check user name and password." },
	[PEER_NOT_ALLOWED] = { "not_allowed", "The user lacks a right: allow it on the device." },
	[PEER_NOT_FOUND] = { "not_found",
			     "The service is missing or switched off: switch it on on the device." },
	[PEER_HTTP_ERROR] = { "http_error",
			      "The device answered with an error: look at its own log." },
	[PEER_BAD_ANSWER] = { "bad_answer",
			      "The answer cannot be read: check that host and port are the right ones." },
	[PEER_TOO_LARGE] = { "too_large",
			     "The answer is larger than allowed: check that host and port are right." },
};

const char *peer_state_name(enum peer_state s)
{
	return s < PEER_STATES ? states[s].name : "unknown";
}

const char *peer_state_text(enum peer_state s)
{
	return s < PEER_STATES ? states[s].text : "The call ended in an unknown way.";
}

enum peer_state peer_state_of_status(int status)
{
	if (status >= 200 && status <= 299)
		return PEER_OK;
	switch (status) {
	case 401:
		return PEER_AUTH_FAILED;
	case 403:
		return PEER_NOT_ALLOWED;
	case 404:
		return PEER_NOT_FOUND;
	default:
		return PEER_HTTP_ERROR;
	}
}
