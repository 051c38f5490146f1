/* panel.h: the machines of the house and their history: a family of the API, its polls and its
 * upkeep */
#ifndef PANEL_PANEL_H
#define PANEL_PANEL_H

#include <stdbool.h>

#include "base/err.h"
#include "collect/series.h"
#include "collect/source.h"
#include "http/route.h"

extern const struct family family_panel;
extern const struct source source_proxmox;

/* Places of the values of both kinds; servers: network in bytes/s; guests: bytes since the start. */
enum server_metric {
	SERVER_CPU, /* percent */
	SERVER_MEMORY_USED,
	SERVER_MEMORY_TOTAL,
	SERVER_DISK_USED,
	SERVER_DISK_TOTAL,
	SERVER_NETWORK_IN,
	SERVER_NETWORK_OUT,
	SERVER_UPTIME,
};
enum guest_metric {
	GUEST_STATUS, /* enum guest_state */
	GUEST_CPU,
	GUEST_MEMORY_USED,
	GUEST_MEMORY_TOTAL,
	GUEST_DISK_READ,
	GUEST_DISK_WRITE,
	GUEST_NETWORK_IN,
	GUEST_NETWORK_OUT,
	GUEST_UPTIME,
	GUEST_DISK_USED, /* not in the API's history */
};
extern const struct series_kind series_servers, series_guests;

/* Every few seconds: says which servers have become silent, and closes tasks that have no end. */
enum err_code panel_watch(const struct auth *auth, bool *more, struct err *e);
enum { WATCH_EVERY_S = 10 };

/* Hourly: deletes what belongs to slots that the configuration no longer has, and old tasks; at most
 * DB_SWEEP_ROWS rows a call. */
enum err_code panel_prune(const struct auth *auth, bool *more, struct err *e);

#endif
