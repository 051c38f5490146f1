/* proxmox.h: a Proxmox VE cluster over its HTTP API; source: https://pve.proxmox.com/pve-docs/api-viewer/ */
#ifndef PEER_PROXMOX_H
#define PEER_PROXMOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "peer/fetch.h"
#include "peer/peer_state.h"

struct pve_account {
	const char *url;		     /* "https://pve.lan:8006" */
	const char *token_id, *token_secret; /* "user@realm!name" and its UUID */
	enum fetch_tls tls;
	const char *pin, *ca_file;
	int timeout_ms; /* of one call */
};

/* Numbers that are absent are NAN (double) or -1 (int64_t): unknown is not zero. */
struct pve_node {
	const char *name;
	bool online;
	double cpu;					    /* fraction of all cores */
	int64_t mem_used, mem_total, disk_used, disk_total; /* bytes; disk: root file system */
	int64_t uptime_s;
	double load[3];		/* NAN when not asked or unknown */
	double net_in, net_out; /* bytes/s, from rrddata; NAN when not asked or unknown */
	bool status_asked;	/* /nodes/N/status answered in this round: load is current */
	bool traffic_asked;	/* net_in and net_out are those of this round */
};

struct pve_guest {
	int64_t vmid;
	bool lxc;
	const char *node, *name, *status; /* name: "VM 100" or "CT 101" when unset */
	double cpu;			  /* fraction of its own cores */
	double cpus;
	int64_t mem_used, mem_total, disk_used, disk_total; /* bytes */
	int64_t net_in, net_out, disk_read, disk_write;	    /* bytes since its start */
	int64_t uptime_s;
	const char *tags; /* "a;b", "" when none */
	bool template;
};

struct pve_cluster {
	struct pve_node *nodes;
	size_t n_nodes;
	struct pve_guest *guests;
	size_t n_guests;
};

enum {
	PVE_MAX_NODES = 1024,	/* kept of a cluster, which has dozens at most */
	PVE_MAX_GUESTS = 16384, /* kept */
};

/* What a round asks for beyond the rest. Of dozens of nodes each round asks one part for its traffic,
 * so that in `parts` rounds all have been asked; parts 0, and fewer nodes: all of them or none. */
struct pve_turn {
	bool traffic;
	int64_t number; /* of the round, from 0 */
	int64_t parts;
};

/* One round: /cluster/resources, then for each wanted node that is online /nodes/N/status, and
 * rrddata for its traffic when that is wanted. node NULL: every node. One request at a time, but
 * several where there are more than a few nodes. Whole answer lives in the arena, nodes by name,
 * guests by vmid. Parts that failed leave their numbers absent, and a node that does not answer the
 * others is not online; the state is that of /cluster/resources. error: for people, no secret; with
 * PEER_OK it is about the first part that failed, "" when none did.
 *
 * Of every call here: s may be NULL; deadline_ms as in fetch(). A token that is refused answers
 * after three seconds. PEER_CONNECT_FAILED also says that the node which answers cannot reach the
 * one that was asked for; PEER_NOT_FOUND also that an argument makes no request. */
enum peer_state pve_poll(struct fetch_session *s, const struct pve_account *account,
			 const char *node, const struct pve_turn *turn, int64_t deadline_ms,
			 struct arena *a, struct pve_cluster *out, char error[PEER_ERROR_BYTES]);

/* A row of rrddata, of a node or a guest; NAN where absent. */
struct pve_rrd_row {
	int64_t ts;
	double cpu, mem_used, mem_total, disk_used, disk_total, net_in,
		net_out; /* bytes, bytes/s */
	double disk_read, disk_write, load;
};
/* timeframe: "hour", "day", "week", "month", "year". vmid 0: the node itself. */
enum peer_state pve_rrd(struct fetch_session *s, const struct pve_account *account,
			const char *node, int64_t vmid, bool lxc, const char *timeframe,
			int64_t deadline_ms, struct arena *a, struct pve_rrd_row **rows, size_t *n,
			char error[PEER_ERROR_BYTES]);

/* Whether the token may see any guest: a list without guests says nothing of that. */
enum peer_state pve_rights(struct fetch_session *s, const struct pve_account *account,
			   int64_t deadline_ms, bool *sees_guests, char error[PEER_ERROR_BYTES]);

/* State and numbers of one guest at this moment, over what it holds; the list of all may be ten
 * seconds old. Its node, kind and vmid say which. */
enum peer_state pve_guest_now(struct fetch_session *s, const struct pve_account *account,
			      int64_t deadline_ms, struct arena *a, struct pve_guest *guest,
			      char error[PEER_ERROR_BYTES]);

/* The node that a guest is on. PEER_NOT_FOUND: on none. */
enum peer_state pve_guest_node(struct fetch_session *s, const struct pve_account *account,
			       int64_t vmid, bool lxc, int64_t deadline_ms, struct arena *a,
			       const char **node, char error[PEER_ERROR_BYTES]);

/* action as Proxmox names it: start stop shutdown reboot reset suspend resume. PEER_OK: *upid is the
 * task, or NULL. Refused: reason is Proxmox's own words, cleaned, or the status code; "" when no
 * answer came, or one that cannot be read. It is sent at most once. */
enum peer_state pve_action(struct fetch_session *s, const struct pve_account *account,
			   const char *node, bool lxc, int64_t vmid, const char *action,
			   int64_t deadline_ms, struct arena *a, const char **upid,
			   char reason[PEER_ERROR_BYTES]);

/* State of a task, asked of the node in its upid. exit_status NULL while it runs; "OK" and "WARNINGS:
 * n" are success. "unexpected status" can stand there for an instant at the end of a good one: ask
 * once more. PEER_NOT_FOUND: there is no such task. */
enum peer_state pve_task(struct fetch_session *s, const struct pve_account *account,
			 const char *upid, int64_t deadline_ms, struct arena *a,
			 const char **exit_status, char error[PEER_ERROR_BYTES]);
bool pve_task_succeeded(const char *exit_status);
/* The words of a refusal say that the guest is not on the node that was asked. */
bool pve_is_elsewhere(const char *reason);

/* Pure parsers over bytes, each fuzzed; more of them in proxmox_parse.h. PEER_OK or
 * PEER_BAD_ANSWER. What a node's status does not say stays in out as it is. */
enum peer_state pve_parse_resources(struct arena *a, const char *json, size_t n,
				    struct pve_cluster *out);
enum peer_state pve_parse_node_status(struct arena *a, const char *json, size_t n,
				      struct pve_node *out);
enum peer_state pve_parse_rrd(struct arena *a, const char *json, size_t n,
			      struct pve_rrd_row **rows, size_t *n_rows);

#endif
