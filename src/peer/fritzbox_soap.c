/* fritzbox_soap.c: the conversation of one round with a Fritz!Box; see fritzbox_soap.h */
#include "peer/fritzbox_soap.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "peer/fritzbox_parse.h"
#include "peer/xml.h"

enum {
	PORT_HTTP = 49000,
	PORT_TLS = 49443,
	SOAP_BYTES = 1024 * 1024, /* GetInfo of the box carries its whole event log */
	MAX_TIMEOUTS = 2,	  /* of a round: then the box hangs, and further calls would too */
};

/* "" when the host is no name and no address. */
static const char *origin_of(struct arena *a, const struct fritz_account *account)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
	const char *host = account->host;
	int port = account->port ? account->port : account->tls ? PORT_TLS : PORT_HTTP;
	bool bare_ipv6 = strchr(host, ':') != NULL;

	if (!*host || host[strspn(host, letters)])
		return "";
	return arena_printf(a, "%s://%s%s%s:%d", account->tls ? "https" : "http",
			    bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "", port);
}

void fritz_soap_init(struct fritz_soap *s, const struct fritz_account *account, struct arena *a)
{
	*s = (struct fritz_soap){
		.account = account,
		.arena = a,
		.session = fetch_session_new(),
		.origin = origin_of(a, account),
		.deadline_ms = clock_monotonic_ms() + account->deadline_ms,
	};
	if (!*s->origin) {
		s->stopped = PEER_RESOLVE_FAILED;
		snprintf(s->detail, sizeof(s->detail), "the host is no name and no address");
	}
}

void fritz_soap_done(struct fritz_soap *s)
{
	fetch_session_free(s->session);
}

/* After some failures every further call would fail alike, and a refused login must not be
 * repeated: not even one that was perhaps refused, as a box under attack keeps its refusals
 * back. */
static void stop_after(struct fritz_soap *s, enum peer_state state, const struct fetch *f,
		       const struct fetch_answer *answer)
{
	if (f->auth == FETCH_DIGEST && !answer->logged_in &&
	    (!answer->status || answer->status == 503))
		s->login_stopped = state;
	switch (state) {
	case PEER_TIMEOUT:
		if (++s->timeouts < MAX_TIMEOUTS && clock_monotonic_ms() < s->deadline_ms)
			break;
		s->stopped = state;
		break;
	case PEER_RESOLVE_FAILED:
	case PEER_CONNECT_FAILED:
	case PEER_TLS_FAILED:
	case PEER_PIN_MISMATCH:
	case PEER_AUTH_FAILED:
		s->stopped = state;
		break;
	default:
		break;
	}
}

/* PEER_OK: the service may be asked. */
static enum peer_state stopped(const struct fritz_soap *s, const struct fritz_service *service)
{
	return s->stopped != PEER_OK || service->igd ? s->stopped : s->login_stopped;
}

static void request(struct fritz_soap *s, struct fetch *f, struct fetch_answer *answer)
{
	f->tls = FETCH_TLS_PIN;
	f->pin = s->account->tls_pin;
	f->timeout_ms = s->account->timeout_ms;
	f->deadline_ms = s->deadline_ms;
	s->calls++;
	fetch(s->session, f, s->arena, answer);
}

static bool is_xml(const char *content_type)
{
	return strncasecmp(content_type, "text/xml", 8) == 0 ||
	       strncasecmp(content_type, "application/xml", 15) == 0;
}

enum peer_state fritz_soap_call(struct fritz_soap *s, const struct fritz_service *service,
				const char *action, const char *arguments, const char *const *names,
				const char **values)
{
	const char *type =
		arena_printf(s->arena, "urn:%s:service:%s",
			     service->igd ? "schemas-upnp-org" : "dslforum-org", service->name);
	const char *soap_action = arena_printf(s->arena, "SOAPAction: \"%s#%s\"", type, action);
	const char *const headers[] = { "Content-Type: text/xml; charset=\"utf-8\"", soap_action,
					NULL };
	const char *body = arena_printf(
		s->arena,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
		"s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body>"
		"<u:%s xmlns:u=\"%s\">%s</u:%s></s:Body></s:Envelope>\n",
		action, type, arguments, action);
	bool login = !service->igd && (*s->account->username || *s->account->password);
	struct fetch f = {
		.method = "POST",
		.url = arena_printf(s->arena, "%s%s", s->origin, service->path),
		.headers = headers,
		.body = body,
		.body_size = strlen(body),
		.auth = login ? FETCH_DIGEST : FETCH_NO_AUTH,
		.username = s->account->username,
		.password = s->account->password,
		.max_bytes = SOAP_BYTES,
	};
	struct fetch_answer answer;
	enum peer_state state;

	s->fault = 0;
	if (stopped(s, service) != PEER_OK)
		return stopped(s, service);
	request(s, &f, &answer);
	state = answer.state;
	snprintf(s->detail, sizeof(s->detail), "%s: %.110s", action, answer.error);
	if (answer.status && !service->igd)
		s->answered = true;
	if (answer.status == 200 || answer.status == 500) { /* 500 brings the fault */
		const char *text = fritz_parse_readable(s->arena, answer.body, answer.size);

		state = PEER_BAD_ANSWER;
		if (!*answer.content_type || is_xml(answer.content_type))
			state = fritz_parse_value(s->arena, text, strlen(text), action, names,
						  values, &s->fault);
		if (s->fault)
			snprintf(s->detail, sizeof(s->detail), "%s: fault %d", action, s->fault);
		else if (state == PEER_BAD_ANSWER && answer.status == 200)
			snprintf(s->detail, sizeof(s->detail), "%s: not the XML of an answer",
				 action);
		if (answer.status == 500 && (state == PEER_OK || state == PEER_BAD_ANSWER))
			state = PEER_HTTP_ERROR;
	}
	/* without a login these say that IGD is switched off, and nothing about TR-064 */
	if (service->igd && (answer.status == 401 || answer.status == 403 ||
			     (state == PEER_CONNECT_FAILED && s->answered)))
		return PEER_NOT_FOUND;
	stop_after(s, state, &f, &answer);
	return state;
}

enum peer_state fritz_soap_fetch(struct fritz_soap *s, const char *path, const char *what,
				 const char **text)
{
	struct fetch f = {
		.url = arena_printf(s->arena, "%s%s", s->origin, path),
		.max_bytes = XML_MAX_BYTES,
	};
	struct fetch_answer answer;

	request(s, &f, &answer);
	snprintf(s->detail, sizeof(s->detail), "%s: %.110s", what, answer.error);
	/* the session id was refused, and neither password nor right */
	if (answer.status && answer.state != PEER_OK)
		return PEER_HTTP_ERROR;
	stop_after(s, answer.state, &f, &answer);
	if (answer.state == PEER_OK)
		*text = fritz_parse_readable(s->arena, answer.body, answer.size);
	return answer.state;
}
