/* config_keys.c: the one table of all settings; order and names are those of the settings page */
#include "base/config.h"

/* clang-format off */
#define KEY(member) FIELD(struct config, member)
#define RANGE(low, high) .bounded = true, .min = (low), .max = (high)
#define CHOICE(...) .one_of = (const char *const[]){ __VA_ARGS__, NULL }

enum {
	LIST = 8192,   /* longest list as text: the longest value the API takes */
	URL = 1024,
	TOKEN = 1024,
	HOST = 253,
};

#define HOST_DOC "Host name or address."
#define URL_DOC "URL with http or https and a host; no user, no fragment, no link-local address."
#define PIN_DOC "sha256// and the base64 of the SHA-256 of the server's public key."
#define PIN_PATTERN "sha256//[A-Za-z0-9+/]{43}="
#define PIN_TEXT 52
#define ORIGINS_DOC "List of scheme://host[:port]."
#define GLOBS_DOC "List of patterns; * stands for any characters."

#define SLOT(n) \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].id, "proxmox." #n "_id"), \
		 .doc = "Unique; lower case letters, digits, - and _; not that of a whole cluster with - and more behind it." }, \
	  .label = "Server " #n ": id", .pattern = "[a-z0-9][a-z0-9_-]{0,31}" }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].name, "proxmox." #n "_name"), .max = 64, \
		 .doc = "Empty: the id." }, \
	  .label = "Server " #n ": name" }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].url, "proxmox." #n "_url"), .max = URL, \
		 .doc = URL_DOC " Usually https://host:8006; http only with insecure below." }, \
	  .label = "Server " #n ": URL", .input = INPUT_URL, .rule = rule_url }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].node, "proxmox." #n "_node"), \
		 .doc = "Name of the node; empty: every node of the cluster, each as <id>-<node>." }, \
	  .label = "Server " #n ": node", .pattern = "[A-Za-z0-9.-]{1,63}" }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].token_id, "proxmox." #n "_token_id"), \
		 .doc = "user@realm!name" }, \
	  .label = "Server " #n ": token id", .pattern = "[^@!:/[:space:]]+@[A-Za-z0-9._-]+![A-Za-z0-9._-]+" }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].token_secret, "proxmox." #n "_token_secret") }, \
	  .label = "Server " #n ": token secret", .secret = true }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].tls, "proxmox." #n "_tls"), .def = "verify", \
		 CHOICE("verify", "pin", "insecure") }, \
	  .label = "Server " #n ": certificate" }, \
	{ .f = { FIELD_AS(struct config, proxmox.slots[(n) - 1].tls_pin, "proxmox." #n "_tls_pin"), \
		 .max = PIN_TEXT, .doc = PIN_DOC " Required with pin." }, \
	  .label = "Server " #n ": public-key pin", .pattern = PIN_PATTERN }

const struct config_key config_keys[] = {
	/* ---- the house ---- */
	{ .f = { KEY(app.name), .min = 1, .max = 64, .def = "Hearth" }, .label = "Panel name" },
	{ .f = { KEY(app.environment), .def = "production", CHOICE("development", "production") },
	  .label = "Environment" },
	{ .f = { KEY(app.public_url), .max = URL, .doc = URL_DOC " Where people reach the panel." },
	  .label = "Public URL", .input = INPUT_URL, .rule = rule_url },
	{ .f = { KEY(app.timezone), .def = "UTC", .doc = "IANA name, such as Europe/Berlin." },
	  .label = "Time zone", .rule = rule_timezone },
	{ .f = { KEY(app.log_level), .def = "info", CHOICE("error", "warning", "info", "debug") },
	  .label = "Log level" },
	{ .f = { KEY(app.cors_origins), .max = LIST, .doc = ORIGINS_DOC },
	  .label = "Allowed origins (recorder, panel, network)", .input = INPUT_TEXTAREA, .rule = rule_origin_list },
	{ .f = { KEY(app.metrics_raw_hours), RANGE(2, 168), .def = "48" }, .label = "Keep raw metrics (hours)" },
	{ .f = { KEY(app.metrics_minute_days), RANGE(1, 365), .def = "30" }, .label = "Keep minute metrics (days)" },
	{ .f = { KEY(app.metrics_5min_days), RANGE(2, 730), .def = "90" }, .label = "Keep 5-minute metrics (days)" },
	{ .f = { KEY(app.metrics_30min_days), RANGE(8, 1825), .def = "365" },
	  .label = "Keep 30-minute metrics (days)" },
	{ .f = { KEY(app.metrics_hour_days), RANGE(31, 7300), .def = "1825" }, .label = "Keep hourly metrics (days)" },
	{ .f = { KEY(app.metrics_max_mb), RANGE(0, 1048576), .def = "0",
		 .doc = "Size of series.db; 0: no limit, 1 to 15 count as 16. Beyond it the oldest metrics go, of each "
			"kind in proportion to the time it is kept; what charts show stays." },
	  .label = "Keep metrics up to (MB)" },
	{ .f = { KEY(app.metrics_device_days), RANGE(1, 365), .def = "31" }, .label = "Keep device states (days)" },
	{ .f = { KEY(app.event_retention_days), RANGE(7, 3650), .def = "365" }, .label = "Keep events (days)" },

	{ .f = { KEY(auth.access_token), .max = 256,
		 .doc = "16-256 visible ASCII characters. Changing it ends all logins that were made with it." },
	  .label = "Panel access token", .secret = true, .pattern = "[!-~]{16,}" },
	{ .f = { KEY(auth.panel_jwt_days), RANGE(1, 90), .def = "7" }, .label = "Panel JWT lifetime (days)" },
	{ .f = { KEY(auth.network_jwt_minutes), RANGE(1, 1440), .def = "30" },
	  .label = "Network JWT lifetime (minutes)" },
	{ .f = { KEY(auth.network_rate_per_minute), RANGE(1, 6000), .def = "10" },
	  .label = "Network requests per minute" },
	{ .f = { KEY(auth.session_idle_days), RANGE(1, 90), .def = "30" }, .label = "Session idle limit (days)" },
	{ .f = { KEY(auth.session_max_days), RANGE(1, 365), .def = "90", .doc = "At least the idle limit." },
	  .label = "Session absolute limit (days)" },
	{ .f = { KEY(auth.login_max_failures), RANGE(3, 100), .def = "10" }, .label = "Failed logins allowed" },
	{ .f = { KEY(auth.login_window_minutes), RANGE(1, 1440), .def = "15" },
	  .label = "Failed login window (minutes)" },
	{ .f = { KEY(auth.trusted_networks), .max = LIST, .def = "127.0.0.0/8, ::1/128",
		 .doc = "List of networks whose machines need no credentials for machine endpoints; at most 32, at "
			"least /8 (IPv6: /32)." },
	  .label = "Trusted networks", .input = INPUT_TEXTAREA, .rule = rule_trusted_network_list },
	{ .f = { KEY(auth.trusted_proxies), .max = LIST,
		 .doc = "List of networks of proxies whose X-Forwarded-For is believed; at most 32." },
	  .label = "Trusted proxies", .input = INPUT_TEXTAREA, .rule = rule_network_list },

	/* ---- what the house talks to ---- */
	{ .f = { KEY(homeassistant.base_url), .max = URL, .doc = URL_DOC },
	  .label = "Base URL", .input = INPUT_URL, .rule = rule_url },
	{ .f = { KEY(homeassistant.token), .max = TOKEN }, .label = "Long-lived token", .secret = true },
	{ .f = { KEY(homeassistant.poo_entity_id), .def = "sensor.poo_status" },
	  .label = "Poo sensor entity", .pattern = "[a-z_]+\\.[a-z0-9_]+" },
	{ .f = { KEY(homeassistant.poo_friendly_name), .min = 1, .max = 64, .def = "Poo status" },
	  .label = "Poo sensor name" },
	{ .f = { KEY(homeassistant.poo_webhook_id), .doc = "Letters, digits, - and _; at most 128." },
	  .label = "Poo webhook id", .secret = true, .pattern = "[A-Za-z0-9_-]{1,128}" },
	{ .f = { KEY(homeassistant.verify_tls), .def = "true" }, .label = "Verify certificate" },
	{ .f = { KEY(homeassistant.timeout_seconds), RANGE(1, 30), .def = "5" }, .label = "Timeout (seconds)" },

	{ .f = { KEY(ticktick.client_id) }, .label = "Client id" },
	{ .f = { KEY(ticktick.client_secret) }, .label = "Client secret", .secret = true },
	{ .f = { KEY(ticktick.redirect_uri), .max = URL, .doc = "Empty: APP_PUBLIC_URL and /ticktick/auth/code." },
	  .label = "Redirect URI", .input = INPUT_URL, .rule = rule_url },
	{ .f = { KEY(ticktick.project_id), .doc = "Letters and digits; empty: the inbox." },
	  .label = "Project id", .pattern = "[A-Za-z0-9]{1,64}" },
	{ .f = { KEY(ticktick.default_due_hours), RANGE(0, 8760), .def = "24" }, .label = "Default due (hours)" },
	{ .f = { KEY(ticktick.access_token), .max = TOKEN, .doc = "Also set by connecting TickTick." },
	  .label = "Access token", .secret = true },
	{ .f = { KEY(ticktick.refresh_token), .max = TOKEN, .doc = "Also set by connecting TickTick." },
	  .label = "Refresh token", .secret = true },

	{ .f = { KEY(smtp.host), .max = HOST, .doc = HOST_DOC }, .label = "Host", .rule = rule_host },
	{ .f = { KEY(smtp.port), RANGE(1, 65535), .def = "587" }, .label = "Port" },
	{ .f = { KEY(smtp.security), .def = "starttls", CHOICE("starttls", "tls", "none") }, .label = "Security" },
	{ .f = { KEY(smtp.username) }, .label = "User name" },
	{ .f = { KEY(smtp.password) }, .label = "Password", .secret = true },
	{ .f = { KEY(smtp.from), .doc = "One address." },
	  .label = "Sender", .input = INPUT_EMAIL, .rule = rule_email },
	{ .f = { KEY(smtp.to), .max = LIST, .doc = "List of at most 10 addresses." },
	  .label = "Recipients", .rule = rule_email_list },
	{ .f = { KEY(smtp.timeout_seconds), RANGE(1, 60), .def = "15" }, .label = "Timeout (seconds)" },

	{ .f = { KEY(public_ip.enabled), .def = "true" }, .label = "Check regularly" },
	{ .f = { KEY(public_ip.providers), .max = LIST, .def = "ipify, icanhazip, ifconfig.me, aws",
		 .doc = "1-8 of ipify, icanhazip, ifconfig.me, aws or https URLs that answer with the address." },
	  .label = "Providers", .input = INPUT_TEXTAREA, .rule = rule_provider_list },
	{ .f = { KEY(public_ip.interval_seconds), RANGE(60, 86400), .def = "300" }, .label = "Interval (seconds)" },
	{ .f = { KEY(public_ip.timeout_seconds), RANGE(1, 15), .def = "5" }, .label = "Timeout (seconds)" },
	{ .f = { KEY(public_ip.notify_email), .def = "true" }, .label = "Mail on change" },
	{ .f = { KEY(public_ip.notify_mqtt), .def = "true" }, .label = "MQTT on change" },
	{ .f = { KEY(public_ip.mqtt_topic), .def = "hearth/public_ip", .doc = "Topic without wildcards." },
	  .label = "MQTT topic", .rule = rule_topic },

	{ .f = { KEY(location.home_latitude), RANGE(-90, 90), .doc = "Degrees." }, .label = "Home latitude" },
	{ .f = { KEY(location.home_longitude), RANGE(-180, 180), .doc = "Degrees." }, .label = "Home longitude" },
	{ .f = { KEY(location.home_radius_meters), RANGE(10, 10000), .def = "150" }, .label = "Home radius (m)" },
	{ .f = { KEY(location.retention_days), RANGE(0, 36500), .def = "0", .doc = "0: for ever." },
	  .label = "Keep locations (days)" },
	{ .f = { KEY(location.stale_hours), RANGE(0, 8760), .def = "24", .doc = "0: off." },
	  .label = "Silence notice (hours)" },

	{ .f = { KEY(fritzbox.enabled), .def = "false", .doc = "Needs host, user name and password." },
	  .label = "Enabled" },
	{ .f = { KEY(fritzbox.host), .max = HOST, .def = "fritz.box", .doc = HOST_DOC },
	  .label = "Host", .rule = rule_host },
	{ .f = { KEY(fritzbox.tls), .def = "false" }, .label = "Use TLS" },
	{ .f = { KEY(fritzbox.tls_pin), .max = PIN_TEXT, .doc = PIN_DOC " Empty: with TLS, verify the certificate." },
	  .label = "TLS public-key pin", .pattern = PIN_PATTERN },
	{ .f = { KEY(fritzbox.port), RANGE(1, 65535), .doc = "Empty: 49000, with TLS 49443." }, .label = "Port" },
	{ .f = { KEY(fritzbox.username) }, .label = "User name" },
	{ .f = { KEY(fritzbox.password) }, .label = "Password", .secret = true },
	{ .f = { KEY(fritzbox.poll_seconds), RANGE(10, 300), .def = "30" }, .label = "Poll interval (seconds)" },
	{ .f = { KEY(fritzbox.timeout_seconds), RANGE(1, 30), .def = "5" }, .label = "Timeout (seconds)" },
	{ .f = { KEY(fritzbox.device_history_days), RANGE(8, 90), .def = "8" },
	  .label = "Keep device history (days)" },
	{ .f = { KEY(fritzbox.bandwidth_minute_days), RANGE(8, 366), .def = "31" },
	  .label = "Keep minute bandwidth (days)" },
	{ .f = { KEY(fritzbox.bandwidth_hour_days), RANGE(31, 7300), .def = "1825" },
	  .label = "Keep hourly bandwidth (days)" },

	SLOT(1), SLOT(2), SLOT(3), SLOT(4), SLOT(5), SLOT(6), SLOT(7), SLOT(8),
	SLOT(9), SLOT(10), SLOT(11), SLOT(12), SLOT(13), SLOT(14), SLOT(15), SLOT(16),
	SLOT(17), SLOT(18), SLOT(19), SLOT(20), SLOT(21), SLOT(22), SLOT(23), SLOT(24),
	SLOT(25), SLOT(26), SLOT(27), SLOT(28), SLOT(29), SLOT(30), SLOT(31), SLOT(32),
	SLOT(33), SLOT(34), SLOT(35), SLOT(36), SLOT(37), SLOT(38), SLOT(39), SLOT(40),
	SLOT(41), SLOT(42), SLOT(43), SLOT(44), SLOT(45), SLOT(46), SLOT(47), SLOT(48),
	SLOT(49), SLOT(50), SLOT(51), SLOT(52), SLOT(53), SLOT(54), SLOT(55), SLOT(56),
	SLOT(57), SLOT(58), SLOT(59), SLOT(60), SLOT(61), SLOT(62), SLOT(63), SLOT(64),
	{ .f = { KEY(proxmox.node_seconds), RANGE(5, 300), .def = "10" }, .label = "Node interval (seconds)" },
	{ .f = { KEY(proxmox.guest_seconds), RANGE(10, 600), .def = "30" }, .label = "Guest interval (seconds)" },
	{ .f = { KEY(proxmox.timeout_seconds), RANGE(1, 30), .def = "5" }, .label = "Timeout (seconds)" },

	{ .f = { KEY(frigate.enabled), .def = "false", .doc = "Needs the URL." }, .label = "Enabled" },
	{ .f = { KEY(frigate.url), .max = URL, .doc = URL_DOC " Such as http://host:5000." },
	  .label = "URL", .input = INPUT_URL, .rule = rule_url },
	{ .f = { KEY(frigate.username), .doc = "Only for the authenticated port." }, .label = "User name" },
	{ .f = { KEY(frigate.password) }, .label = "Password", .secret = true },
	{ .f = { KEY(frigate.verify_tls), .def = "true" }, .label = "Verify certificate" },
	{ .f = { KEY(frigate.timeout_seconds), RANGE(1, 30), .def = "5" }, .label = "Timeout (seconds)" },
	{ .f = { KEY(frigate.event_days), RANGE(1, 365), .def = "30" }, .label = "Keep events (days)" },
	{ .f = { KEY(frigate.mqtt_prefix), .def = "frigate", .doc = "Topic without wildcards." },
	  .label = "MQTT prefix", .rule = rule_topic },

	{ .f = { KEY(mqtt.enabled), .def = "false", .doc = "Needs the host." }, .label = "Enabled" },
	{ .f = { KEY(mqtt.host), .max = HOST, .doc = HOST_DOC }, .label = "Host", .rule = rule_host },
	{ .f = { KEY(mqtt.port), RANGE(1, 65535), .def = "1883" }, .label = "Port" },
	{ .f = { KEY(mqtt.tls), .def = "false" }, .label = "Use TLS" },
	{ .f = { KEY(mqtt.tls_ca_file), .doc = "Absolute path; empty: the certificates of the system." },
	  .label = "CA file", .read_only = true, .pattern = "/.*" },
	{ .f = { KEY(mqtt.username) }, .label = "User name" },
	{ .f = { KEY(mqtt.password) }, .label = "Password", .secret = true },
	{ .f = { KEY(mqtt.client_id), .min = 1, .max = 23, .def = "hearth", .doc = "Letters, digits, - and _." },
	  .label = "Client id", .pattern = "[A-Za-z0-9_-]+" },
	{ .f = { KEY(mqtt.keepalive_seconds), RANGE(10, 600), .def = "60" }, .label = "Keep-alive (seconds)" },
	{ .f = { KEY(mqtt.subscribe), .max = LIST, .def = "#", .doc = "List of at most 32 MQTT filters." },
	  .label = "Subscriptions", .input = INPUT_TEXTAREA, .rule = rule_filter_list },
	{ .f = { KEY(mqtt.ignore), .max = LIST,
		 .def = "homeassistant/*, zigbee2mqtt/bridge/*, */set, */get, */cmd, */snapshot", .doc = GLOBS_DOC },
	  .label = "Ignored topics", .input = INPUT_TEXTAREA, .rule = rule_glob_list },
	{ .f = { KEY(mqtt.publish_allow), .max = LIST, .def = "*", .doc = GLOBS_DOC },
	  .label = "Publishable topics", .input = INPUT_TEXTAREA, .rule = rule_glob_list },
	{ .f = { KEY(mqtt.record), .max = LIST, .def = "zigbee2mqtt/*, automation/*", .doc = GLOBS_DOC },
	  .label = "Recorded device topics", .input = INPUT_TEXTAREA, .rule = rule_glob_list },
	{ .f = { KEY(mqtt.record_ignore), .max = LIST, .def = "*/config, */availability", .doc = GLOBS_DOC },
	  .label = "Not recorded", .input = INPUT_TEXTAREA, .rule = rule_glob_list },

	{ .f = { KEY(docker.enabled), .def = "false" }, .label = "Enabled" },
	{ .f = { KEY(docker.socket), .def = "/var/run/docker.sock", .doc = "Absolute path." },
	  .label = "Engine socket", .read_only = true, .pattern = "/.*" },
	{ .f = { KEY(docker.protected), .max = LIST, .def = "automation-monitor, hearth*",
		 .doc = "List of patterns of names; * stands for any characters." },
	  .label = "Protected containers", .input = INPUT_TEXTAREA, .rule = rule_glob_list },
	{ .f = { KEY(docker.stop_timeout_seconds), RANGE(1, 60), .def = "10" }, .label = "Stop grace (seconds)" },
	{ .f = { KEY(docker.stats_seconds), RANGE(10, 600), .def = "30" },
	  .label = "Statistics interval (seconds)" },
	{ .f = { KEY(docker.automation_fresh_seconds), RANGE(15, 3600), .def = "90" },
	  .label = "MQTT freshness (seconds)" },

	{ .f = { KEY(ai_hub.enabled), .def = "false" }, .label = "Enabled" },
	{ .f = { KEY(ai_hub.claude_path), .doc = "Absolute path; empty: searched in PATH." },
	  .label = "claude program", .read_only = true, .pattern = "/.*" },
	{ .f = { KEY(ai_hub.cwd_allow), .max = LIST, .doc = "List of absolute directories." },
	  .label = "Allowed directories", .input = INPUT_TEXTAREA, .read_only = true, .rule = rule_directory_list },
	{ .f = { KEY(ai_hub.default_cwd), .max = 1024, .doc = "Inside an allowed one; empty: the first." },
	  .label = "Default directory" },
	{ .f = { KEY(ai_hub.skip_permissions), .def = "false" },
	  .label = "Skip permission checks", .read_only = true },
	{ .f = { KEY(ai_hub.api_key), .doc = "Given to the program as ANTHROPIC_API_KEY." },
	  .label = "API key", .secret = true },
	{ .f = { KEY(ai_hub.model), .def = "sonnet" },
	  .label = "Default model", .pattern = "[A-Za-z0-9][A-Za-z0-9._:-]{0,63}" },
	{ .f = { KEY(ai_hub.allowed_tools), .def = "Read,Grep,Glob", .doc = "List of names." },
	  .label = "Allowed tools", .rule = rule_tool_list },
	{ .f = { KEY(ai_hub.permission_mode), .def = "default", CHOICE("default", "acceptEdits", "plan") },
	  .label = "Permission mode" },
	{ .f = { KEY(ai_hub.max_processes), RANGE(1, 16), .def = "4" }, .label = "Parallel processes" },
	{ .f = { KEY(ai_hub.timeout_minutes), RANGE(1, 240), .def = "30" }, .label = "Longest run (minutes)" },

	{ .f = { KEY(ai.enabled), .def = "false" }, .label = "Enabled" },
	{ .f = { KEY(ai.provider), .def = "ollama", CHOICE("ollama", "openai_compatible") }, .label = "Provider" },
	{ .f = { KEY(ai.base_url), .max = URL, .def = "http://127.0.0.1:11434", .doc = URL_DOC " No query." },
	  .label = "Base URL", .input = INPUT_URL, .rule = rule_base_url },
	{ .f = { KEY(ai.model), .min = 1, .max = 128, .def = "llama3.1" }, .label = "Model" },
	{ .f = { KEY(ai.api_key) }, .label = "API key", .secret = true },
	{ .f = { KEY(ai.timeout_seconds), RANGE(1, 120), .def = "30" }, .label = "Timeout (seconds)" },
	{ .f = { KEY(ai.context_limit), RANGE(5, 100), .def = "40" }, .label = "Entries in context" },
	{ .f = { KEY(ai.system_prompt), .max = 8192, .doc = "Empty: the built-in one." },
	  .label = "System prompt", .input = INPUT_TEXTAREA },
	{ .f = { KEY(ai.rate_per_minute), RANGE(1, 1000), .def = "10" }, .label = "Questions per minute" },
	{ .f = { KEY(ai.rate_per_hour), RANGE(1, 10000), .def = "100" }, .label = "Questions per hour" },

	{ .f = { KEY(s3.enabled), .def = "false", .doc = "Needs bucket and both keys. Off: files in the data folder." },
	  .label = "Enabled" },
	{ .f = { KEY(s3.endpoint), .max = URL, .def = "https://s3.amazonaws.com", .doc = URL_DOC },
	  .label = "Endpoint", .input = INPUT_URL, .rule = rule_url },
	{ .f = { KEY(s3.region), .def = "us-east-1" }, .label = "Region", .pattern = "[a-z0-9-]{1,32}" },
	{ .f = { KEY(s3.bucket) }, .label = "Bucket", .pattern = "[a-z0-9.-]{3,63}" },
	{ .f = { KEY(s3.access_key_id) }, .label = "Access key id" },
	{ .f = { KEY(s3.secret_access_key) }, .label = "Secret access key", .secret = true },
	{ .f = { KEY(s3.path_style), .def = "false" }, .label = "Path-style addresses" },
	{ .f = { KEY(s3.prefix), .doc = "No slash at the start, no \"..\"." },
	  .label = "Key prefix", .rule = rule_object_prefix },
	{ .f = { KEY(s3.url_ttl_seconds), RANGE(60, 604800), .def = "86400" }, .label = "Link lifetime (seconds)" },
	{ .f = { KEY(s3.timeout_seconds), RANGE(1, 120), .def = "30" }, .label = "Timeout (seconds)" },

	{ .f = { KEY(firebase.enabled), .def = "false", .doc = "Needs the project id." }, .label = "Enabled" },
	{ .f = { KEY(firebase.project_id) }, .label = "Project id", .pattern = "[a-z][a-z0-9-]{4,29}" },
	{ .f = { KEY(firebase.certs_url), .max = URL,
		 .def = "https://www.googleapis.com/robot/v1/metadata/x509/"
			"securetoken@system.gserviceaccount.com",
		 .doc = "https URL." },
	  .label = "Certificates URL", .input = INPUT_URL, .rule = rule_https_url },
	{ .f = { KEY(firebase.auto_create_users), .def = "true" }, .label = "Create unknown users" },
	{ .f = { KEY(firebase.clock_skew_seconds), RANGE(0, 300), .def = "60" },
	  .label = "Clock tolerance (seconds)" },
	{ .f = { KEY(firebase.emulator_host),
		 .doc = "host:port of the Firebase emulator, whose tokens are not signed: for tests only." },
	  .label = "Emulator", .read_only = true, .pattern = "[A-Za-z0-9._-]+:[0-9]{1,5}",
	  .environment = "FIREBASE_AUTH_EMULATOR_HOST" },

	/* ---- families ---- */
	{ .f = { KEY(inventory.cors_origins), .max = LIST,
		 .def = "http://localhost:3000, https://home-owners.tech", .doc = ORIGINS_DOC },
	  .label = "Allowed origins (inventory)", .input = INPUT_TEXTAREA, .rule = rule_origin_list },
	{ .f = { KEY(inventory.rate_read), RANGE(1, 6000), .def = "300" }, .label = "Reads per minute" },
	{ .f = { KEY(inventory.rate_write), RANGE(1, 6000), .def = "60" }, .label = "Writes per minute" },
	{ .f = { KEY(inventory.rate_upload), RANGE(1, 6000), .def = "30" }, .label = "Uploads per minute" },
	{ .f = { KEY(inventory.rate_login), RANGE(1, 6000), .def = "10" }, .label = "Logins per minute" },
	{ .f = { KEY(inventory.rate_content), RANGE(1, 6000), .def = "600" }, .label = "Photos per minute" },
	{ .f = { KEY(inventory.max_items_per_home), RANGE(1, 1000000), .def = "10000" }, .label = "Items per home" },
	{ .f = { KEY(inventory.max_photos_per_context), RANGE(1, 100000), .def = "500" },
	  .label = "Photos per home, room or item" },
	{ .f = { KEY(inventory.max_notes_per_context), RANGE(1, 100000), .def = "5000" },
	  .label = "Notes per home, room or item" },

	{ .f = { KEY(photos.dir), .max = 1024, .def = "photos",
		 .doc = "Folder, absolute or inside the instance's folder." },
	  .label = "Folder", .read_only = true },
	{ .f = { KEY(photos.max_bytes), RANGE(1048576, 104857600), .def = "10485760" },
	  .label = "Largest photo (bytes)" },
	{ .f = { KEY(photos.url_ttl_seconds), RANGE(3600, 604800), .def = "86400" },
	  .label = "Link lifetime (seconds)" },
	{ .f = { KEY(photos.strip_location), .def = "true" }, .label = "Remove the place from photos" },
	{ .f = { KEY(photos.thumbnails), .def = "true" }, .label = "Make thumbnails" },

	{ .f = { KEY(timetracker.currency), .def = "EUR", .doc = "Three capital letters." },
	  .label = "Currency", .pattern = "[A-Z]{3}" },
	{ .f = { KEY(timetracker.rate_per_minute), RANGE(1, 100000), .def = "100" },
	  .label = "Requests per minute and token" },
	{ .f = { KEY(timetracker.rate_per_hour), RANGE(1, 1000000), .def = "1000" },
	  .label = "Requests per hour and token" },
	{ .f = { KEY(timetracker.session_rate_per_minute), RANGE(1, 100000), .def = "600" },
	  .label = "Requests per minute and user" },
	{ .f = { KEY(timetracker.session_rate_per_hour), RANGE(1, 1000000), .def = "20000" },
	  .label = "Requests per hour and user" },
	{ .f = { KEY(timetracker.login_rate_per_minute), RANGE(1, 1000), .def = "5" },
	  .label = "Logins per minute and address" },
	{ .f = { KEY(timetracker.token_expiry_days), RANGE(1, 3650), .def = "90" },
	  .label = "Login token lifetime (days)" },
	{ .f = { KEY(timetracker.rounding_minutes), .def = "1", CHOICE("1", "5", "10", "15", "30", "60") },
	  .label = "Round to (minutes)" },
	{ .f = { KEY(timetracker.rounding_method), .def = "nearest", CHOICE("nearest", "up", "down") },
	  .label = "Rounding" },
	{ .f = { KEY(timetracker.allow_overlap), .def = "false" }, .label = "Entries may overlap" },
	{ .f = { KEY(timetracker.require_task), .def = "false" }, .label = "A task is required" },
	{ .f = { KEY(timetracker.require_description), .def = "false" }, .label = "A description is required" },
	{ .f = { KEY(timetracker.description_min_length), RANGE(0, 1000), .def = "20" },
	  .label = "Shortest description" },
	{ .f = { KEY(timetracker.locked_before),
		 .doc = "Date, YYYY-MM-DD; earlier days are closed to members. Empty: none." },
	  .label = "Locked before", .rule = rule_date },
	{ .f = { KEY(timetracker.invoice_pattern), .max = 128, .def = "{PREFIX}-{YYYY}{MM}{DD}-{SEQ}",
		 .doc = "Holds {SEQ} once; {PREFIX}, {YYYY}, {YY}, {MM}, {DD} as wanted." },
	  .label = "Invoice number", .rule = rule_invoice_pattern },
	{ .f = { KEY(timetracker.invoice_prefix), .min = 1, .max = 32, .def = "INV" }, .label = "Invoice prefix" },
	{ .f = { KEY(timetracker.invoice_start), RANGE(1, 1000000000), .def = "1000" },
	  .label = "First invoice number" },
	{ .f = { KEY(timetracker.import_max_rows), RANGE(1, 10000), .def = "2000" }, .label = "Rows per import" },
	{ .f = { KEY(timetracker.ai_rate_per_minute), RANGE(1, 1000), .def = "10" },
	  .label = "Questions to the assistant per minute and user" },
	{ .f = { KEY(timetracker.ai_rate_per_hour), RANGE(1, 10000), .def = "100" },
	  .label = "Questions to the assistant per hour and user" },
	{ .f = { KEY(timetracker.cors_origins), .max = LIST, .doc = ORIGINS_DOC },
	  .label = "Allowed origins (time tracker)", .input = INPUT_TEXTAREA, .rule = rule_origin_list },
	{ .label = NULL }
};
/* clang-format on */
_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_MAX_KEYS,
	       "sources has no room for all keys");
