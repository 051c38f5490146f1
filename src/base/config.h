/* config.h: every setting of Hearth, typed, with where it came from; its one table, file reader and
 * rules */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/field.h"
#include "base/rule.h"

enum {
	PROXMOX_SLOTS = 64,	 /* PROXMOX_1_* to PROXMOX_64_* */
	CONFIG_MAX_KEYS = 1024,	 /* rows of config_keys */
	CONFIG_PLAIN_TEXT = 256, /* code points of a string, unless its key says otherwise */
};

/* A server slot PROXMOX_<n>_*; in use when is_proxmox_slot_used(). */
struct proxmox_slot {
	const char *id, *name, *url, *node, *token_id, *token_secret, *tls, *tls_pin;
};

/* Strings are never NULL: what is not set is "". Lists are "a, b": config_list() splits them. The
 * member path is the key: fritzbox.host is FRITZBOX_HOST in the API, `[fritzbox] host` in the file,
 * HEARTH_FRITZBOX_HOST outside. */
struct config {
	struct {
		const char *name, *environment, *public_url, *timezone, *log_level, *cors_origins;
		int64_t metrics_raw_hours, metrics_minute_days, metrics_5min_days,
			metrics_30min_days;
		int64_t metrics_hour_days, metrics_max_mb, metrics_device_days,
			event_retention_days;
	} app;
	struct {
		const char *access_token;
		int64_t panel_jwt_days, network_jwt_minutes, network_rate_per_minute;
		int64_t session_idle_days, session_max_days, login_max_failures,
			login_window_minutes;
		const char *trusted_networks, *trusted_proxies;
	} auth;
	struct {
		const char *base_url, *token, *poo_entity_id, *poo_friendly_name, *poo_webhook_id;
		bool verify_tls;
		int64_t timeout_seconds;
	} homeassistant;
	struct {
		const char *client_id, *client_secret, *redirect_uri, *project_id;
		int64_t default_due_hours;
		const char *access_token, *refresh_token;
	} ticktick;
	struct {
		const char *host;
		int64_t port;
		const char *security, *username, *password, *from, *to;
		int64_t timeout_seconds;
	} smtp;
	struct {
		bool enabled;
		const char *providers;
		int64_t interval_seconds, timeout_seconds;
		bool notify_email, notify_mqtt;
		const char *mqtt_topic;
	} public_ip;
	struct {
		struct maybe_num home_latitude, home_longitude; /* degrees; both or none */
		int64_t home_radius_meters, retention_days, stale_hours;
	} location;
	struct {
		bool enabled;
		const char *host;
		bool tls;
		const char *tls_pin;
		struct maybe_int port; /* absent: 49000, with TLS 49443 */
		const char *username, *password;
		int64_t poll_seconds, timeout_seconds;
		int64_t device_history_days, bandwidth_minute_days, bandwidth_hour_days;
	} fritzbox;
	struct {
		struct proxmox_slot slots[PROXMOX_SLOTS]; /* slots[0] is PROXMOX_1_* */
		int64_t node_seconds, guest_seconds, timeout_seconds;
	} proxmox;
	struct {
		bool enabled;
		const char *url, *username, *password;
		bool verify_tls;
		int64_t timeout_seconds, event_days;
		const char *mqtt_prefix;
	} frigate;
	struct {
		bool enabled;
		const char *host;
		int64_t port;
		bool tls;
		const char *tls_ca_file, *username, *password, *client_id;
		int64_t keepalive_seconds;
		const char *subscribe, *ignore, *publish_allow, *record, *record_ignore;
	} mqtt;
	struct {
		bool enabled;
		const char *socket, *protected;
		int64_t stop_timeout_seconds, stats_seconds, automation_fresh_seconds;
	} docker;
	struct {
		bool enabled;
		const char *claude_path, *cwd_allow, *default_cwd;
		bool skip_permissions;
		const char *api_key, *model, *allowed_tools, *permission_mode;
		int64_t max_processes, timeout_minutes;
	} ai_hub;
	struct {
		bool enabled;
		const char *provider, *base_url, *model, *api_key;
		int64_t timeout_seconds, context_limit;
		const char *system_prompt;
		int64_t rate_per_minute, rate_per_hour;
	} ai;
	struct {
		bool enabled;
		const char *endpoint, *region, *bucket, *access_key_id, *secret_access_key;
		bool path_style;
		const char *prefix;
		int64_t url_ttl_seconds, timeout_seconds;
	} s3;
	struct {
		bool enabled;
		const char *project_id, *certs_url;
		bool auto_create_users;
		int64_t clock_skew_seconds;
		const char *emulator_host;
	} firebase;
	struct {
		const char *cors_origins;
		int64_t rate_read, rate_write, rate_upload, rate_login, rate_content; /* a minute */
		int64_t max_items_per_home, max_photos_per_context, max_notes_per_context;
	} inventory;
	struct {
		const char *dir; /* absolute, or inside the instance's folder */
		int64_t max_bytes, url_ttl_seconds;
		bool strip_location, thumbnails;
	} photos;
	struct {
		const char *currency;
		int64_t rate_per_minute, rate_per_hour, session_rate_per_minute,
			session_rate_per_hour;
		int64_t login_rate_per_minute, token_expiry_days, rounding_minutes;
		const char *rounding_method;
		bool allow_overlap, require_task, require_description;
		int64_t description_min_length;
		const char *locked_before; /* YYYY-MM-DD or "" */
		const char *invoice_pattern, *invoice_prefix;
		int64_t invoice_start, import_max_rows, ai_rate_per_minute, ai_rate_per_hour;
		const char *cors_origins;
	} timetracker;
	int64_t version; /* of the stored settings this was read from; 0: file and environment
			   only */
	unsigned char sources[CONFIG_MAX_KEYS]; /* enum config_source, by row of config_keys */
};

