/* fritzbox_soap.h: the conversation of one round with a Fritz!Box: SOAP calls (UPnP Device
 * Architecture 1.0, section 3) on one connection, which end early when going on makes no sense */
#ifndef PEER_FRITZBOX_SOAP_H
#define PEER_FRITZBOX_SOAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "peer/fetch.h"
#include "peer/fritzbox.h"
#include "peer/peer_state.h"

struct fritz_service {
	const char *path, *name; /* "/upnp/control/hosts", "Hosts:1" */
	bool igd;		 /* asked without a login */
};

struct fritz_soap {
	/* to read */
	enum peer_state stopped;       /* not PEER_OK: no further call in this round */
	int calls;		       /* made so far, fetches included */
	int fault;		       /* UPnP error code of the last call, 0 when it had none */
	char detail[PEER_ERROR_BYTES]; /* of the last call that failed, no secret */
	/* its own */
	const struct fritz_account *account;
	struct arena *arena;
	struct fetch_session *session;
	const char *origin; /* "http://fritz.box:49000" */
	int64_t deadline_ms;
	enum peer_state login_stopped; /* not PEER_OK: no further call with a login */
	int timeouts;
	bool answered; /* TR-064 has, in this round */
};

/* Keeps the account by reference; its deadline counts from here. A host that is neither name nor
 * address stops the round at once (PEER_RESOLVE_FAILED). */
void fritz_soap_init(struct fritz_soap *s, const struct fritz_account *account, struct arena *a);
void fritz_soap_done(struct fritz_soap *s);

/* One call. values[i]: what the answer gives for names[i] (ends with NULL), NULL when it lacks it,
 * in the arena. arguments: XML of the action's arguments, or "". A call after a stop is not made. */
enum peer_state fritz_soap_call(struct fritz_soap *s, const struct fritz_service *service,
				const char *action, const char *arguments, const char *const *names,
				const char **values);

/* A document that a call has named by its path, at most XML_MAX_BYTES of it, as text that the
 * parsers can read, in the arena. The path may hold a session id, which is the login: in messages
 * the document is `what`. */
enum peer_state fritz_soap_fetch(struct fritz_soap *s, const char *path, const char *what,
				 const char **text);

#endif
