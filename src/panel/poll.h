/* poll.h: a round of one Proxmox slot, between its three steps */
#ifndef PANEL_POLL_H
#define PANEL_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "db/db.h"
#include "panel/store.h"
#include "panel/task.h"
#include "panel/track.h"
#include "peer/proxmox.h"

enum {
	RRD_ARCHIVES = 5,
	COUNTERS = 4,	      /* of a guest */
	IMPORT_SUBJECTS = 64, /* whose history one round takes over at most */
	ASK_GUESTS = 16,      /* that one round asks for on their own */
	TELL_GUESTS = 100,    /* events of one round */
};

/* As it is stored before the round; rows in the order of their keys. */
struct plan {
	const struct proxmox_slot *slot;
	struct server *servers;
	size_t n_servers;
	struct guest *guests;
	size_t n_guests;
	struct task *tasks; /* that run, or did until a moment ago */
	size_t n_tasks;
	struct pve_turn turn;
	bool guests_due;
};

/* How a task stands. */
struct task_news {
	const struct task *task;
	enum peer_state state;
	const char *exit_status; /* NULL while it runs */
};

/* The own history of a node (vmid 0) or a guest. */
struct history {
	const char *node;
	int64_t vmid;
	bool lxc;
	bool done; /* else it is asked for again */
	int64_t counted
		[COUNTERS]; /* by a guest until now: network in and out, disk read and write */
	struct rrd_archive archives[RRD_ARCHIVES];
};

/* What was answered. */
struct round {
	enum peer_state state;
	struct pve_cluster cluster;
	struct task_news *news; /* one for each task of the plan */
	bool blind;		/* no guest is listed, and nobody says that there is none */
	struct history imports[IMPORT_SUBJECTS];
	size_t n_imports;
};

/* What is at hand while a round is stored. */
struct storing {
	struct db *db;
	struct arena *arena;
	const struct config *cfg;
	const struct plan *plan;
	const struct round *round;
	int64_t now;
	bool save; /* numbers, too */
	int *told; /* events of guests so far */
};

/* poll_store.c: servers and guests, their samples and events. */
enum err_code store_cluster(const struct storing *s, struct err *e);
enum err_code store_tasks(const struct storing *s, struct err *e);

/* import.c: asks for the history of what has none yet, while there is time. */
void import_gather(struct fetch_session *session, const struct pve_account *account,
		   const struct plan *plan, struct round *round, int64_t end_ms, struct arena *a);
/* What cannot be stored is asked for again. */
enum err_code import_store(const struct storing *s, struct err *e);

#endif
