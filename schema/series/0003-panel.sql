-- Proxmox servers and guests as they were last seen, and what was done to them. Times are seconds since 1970, UTC.
-- slot is PROXMOX_<n>_ID of the configuration, one or all nodes of a cluster.

CREATE TABLE pve_server (
	slot TEXT NOT NULL,
	node TEXT NOT NULL,
	fetched_at INTEGER, -- of the numbers; NULL: there are none
	online INTEGER NOT NULL, -- as the last answer of the cluster said
	down INTEGER NOT NULL, -- server.offline was said
	cpu REAL, -- fraction
	mem_used INTEGER,
	mem_total INTEGER,
	disk_used INTEGER,
	disk_total INTEGER,
	uptime_s INTEGER,
	load1 REAL,
	load5 REAL,
	load15 REAL,
	net_in REAL, -- bytes/s
	net_out REAL,
	vms_running INTEGER NOT NULL, -- templates are not counted
	vms_total INTEGER NOT NULL,
	cts_running INTEGER NOT NULL,
	cts_total INTEGER NOT NULL,
	imported INTEGER NOT NULL, -- 1: its own history was taken over
	PRIMARY KEY (slot, node)
) STRICT, WITHOUT ROWID;

-- Numbers are written every PROXMOX_GUEST_SECONDS, what people set and states at once.
CREATE TABLE pve_guest (
	slot TEXT NOT NULL,
	vmid INTEGER NOT NULL,
	node TEXT NOT NULL,
	lxc INTEGER NOT NULL,
	name TEXT NOT NULL,
	status TEXT NOT NULL, -- the last one that was known
	known INTEGER NOT NULL, -- 0: the cluster does not know the status now
	template INTEGER NOT NULL,
	tags TEXT NOT NULL,
	cpu REAL, -- fraction of its own cores
	cpus REAL,
	mem_used INTEGER,
	mem_total INTEGER,
	disk_used INTEGER,
	disk_total INTEGER,
	uptime_s INTEGER,
	net_in INTEGER, -- bytes since its start
	net_out INTEGER,
	disk_read INTEGER,
	disk_write INTEGER,
	imported INTEGER NOT NULL,
	PRIMARY KEY (slot, vmid)
) STRICT, WITHOUT ROWID;

-- Actions that were asked for, and the tasks they became.
CREATE TABLE pve_task (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	actor INTEGER NOT NULL, -- account
	slot TEXT NOT NULL,
	vmid INTEGER NOT NULL,
	action TEXT NOT NULL, -- as Proxmox calls it
	state TEXT NOT NULL CHECK (state IN ('asked', 'running', 'ok', 'failed', 'refused', 'lost')),
	upid TEXT,
	text TEXT, -- why it was refused, or how the task ended
	ended_at INTEGER
) STRICT;
CREATE INDEX pve_task_guest ON pve_task (slot, vmid, id);
CREATE INDEX pve_task_open ON pve_task (slot) WHERE state = 'running';