/* A later one wins. */
enum config_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_DATABASE };

enum config_input {
	INPUT_TEXT,
	INPUT_PASSWORD,
	INPUT_NUMBER,
	INPUT_CHECKBOX,
	INPUT_SELECT,
	INPUT_TEXTAREA,
	INPUT_URL,
	INPUT_EMAIL,
};

/* f: key is "section.name"; def is the default as text (NULL: empty, and then empty is allowed);
 * min, max, one_of as everywhere; doc says the rule for people where range and choice do not. */
struct config_key {
	struct field f;
	const char *label;
	enum config_input input; /* of plain strings; config_input() tells it for all */
	bool secret;
	bool read_only;	     /* file and environment only */
	const char *pattern; /* POSIX extended expression for the whole value */
	rule_fn *rule;
	const char *environment; /* another variable that sets it too */
};

/* All keys, in the order of the settings page; ends with f.key NULL. */
extern const struct config_key config_keys[];

enum { CONFIG_NAME = 64 }; /* longest name of a key, with NUL */
/* "smtp.host" or "SMTP_HOST"; NULL when there is no such key. */
const struct config_key *config_find(const char *name);
/* "SMTP_HOST" */
void config_env_name(const struct config_key *k, char out[CONFIG_NAME]);
/* "smtp" */
void config_section(const struct config_key *k, char out[CONFIG_NAME]);
/* What a form shows for the key. */
enum config_input config_input(const struct config_key *k);
/* Where the value in cfg came from. */
enum config_source config_source(const struct config *cfg, const struct config_key *k);
/* The effective value as text, secrets in the clear, in the arena; "" when not set. */
const char *config_text(const struct config *cfg, const struct config_key *k, struct arena *a);
/* The entries of a list, ended by NULL, in the arena. */
const char *const *config_list(struct arena *a, const char *list);

/* All defaults. The strings are static. */
void config_defaults(struct config *cfg);
/* Reads DIR/hearth.conf over what cfg holds; a missing file is fine. Every malformed line, unknown
 * key and bad value becomes a fault with text "hearth.conf:<line>: ..."; good lines still count.
 * Errors: only that the file cannot be read. */
enum err_code config_file(struct config *cfg, struct arena *a, const char *dir, struct faults *fs,
			  struct err *e);
/* The same for the variables HEARTH_<SECTION>_<KEY>; those of other names are not ours and are
 * skipped. */
void config_environment(struct config *cfg, struct arena *a, struct faults *fs);
/* Tests a value on its own and brings it into normal form (arena). NULL when it is fine, else what
 * is wrong. */
const char *config_normal(const struct config_key *k, const char *value, struct arena *a,
			  const char **out);
/* Puts a value in normal form into its member; the string is kept by reference. */
void config_put(struct config *cfg, const struct config_key *k, const char *normal,
		enum config_source source);
/* Rules that tie several keys together; each fault has the env_name of the key that must change. */
void config_check(const struct config *cfg, struct faults *fs);

/* Id, URL and both parts of the token are there. */
bool is_proxmox_slot_used(const struct proxmox_slot *slot);
bool is_proxmox_slot_empty(const struct proxmox_slot *slot);

/* "KEY = value  # source", one line a key; secrets as ********. Keys of server slots that nobody
 * set are left out. */
void config_print(const struct config *cfg, FILE *out);

#endif
