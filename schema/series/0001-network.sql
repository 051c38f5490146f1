-- What was observed of the home network, and what the collector remembers between its rounds.
-- Times are seconds since 1970, UTC.

-- One row for each system that is polled; next_due and held decide when it is asked again.
CREATE TABLE poll_state (
	source TEXT PRIMARY KEY,
	last_attempt INTEGER,
	last_success INTEGER,
	failures INTEGER NOT NULL DEFAULT 0, -- rounds in a row with an error
	next_due INTEGER NOT NULL DEFAULT 0,
	held INTEGER NOT NULL DEFAULT 0, -- 1: not even on demand before next_due
	error_code TEXT, -- of the last round, NULL when all went well
	error_text TEXT,
	memory TEXT NOT NULL DEFAULT '', -- of the system's client
	settings TEXT NOT NULL DEFAULT '' -- keyed hash of the account it was asked with
) STRICT, WITHOUT ROWID;

-- What happened, of all families. area is the part of kind before the dot.
CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	area TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT,
	data TEXT NOT NULL -- a JSON object
) STRICT;
CREATE INDEX event_area ON event (area, id, kind);

-- The latest state of a router.
CREATE TABLE net_provider (
	name TEXT PRIMARY KEY, -- fritzbox
	devices INTEGER NOT NULL, -- rows of net_device with listed = 1
	devices_at INTEGER, -- last success of each part
	traffic_at INTEGER,
	wan_at INTEGER,
	box_at INTEGER, -- last question for model and firmware
	up_bps INTEGER NOT NULL,
	down_bps INTEGER NOT NULL,
	sent INTEGER NOT NULL, -- bytes, counted on over wraps
	received INTEGER NOT NULL,
	sent_offset INTEGER NOT NULL, -- what to add to the box's 32-bit counter
	received_offset INTEGER NOT NULL,
	wide INTEGER NOT NULL, -- 64-bit counters
	reset_at INTEGER NOT NULL, -- counters before this are of no use for differences
	external_ip TEXT,
	last_ip TEXT, -- the latest one that was not NULL
	connected INTEGER NOT NULL,
	linked INTEGER NOT NULL,
	uptime_s INTEGER NOT NULL,
	max_up_bps INTEGER NOT NULL,
	max_down_bps INTEGER NOT NULL,
	model TEXT,
	firmware TEXT,
	silent INTEGER NOT NULL, -- rounds in a row without any answer
	down INTEGER NOT NULL -- router.down was said
) STRICT, WITHOUT ROWID;

-- Every device ever seen. Rows change when the device does, not with each poll: the last sight of one that is online
-- is its provider's devices_at. custom_name and device_type repeat net_device_label of hearth.db.
CREATE TABLE net_device (
	id INTEGER PRIMARY KEY,
	identity TEXT NOT NULL UNIQUE, -- MAC, or ip:<ip>
	ip TEXT NOT NULL,
	ip_key INTEGER NOT NULL, -- orders addresses, no address last
	name TEXT NOT NULL,
	mac TEXT NOT NULL,
	interface_type TEXT,
	address_source TEXT,
	listed INTEGER NOT NULL, -- 1: in the box's list
	offline INTEGER NOT NULL, -- as the last poll saw it
	changed_at INTEGER NOT NULL, -- when it last went on or off; 0: never did
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL, -- while offline: the last poll that saw it online; 0: none did
	present_since INTEGER NOT NULL, -- start of the open row in net_presence, 0: none
	present_until INTEGER NOT NULL, -- where that row ends if the device stays away
	misses INTEGER NOT NULL, -- polls in a row without it, while present
	version INTEGER NOT NULL, -- current row of net_device_version
	custom_name TEXT,
	device_type TEXT
) STRICT;
CREATE INDEX net_device_list ON net_device (offline, ip_key, mac) WHERE listed = 1;
CREATE INDEX net_device_leaving ON net_device (id) WHERE listed = 0 AND present_since > 0;

-- What a device was called, and where, in a stretch of time.
CREATE TABLE net_device_version (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL,
	ip TEXT NOT NULL,
	name TEXT NOT NULL,
	mac TEXT NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER -- NULL: current
) STRICT;
CREATE INDEX net_device_version_until ON net_device_version (until) WHERE until IS NOT NULL;

-- The devices of a minute. place counts down in the order of the addresses, so that the newest rows come out in
-- order when the key is walked backwards.
CREATE TABLE net_device_minute (
	ts INTEGER NOT NULL,
	place INTEGER NOT NULL,
	version INTEGER NOT NULL,
	is_online INTEGER NOT NULL,
	PRIMARY KEY (ts, place)
) STRICT, WITHOUT ROWID;

-- How many rows each minute has there: a week is counted by 10 000 rows instead of a million.
CREATE TABLE net_minute (
	ts INTEGER PRIMARY KEY,
	devices INTEGER NOT NULL
) STRICT;

CREATE TABLE net_presence (
	device INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	to_at INTEGER, -- NULL: still there
	PRIMARY KEY (device, from_at)
) STRICT, WITHOUT ROWID;

-- Counters at the minute's last poll (at), rates in bits/s as the mean since the row before.
CREATE TABLE net_bandwidth_minute (
	ts INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	sent INTEGER NOT NULL,
	received INTEGER NOT NULL,
	up_bps INTEGER NOT NULL,
	down_bps INTEGER NOT NULL
) STRICT;

CREATE TABLE net_bandwidth_hour (
	ts INTEGER PRIMARY KEY,
	minutes INTEGER NOT NULL, -- rows it was made of
	up_bps INTEGER NOT NULL,
	down_bps INTEGER NOT NULL,
	up_max_bps INTEGER NOT NULL,
	down_max_bps INTEGER NOT NULL,
	sent INTEGER NOT NULL, -- bytes moved in this hour
	received INTEGER NOT NULL
) STRICT;
