/* slot.h: the Proxmox servers that the configuration names */
#ifndef PANEL_SLOT_H
#define PANEL_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "peer/proxmox.h"

/* The slot that a server belongs to, by the server's id; *node: which of its nodes. NULL: no slot in
 * use can have such a server, or several can, and nobody knows which one is meant. */
const struct proxmox_slot *slot_find(const struct config *cfg, const char *server_id,
				     const char **node);
/* The slot in use with this id of its own. NULL: there is none. */
const struct proxmox_slot *slot_of_id(const struct config *cfg, const char *id);
/* "<id>", or "<id>-<node>" where the slot stands for a whole cluster. */
const char *slot_server_id(const struct proxmox_slot *slot, const char *node, struct arena *a);
/* The slot's name, or its id; with the node where it stands for a whole cluster. */
const char *slot_server_name(const struct proxmox_slot *slot, const char *node, struct arena *a);
/* Host part of the URL, without brackets. */
const char *slot_host(const struct proxmox_slot *slot, struct arena *a);
/* The strings stay those of the configuration. */
struct pve_account slot_account(const struct config *cfg, const struct proxmox_slot *slot);
/* How the collector calls its polls: "proxmox/<id>". */
const char *slot_source(const struct proxmox_slot *slot, struct arena *a);
/* The subjects of its history: a guest keeps its own when it moves to another node. */
const char *slot_guest_subject(const struct proxmox_slot *slot, int64_t vmid, struct arena *a);
/* So many first bytes are the same in the names of all of them. */
size_t slot_group(const struct proxmox_slot *slot);

#endif
