/* news.h: what happened to servers, guests and tasks, as events */
#ifndef PANEL_NEWS_H
#define PANEL_NEWS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "db/db.h"
#include "panel/store.h"
#include "panel/task.h"

/* Whose news, and when. */
struct teller {
	struct db *db;
	struct arena *arena;
	const struct proxmox_slot *slot;
	int64_t now;
};

/* "server.offline", with since when nothing was heard of it. */
enum err_code tell_server(const struct teller *t, const struct server *s, const char *kind,
			  struct err *e);
enum err_code tell_guest(const struct teller *t, const struct guest *g, const char *kind,
			 struct err *e);
/* In place of so many others of one round. */
enum err_code tell_many(const struct teller *t, int64_t count, struct err *e);
/* The end of a task: its row, its entry of the audit trail, and an event unless it went well. guest
 * NULL: gone. */
enum err_code tell_end(const struct teller *t, struct task *task, const struct guest *guest,
		       struct err *e);

#endif
