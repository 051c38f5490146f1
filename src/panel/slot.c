/* slot.c: see slot.h */
#include "panel/slot.h"

#include <string.h>

static bool is_whole_cluster(const struct proxmox_slot *slot)
{
	return !*slot->node;
}

/* What stands behind "<id>-", or NULL. */
static const char *behind_id(const struct proxmox_slot *slot, const char *server_id)
{
	size_t n = strlen(slot->id);

	return strncmp(server_id, slot->id, n) == 0 && server_id[n] == '-' && server_id[n + 1]
		       ? server_id + n + 1
		       : NULL;
}

/* Which of the slot's nodes has that id; NULL: none. */
static const char *node_of(const struct proxmox_slot *slot, const char *server_id)
{
	if (is_whole_cluster(slot))
		return behind_id(slot, server_id);
	return strcmp(slot->id, server_id) == 0 ? slot->node : NULL;
}

const struct proxmox_slot *slot_find(const struct config *cfg, const char *server_id,
				     const char **node)
{
	const struct proxmox_slot *found = NULL;

	for (int i = 0; i < PROXMOX_SLOTS; i++) {
		const struct proxmox_slot *slot = &cfg->proxmox.slots[i];

		if (!is_proxmox_slot_used(slot) || !node_of(slot, server_id))
			continue;
		if (found) /* a file may say what config_check() refuses */
			return NULL;
		found = slot;
		*node = node_of(slot, server_id);
	}
	return found;
}

const struct proxmox_slot *slot_of_id(const struct config *cfg, const char *id)
{
	for (int i = 0; i < PROXMOX_SLOTS; i++) {
		const struct proxmox_slot *slot = &cfg->proxmox.slots[i];

		if (is_proxmox_slot_used(slot) && strcmp(slot->id, id) == 0)
			return slot;
	}
	return NULL;
}

const char *slot_server_id(const struct proxmox_slot *slot, const char *node, struct arena *a)
{
	return is_whole_cluster(slot) ? arena_printf(a, "%s-%s", slot->id, node) : slot->id;
}

const char *slot_server_name(const struct proxmox_slot *slot, const char *node, struct arena *a)
{
	const char *name = *slot->name ? slot->name : slot->id;

	return is_whole_cluster(slot) ? arena_printf(a, "%s %s", name, node) : name;
}

const char *slot_host(const struct proxmox_slot *slot, struct arena *a)
{
	const char *host = strstr(slot->url, "://");

	host = host ? host + 3 : slot->url;
	if (*host == '[')
		return arena_strndup(a, host + 1, strcspn(host + 1, "]"));
	return arena_strndup(a, host, strcspn(host, ":/?"));
}

struct pve_account slot_account(const struct config *cfg, const struct proxmox_slot *slot)
{
	bool pinned = strcmp(slot->tls, "pin") == 0;

	return (struct pve_account){
		.url = slot->url,
		.token_id = slot->token_id,
		.token_secret = slot->token_secret,
		.tls = pinned				    ? FETCH_TLS_PIN
		       : strcmp(slot->tls, "insecure") == 0 ? FETCH_TLS_INSECURE
							    : FETCH_TLS_VERIFY,
		.pin = slot->tls_pin,
		.timeout_ms = (int)cfg->proxmox.timeout_seconds * 1000,
	};
}

const char *slot_source(const struct proxmox_slot *slot, struct arena *a)
{
	return arena_printf(a, "proxmox/%s", slot->id);
}

const char *slot_guest_subject(const struct proxmox_slot *slot, int64_t vmid, struct arena *a)
{
	return arena_printf(a, "%s/%lld", slot->id, (long long)vmid);
}

size_t slot_group(const struct proxmox_slot *slot)
{
	return strlen(slot->id) + 1; /* "<id>-", "<id>/" */
}
