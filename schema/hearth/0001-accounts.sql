-- Who may do what: accounts and what they log in with, configuration kept in the database, audit.
-- Times are Unix seconds, UTC. Secrets stand here as SHA-256 (tokens), scrypt (passwords) or sealed (configuration).

CREATE TABLE account (
	id INTEGER PRIMARY KEY,
	uuid TEXT NOT NULL UNIQUE,
	username TEXT NOT NULL UNIQUE, -- lower case
	role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'guest', 'expert')),
	password_hash TEXT, -- NULL: signs in elsewhere, never by password
	active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
	force_password_change INTEGER NOT NULL DEFAULT 0 CHECK (force_password_change IN (0, 1)),
	token_version INTEGER NOT NULL DEFAULT 0, -- +1 ends all JWTs of the account
	created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
	hash TEXT PRIMARY KEY, -- SHA-256 of the cookie's value, hex
	account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	created_at INTEGER NOT NULL,
	renewed_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	address TEXT NOT NULL,
	user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE login_failure (
	id INTEGER PRIMARY KEY,
	username TEXT NOT NULL, -- as asked for; may be nobody's
	address TEXT NOT NULL,
	network TEXT NOT NULL, -- the address, or the /64 of an IPv6 address
	at INTEGER NOT NULL
) STRICT;
CREATE INDEX login_failure_pair ON login_failure (username, address, at);
CREATE INDEX login_failure_network ON login_failure (network, at);
CREATE INDEX login_failure_at ON login_failure (at);

CREATE TABLE api_key ( -- ha_ keys: all an account may do on the network family
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- a revoked number is never given out again
	account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	hash TEXT NOT NULL UNIQUE,
	prefix TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	last_used_at INTEGER,
	revoked_at INTEGER
) STRICT;
CREATE INDEX api_key_account ON api_key (account_id, id) WHERE revoked_at IS NULL;

CREATE TABLE token ( -- tt_ tokens: the scopes they were given, while their owner's role has them
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	hash TEXT NOT NULL UNIQUE,
	prefix TEXT NOT NULL,
	scopes TEXT NOT NULL, -- comma separated
	created_at INTEGER NOT NULL,
	expires_at INTEGER, -- NULL: never
	last_used_at INTEGER,
	revoked_at INTEGER
) STRICT;
CREATE INDEX token_account ON token (account_id, id);

CREATE TABLE config_value (
	env_name TEXT PRIMARY KEY, -- SMTP_HOST
	value TEXT NOT NULL, -- secrets: sealed with the installation key, name of the key as associated data
	sealed INTEGER NOT NULL CHECK (sealed IN (0, 1)),
	updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE config_version ( -- one row; every process compares it with what it has loaded
	id INTEGER PRIMARY KEY CHECK (id = 1),
	version INTEGER NOT NULL
) STRICT;
INSERT INTO config_version (id, version) VALUES (1, 1);

CREATE TABLE audit (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	actor_id INTEGER REFERENCES account (id) ON DELETE SET NULL, -- NULL: the command line, a trusted network
	actor TEXT NOT NULL, -- name at that time
	action TEXT NOT NULL, -- config.update
	subject TEXT NOT NULL, -- what it was done to
	data TEXT NOT NULL -- JSON; never a secret, never a configuration value
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor_id);
