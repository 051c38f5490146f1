/* fritzbox_parse.h: pure parsers over what a Fritz!Box sends, each fuzzed; source: AVM's TR-064
 * service documents, https://avm.de/service/schnittstellen/ */
#ifndef PEER_FRITZBOX_PARSE_H
#define PEER_FRITZBOX_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "peer/fritzbox.h"

enum {
	FRITZ_MAX_ITEMS = 4096, /* of a host list looked at; the rest is ignored */
	FRITZ_NAME_BYTES = 256, /* of a name, cut at a character border */
	FRITZ_SAMPLES = 20,	/* of the online monitor, one per FRITZ_SAMPLE_S */
	FRITZ_SAMPLE_S = 5,
};

/* Codes of UPnP faults that decide what is asked next. */
enum {
	FRITZ_FAULT_ACTION = 401, /* the model lacks the action */
	FRITZ_FAULT_ARGS = 402,
	FRITZ_FAULT_RIGHT = 606,
	FRITZ_FAULT_INDEX = 713, /* behind the end of a list */
};

/* A copy without what makes a document ill-formed: control characters become blanks, bytes that are
 * not UTF-8 go. Devices choose their names themselves, and one odd name must not hide all others.
 * The copy ends with its first NUL. */
const char *fritz_parse_readable(struct arena *a, const char *xml, size_t n);

/* The document behind X_AVM-DE_GetHostListPath. PEER_OK or PEER_BAD_ANSWER. */
enum peer_state fritz_parse_hosts(struct arena *a, const char *xml, size_t n,
				  struct fritz_hosts *out);

/* The SOAP answer to an action. names ends with NULL; values has as many places: NULL when absent,
 * "" when empty. PEER_OK, PEER_BAD_ANSWER, or for a fault PEER_NOT_FOUND, PEER_NOT_ALLOWED,
 * PEER_HTTP_ERROR with *fault set to its UPnP code (0 when the fault has none). */
enum peer_state fritz_parse_value(struct arena *a, const char *xml, size_t n, const char *action,
				  const char *const *names, const char **values, int *fault);

/* What the box says of one host, in its own words; NULL when it says nothing. */
struct fritz_host_words {
	const char *ip, *mac, *active, *friendly_name, *name, *interface_type, *address_source;
};

/* Cleans the words and adds the host, or brings an entry of the same identity (MAC, else address)
 * along: the active one wins, else the one with an address. Without identity, or behind
 * FRITZ_MAX_HOSTS, it is dropped. */
void fritz_parse_host(struct arena *a, const struct fritz_host_words *words,
		      struct fritz_hosts *out);

/* The path of a host list is one that this box can serve: it begins with one '/', and is a plain
 * path and query. */
bool fritz_parse_list_path(const char *text);

/* Decimal digits only; false for NULL, "", and anything that does not fit. */
bool fritz_parse_count(const char *text, uint64_t *out);

/* Bytes per second as bits per second; false as above. */
bool fritz_parse_rate(const char *text, int64_t *bps);

/* Mean of the newest samples of the online monitor ("1711,2287,...": bytes/s, newest first) as
 * bits/s. False when the list holds no number. */
bool fritz_parse_samples(const char *text, int newest, int64_t *bps);

/* A usable IPv4 address; false for NULL, "", "0.0.0.0" and anything else. */
bool fritz_parse_ipv4(const char *text);

#endif
