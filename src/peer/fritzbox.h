/* fritzbox.h: a Fritz!Box over TR-064 and IGD (SOAP); source: AVM's "First Steps with TR-064" and
 * service documents, https://avm.de/service/schnittstellen/ */
#ifndef PEER_FRITZBOX_H
#define PEER_FRITZBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "peer/peer_state.h"

enum {
	FRITZ_MAX_CALLS = 6,	 /* of a round: the box is slow, and is asked every half minute */
	FRITZ_MAX_ENTRIES = 256, /* asked one by one in a round, 0.1 s each; the rest is not seen */
	FRITZ_MAX_HOSTS = 1024,	 /* kept of a list; boxes list 70 to 150 */
};

struct fritz_host {
	const char *ip, *name, *mac; /* "" when the box has none; mac upper case with colons */
	const char *interface_type;  /* "Ethernet", "802.11", ...; NULL when empty */
	const char *address_source;  /* "DHCP", "Static"; NULL when unknown, as in a list */
	bool active;
};

struct fritz_hosts {
	struct fritz_host
		*rows; /* one per identity; entries with neither mac nor ip are left out */
	size_t n;
};

struct fritz_traffic {
	int64_t up_bps, down_bps; /* bits/s now; -1 when the box gives no rate */
	uint64_t sent, received;  /* bytes since the box's own reset */
	bool wide;		  /* 64-bit counters; else they wrap at 2^32 */
};

struct fritz_wan {
	bool connected, linked;
	int64_t uptime_s;		  /* of the connection, 0 when down */
	const char *external_ip;	  /* NULL when none */
	int64_t max_up_bps, max_down_bps; /* 0 when unknown */
};

struct fritz_box {
	/* "FRITZ!Box 7590", "154.07.57"; NULL when the box left them empty */
	const char *model, *firmware;
	int64_t uptime_s;
};

/* What worked last time and what need not be asked again; kept as text between rounds (one line of
 * JSON, "" at first). Contains no secret. */
struct fritz_memory {
	const char *text;
};

struct fritz_account {
	const char *host, *username, *password;
	const char *tls_pin; /* "sha256//...", "" = verify; only with tls */
	int port;	     /* 0 = 49000, with tls 49443 */
	bool tls;
	int timeout_ms;	 /* of one call */
	int deadline_ms; /* of the whole round */
};

/* One round. Each part has its own state; what one part read stays valid when another failed. */
struct fritz_round {
	enum peer_state hosts_state, traffic_state, wan_state, box_state;
	/* detail for the log and the status page, no secret; "" when all went well */
	char error[PEER_ERROR_BYTES];
	struct fritz_hosts hosts;
	struct fritz_traffic traffic;
	struct fritz_wan wan;
	struct fritz_box box;
	bool box_asked; /* want_box, and a call was left for it: box_state counts; else ask again */
	int calls;	/* SOAP calls and list fetches made, at most FRITZ_MAX_CALLS */
	int entry_calls; /* hosts asked one by one, where the list is refused; not in calls */
	struct fritz_memory memory; /* for the next round */
};

/* Blocks until done or the deadline; touches no database, so a thread can run it. After an HTTP 401
 * on a fresh nonce it stops at once: wrong passwords are never repeated. Results live in the
 * arena. */
void fritz_poll(const struct fritz_account *account, const struct fritz_memory *memory,
		bool want_box, struct arena *a, struct fritz_round *out);

#endif
