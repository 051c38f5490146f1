/* proxmox_parse.h: pure parsers over what Proxmox VE sends, each fuzzed; the lists are in
 * proxmox.h; source: https://pve.proxmox.com/pve-docs/api-viewer/ */
#ifndef PEER_PROXMOX_PARSE_H
#define PEER_PROXMOX_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "peer/peer_state.h"
#include "peer/proxmox.h"

enum {
	PVE_NODE_BYTES = 63,	  /* of the name of a node, one label of a host name or several */
	PVE_NAME_BYTES = 255,	  /* of the name of a guest, cut at a character border */
	PVE_STATUS_BYTES = 32,	  /* of the word for its state */
	PVE_TAGS_BYTES = 1024,	  /* of all tags of a guest */
	PVE_UPID_BYTES = 256,	  /* of the name of a task */
	PVE_EXIT_BYTES = 256,	  /* of the exit status of a task */
	PVE_MESSAGE_BYTES = 120,  /* of a refusal */
	PVE_MAX_RRD_ROWS = 4096,  /* the newest; a day has 1440 of a minute */
	PVE_MAX_VMID = 999999999, /* of Proxmox VE itself */
};

/* Letters, digits, dots and dashes, the first and the last a letter or a digit: such a name can
 * stand in a path. False for NULL. */
bool pve_parse_node_name(const char *text);

/* The node of a task, "UPID:node:pid:pstart:starttime:type:id:user:"; NULL when the text is no such
 * thing. NULL stays NULL. */
const char *pve_parse_upid(struct arena *a, const char *text);

/* The answer to an action. *upid: of the task that was begun, NULL when there is none. PEER_OK or
 * PEER_BAD_ANSWER. */
enum peer_state pve_parse_started(struct arena *a, const char *json, size_t n, const char **upid);

/* The state of a task: *exit_status as in pve_task(). PEER_OK or PEER_BAD_ANSWER. */
enum peer_state pve_parse_task(struct arena *a, const char *json, size_t n,
			       const char **exit_status);

/* Puts the state and the numbers of a guest, as the node knows them at this moment, over what out
 * holds; what is absent stays. PEER_OK or PEER_BAD_ANSWER. */
enum peer_state pve_parse_guest_status(struct arena *a, const char *json, size_t n,
				       struct pve_guest *out);

/* The rights of a token: whether it may see any guest. PEER_OK or PEER_BAD_ANSWER. */
enum peer_state pve_parse_rights(const char *json, size_t n, bool *sees_guests);

/* The body of a refusal. */
struct pve_refusal {
	const char *message; /* its own, else that of the first parameter at fault; "" when none */
	bool no_task;	     /* the parameter at fault is the task */
};
void pve_parse_refusal(struct arena *a, const char *json, size_t n, struct pve_refusal *out);

#endif
