/* store.h: rows of servers and guests as they are stored */
#ifndef PANEL_STORE_H
#define PANEL_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/err.h"
#include "base/field.h"
#include "db/db.h"

struct server {
	const char *slot, *node;
	struct maybe_stamp fetched_at;
	bool online, down;
	struct maybe_num cpu; /* fraction */
	struct maybe_int mem_used, mem_total, disk_used, disk_total, uptime_s;
	struct maybe_num load1, load5, load15, net_in, net_out;
	int64_t vms_running, vms_total, cts_running, cts_total;
	bool imported;
};

struct guest {
	const char *slot;
	int64_t vmid;
	const char *node;
	bool lxc;
	const char *name, *status;
	bool known, template;
	const char *tags;
	struct maybe_num cpu, cpus;
	struct maybe_int mem_used, mem_total, disk_used, disk_total, uptime_s, net_in, net_out,
		disk_read, disk_write;
	bool imported;
};

/* What writes does so inside the caller's transaction. A row is known by slot and node, or by slot and
 * vmid; _put inserts or replaces it, _set_imported says that its own history was taken over, _drop
 * deletes it, or does nothing where there is none. */

/* ERR_NOT_FOUND. Strings live in the arena. */
enum err_code server_get(struct db *db, const char *slot, const char *node, struct arena *a,
			 struct server *out, struct err *e);
/* All, or those of one slot, by slot and node; row is a struct server. */
enum err_code server_each(struct db *db, const char *slot, db_row_fn *fn, void *ctx, struct err *e);
enum err_code server_put(struct db *db, const struct server *s, struct err *e);
/* When nothing but numbers has changed: they are seen at once, and stored with the next put. */
enum err_code server_put_numbers(struct db *db, const struct server *s, struct err *e);
enum err_code server_set_imported(struct db *db, const char *slot, const char *node, struct err *e);
enum err_code server_drop(struct db *db, const char *slot, const char *node, struct err *e);

/* Its numbers are fresh: the last poll that got them is not older than three of them, or 30 s. */
bool server_is_online(const struct config *cfg, const struct server *s, int64_t now);

/* ERR_NOT_FOUND. Strings live in the arena. */
enum err_code guest_get(struct db *db, const char *slot, int64_t vmid, struct arena *a,
			struct guest *out, struct err *e);
/* Of a slot, or of one of its nodes, by vmid; row is a struct guest. */
enum err_code guest_each(struct db *db, const char *slot, const char *node, db_row_fn *fn,
			 void *ctx, struct err *e);
enum err_code guest_put(struct db *db, const struct guest *g, struct err *e);
enum err_code guest_put_numbers(struct db *db, const struct guest *g, struct err *e);
enum err_code guest_set_imported(struct db *db, const char *slot, int64_t vmid, struct err *e);
enum err_code guest_drop(struct db *db, const char *slot, int64_t vmid, struct err *e);

#endif
