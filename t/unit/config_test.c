/* config_test.c: the table of settings, its rules, the file and the environment */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/config.h"

static struct arena *arena;
static struct config cfg;
static char dir[64];

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	config_defaults(&cfg);
	snprintf(dir, sizeof(dir), "/tmp/config_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	unlink(arena_printf(arena, "%s/hearth.conf", dir));
	rmdir(dir);
	arena_free(arena);
	return 0;
}

/* "" when the value is fine, else what is wrong. */
static const char *wrong(const char *name, const char *value)
{
	const char *out, *text = config_normal(config_find(name), value, arena, &out);

	return text ? text : "";
}

/* The normal form of a value that must be fine. */
static const char *normal(const char *name, const char *value)
{
	const char *out;

	assert_null(config_normal(config_find(name), value, arena, &out));
	return out;
}

/* Reads the text as hearth.conf; the faults, one a line. */
static const char *read_file(const char *text, size_t n)
{
	const char *path = arena_printf(arena, "%s/hearth.conf", dir), *all = "";
	FILE *f = fopen(path, "w");
	struct faults fs;
	struct err e = { 0 };

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
	faults_init(&fs, arena);
	config_defaults(&cfg);
	assert_int_equal(config_file(&cfg, arena, dir, &fs, &e), ERR_NONE);
	for (const struct fault *fault = fs.first; fault; fault = fault->next)
		all = arena_printf(arena, "%s%s\n", all, fault->text);
	return all;
}

static const char *read_text(const char *text)
{
	return read_file(text, strlen(text));
}

/* The faults of the rules between keys: "KEY: text", one a line. */
static const char *check_all(void)
{
	const char *all = "";
	struct faults fs;

	faults_init(&fs, arena);
	config_check(&cfg, &fs);
	for (const struct fault *fault = fs.first; fault; fault = fault->next)
		all = arena_printf(arena, "%s%s: %s\n", all, fault->name, fault->text);
	return all;
}

static void put(const char *name, const char *value)
{
	config_put(&cfg, config_find(name), normal(name, value), SOURCE_FILE);
}

/* ---- the table ---- */

static void keys_are_sound(void **state)
{
	int slots = 0;

	(void)state;
	for (const struct config_key *k = config_keys; k->f.key; k++) {
		char name[CONFIG_NAME];

		config_env_name(k, name);
		assert_true(strlen(k->f.key) + 1 < CONFIG_NAME);
		assert_ptr_equal(config_find(name), k);
		assert_ptr_equal(config_find(k->f.key), k);
		assert_non_null(k->label);
		if (k->f.def)
			assert_string_equal(wrong(name, k->f.def), "");
		if (config_input(k) == INPUT_NUMBER)
			assert_true(k->f.bounded && k->f.min < k->f.max);
		for (const struct config_key *other = config_keys; other < k; other++)
			assert_int_not_equal(other->f.offset, k->f.offset);
		slots += strncmp(name, "PROXMOX_", 8) == 0 && name[8] <= '9';
	}
	assert_int_equal(slots, 8 * PROXMOX_SLOTS);
	assert_string_equal(check_all(), "");
}

static void names_are_exact(void **state)
{
	char section[CONFIG_NAME];

	(void)state;
	assert_null(config_find("smtp_host"));
	assert_null(config_find("SMTP.HOST"));
	assert_null(config_find("SMTP_HOS"));
	assert_null(config_find("SMTP_HOSTS"));
	assert_null(config_find(""));
	assert_null(config_find("PROXMOX_65_ID"));
	assert_string_equal(config_find("PROXMOX_64_TOKEN_SECRET")->f.key,
			    "proxmox.64_token_secret");
	config_section(config_find("AI_HUB_MODEL"), section);
	assert_string_equal(section, "ai_hub");
}

static void defaults_are_typed(void **state)
{
	(void)state;
	assert_string_equal(cfg.fritzbox.host, "fritz.box");
	assert_int_equal(cfg.fritzbox.poll_seconds, 30);
	assert_false(cfg.fritzbox.port.is);
	assert_true(cfg.public_ip.enabled);
	assert_string_equal(cfg.smtp.host, "");
	assert_string_equal(cfg.proxmox.slots[63].tls, "verify");
	assert_false(cfg.location.home_latitude.is);
	assert_string_equal(config_text(&cfg, config_find("SMTP_PORT"), arena), "587");
	assert_string_equal(config_text(&cfg, config_find("FRITZBOX_PORT"), arena), "");
	assert_int_equal(config_input(config_find("SMTP_PASSWORD")), INPUT_PASSWORD);
	assert_int_equal(config_input(config_find("SMTP_SECURITY")), INPUT_SELECT);
	assert_int_equal(config_input(config_find("SMTP_FROM")), INPUT_EMAIL);
	assert_int_equal(config_input(config_find("FRITZBOX_PORT")), INPUT_NUMBER);
}

/* ---- single values ---- */

static void numbers_are_tested(void **state)
{
	static const char text[] = "Must be a number between 1 and 65535";

	(void)state;
	assert_string_equal(wrong("SMTP_PORT", "0"), text);
	assert_string_equal(wrong("SMTP_PORT", "65536"), text);
	assert_string_equal(wrong("SMTP_PORT", "1.5"), text);
	assert_string_equal(wrong("SMTP_PORT", "0x10"), text);
	assert_string_equal(wrong("SMTP_PORT", "99999999999999999999"), text);
	assert_string_equal(normal("SMTP_PORT", " 0025\n"), "25");
	assert_string_equal(wrong("LOCATION_HOME_LATITUDE", "90.1"),
			    "Must be a number between -90 and 90");
	assert_string_equal(wrong("LOCATION_HOME_LATITUDE", "nan"),
			    "Must be a number between -90 and 90");
	assert_string_equal(normal("LOCATION_HOME_LATITUDE", "52.520"), "52.52");
	assert_string_equal(wrong("SMTP_PORT", ""), "Invalid value");
	assert_string_equal(wrong("FRITZBOX_PORT", ""), "");
}

static void choices_are_tested(void **state)
{
	(void)state;
	assert_string_equal(wrong("SMTP_SECURITY", "ssl"), "Must be one of: starttls, tls, none");
	assert_string_equal(wrong("MQTT_TLS", "yes"), "Must be true or false");
	assert_string_equal(wrong("MQTT_TLS", "TRUE"), "Must be true or false");
	assert_string_equal(wrong("TIMETRACKER_ROUNDING_MINUTES", "7"),
			    "Must be one of: 1, 5, 10, 15, 30, 60");
	put("TIMETRACKER_ROUNDING_MINUTES", "15");
	assert_int_equal(cfg.timetracker.rounding_minutes, 15);
}

static void texts_are_tested(void **state)
{
	char long_text[300];

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_string_equal(wrong("APP_NAME", long_text), "Must be at most 64 characters");
	assert_string_equal(wrong("SMTP_USERNAME", long_text), "Must be at most 256 characters");
	assert_string_equal(wrong("HOMEASSISTANT_TOKEN", long_text), "");
	assert_string_equal(wrong("SMTP_USERNAME", "a\tb"), "Invalid value");
	assert_string_equal(wrong("SMTP_USERNAME", "a\xff"), "Invalid value");
	assert_string_equal(normal("APP_NAME", "  Müllers Haus "), "Müllers Haus");
	assert_string_equal(normal("SMTP_PASSWORD", " with blanks "), " with blanks ");
	assert_string_equal(normal("AI_SYSTEM_PROMPT", "Be\nbrief."), "Be\nbrief.");
	assert_string_equal(wrong("AI_SYSTEM_PROMPT", "a\x01"), "Invalid value");
	assert_string_equal(wrong("AUTH_ACCESS_TOKEN", "too-short"), "Invalid value");
	assert_string_equal(wrong("AUTH_ACCESS_TOKEN", "with a blank in it"), "Invalid value");
	assert_string_equal(wrong("AUTH_ACCESS_TOKEN", "0123456789abcdef"), "");
	assert_string_equal(wrong("PROXMOX_1_ID", "NAS"), "Invalid value");
	assert_string_equal(wrong("PROXMOX_1_TOKEN_ID", "root@pam!hearth"), "");
	assert_string_equal(wrong("PROXMOX_1_TOKEN_ID", "root@pam"), "Invalid value");
	assert_string_equal(wrong("FRITZBOX_TLS_PIN", "sha256//x"), "Invalid value");
	assert_string_equal(wrong("APP_TIMEZONE", "Mars/Olympus"), "Unknown time zone");
	assert_string_equal(wrong("APP_TIMEZONE", "../../etc/passwd"), "Unknown time zone");
	assert_string_equal(wrong("APP_TIMEZONE", "Europe"), "Unknown time zone");
	assert_string_equal(wrong("TIMETRACKER_LOCKED_BEFORE", "2026-02-29"), "Invalid value");
	assert_string_equal(wrong("TIMETRACKER_LOCKED_BEFORE", "2024-02-29"), "");
	assert_string_equal(wrong("TIMETRACKER_INVOICE_PATTERN", "{PREFIX}-{YYYY}"),
			    "Invalid value");
	assert_string_equal(wrong("TIMETRACKER_INVOICE_PATTERN", "{SEQ}{SEQ}"), "Invalid value");
	assert_string_equal(wrong("TIMETRACKER_INVOICE_PATTERN", "{SEQ}{NOPE}"), "Invalid value");
	assert_string_equal(wrong("SMTP_FROM", "a@b, c@d"), "Invalid value");
	assert_string_equal(wrong("SMTP_FROM", "hearth@home.example"), "");
}

static void hosts_are_tested(void **state)
{
	static const char *const good[] = { "fritz.box", "192.168.178.1", "fe80::1", "nas_1.lan.",
					    "a" };
	static const char *const bad[] = { "a b",      "a:80", "-a.b", "a..b",
					   "http://a", "a/b",  ".",    "[::1]" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_string_equal(wrong("FRITZBOX_HOST", good[i]), "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(wrong("FRITZBOX_HOST", bad[i]), "Invalid value");
}

static void urls_are_tested(void **state)
{
	static const char *const bad[] = {
		"ftp://a",
		"a",
		"http://",
		"http://?x",
		"http:///x",
		"http://u@a",
		"http://u:p@a/",
		"http://a#x",
		"http://a b",
		"http://a:0",
		"http://a:65536",
		"http://a:",
		"http://a:8x",
		"http://169.254.169.254/x",
		"http://0.0.0.0",
		"http://[::]",
		"http://[fe80::1]",
		"http://[::ffff:169.254.1.1]",
		"http://[::1",
		"http://2852039166",
		"http://0xa9fea9fe/",
		"http://0251.254.169.254",
		"http://169.254.169.254.",
		"http://0",
		"http://[1.2.3.4]",
		"http://a\\b",
		"http://\xc3\xa9",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(wrong("FRIGATE_URL", bad[i]), "Must be an http(s) URL");
	assert_string_equal(normal("FRIGATE_URL", "http://frigate:5000///"), "http://frigate:5000");
	assert_string_equal(normal("FRIGATE_URL", "HTTPS://a.b/c/"), "HTTPS://a.b/c");
	assert_string_equal(normal("FRIGATE_URL", "http://[fd00::1]:80/"), "http://[fd00::1]:80");
	assert_string_equal(normal("FRIGATE_URL", "http://a/?b=/"), "http://a/?b=/");
	assert_string_equal(wrong("AI_BASE_URL", "http://a/?b"), "Must be an http(s) URL");
	assert_string_equal(wrong("FIREBASE_CERTS_URL", "http://a/"), "Must be an http(s) URL");
}

static void lists_are_tested(void **state)
{
	const char *many = "a@b0";

	(void)state;
	assert_string_equal(normal("SMTP_TO", "a@b,\n\n c@d ,"), "a@b, c@d");
	assert_string_equal(wrong("SMTP_TO", "a@b, nobody"), "Invalid entry: nobody");
	for (int i = 1; i < 11; i++)
		many = arena_printf(arena, "%s, a@b%d", many, i);
	assert_string_equal(wrong("SMTP_TO", many), "Invalid entry: a@b10");
	assert_string_equal(wrong("APP_CORS_ORIGINS", "*"), "Invalid entry: *");
	assert_string_equal(wrong("APP_CORS_ORIGINS", "http://a/b"), "Invalid entry: http://a/b");
	assert_string_equal(wrong("APP_CORS_ORIGINS", "http://a:3000, https://b"), "");
	assert_string_equal(wrong("AUTH_TRUSTED_NETWORKS", "10.0.0.0/7"),
			    "Invalid entry: 10.0.0.0/7");
	assert_string_equal(wrong("AUTH_TRUSTED_NETWORKS", "fd00::/16"),
			    "Invalid entry: fd00::/16");
	assert_string_equal(wrong("AUTH_TRUSTED_NETWORKS", "10.0.0.0/8, fd00::/32"), "");
	assert_string_equal(normal("AUTH_TRUSTED_NETWORKS", ""), "");
	assert_string_equal(wrong("AUTH_TRUSTED_PROXIES", "10.0.0.0/33"),
			    "Invalid entry: 10.0.0.0/33");
	assert_string_equal(wrong("PUBLIC_IP_PROVIDERS", "aws, aws"), "Invalid entry: aws");
	assert_string_equal(wrong("PUBLIC_IP_PROVIDERS", "aws, ipify, http://a"),
			    "Invalid entry: http://a");
	assert_string_equal(wrong("PUBLIC_IP_PROVIDERS", "aws, https://a/ip"), "");
	assert_string_equal(wrong("PUBLIC_IP_PROVIDERS", ""), "Invalid value");
	assert_string_equal(wrong("MQTT_SUBSCRIBE", "a/#/b"), "Invalid entry: a/#/b");
	assert_string_equal(wrong("MQTT_SUBSCRIBE", "a+"), "Invalid entry: a+");
	assert_string_equal(wrong("MQTT_SUBSCRIBE", "+/a/+, #"), "");
	assert_string_equal(wrong("PUBLIC_IP_MQTT_TOPIC", "a/#"), "Invalid value");
	assert_string_equal(wrong("AI_HUB_ALLOWED_TOOLS", "Read, Bash(git log:*)"), "");
	assert_string_equal(wrong("AI_HUB_CWD_ALLOW", "/srv, home"), "Invalid entry: home");
	assert_string_equal(config_list(arena, "a, b")[1], "b");
	assert_null(config_list(arena, "a, b")[2]);
	assert_null(config_list(arena, "")[0]);
}

/* ---- rules between keys ---- */

static void keys_are_tested_together(void **state)
{
	(void)state;
	put("FRITZBOX_ENABLED", "true");
	assert_string_equal(check_all(),
			    "FRITZBOX_USERNAME: Required when FRITZBOX_ENABLED is true\n"
			    "FRITZBOX_PASSWORD: Required when FRITZBOX_ENABLED is true\n");
	put("FRITZBOX_USERNAME", "u");
	put("FRITZBOX_PASSWORD", "p");
	put("AUTH_SESSION_IDLE_DAYS", "90");
	put("AUTH_SESSION_MAX_DAYS", "89");
	assert_string_equal(check_all(),
			    "AUTH_SESSION_MAX_DAYS: Must be at least AUTH_SESSION_IDLE_DAYS\n");
	put("AUTH_SESSION_MAX_DAYS", "90");
	put("LOCATION_HOME_LONGITUDE", "0");
	assert_string_equal(
		check_all(),
		"LOCATION_HOME_LATITUDE: Required together with LOCATION_HOME_LONGITUDE\n");
	put("LOCATION_HOME_LATITUDE", "0");
	put("AI_HUB_DEFAULT_CWD", "/srv/../etc");
	assert_string_equal(check_all(),
			    "AI_HUB_DEFAULT_CWD: Must be inside a directory of AI_HUB_CWD_ALLOW\n");
	put("AI_HUB_CWD_ALLOW", "/home, /srv/");
	assert_string_not_equal(check_all(), "");
	put("AI_HUB_DEFAULT_CWD", "/srvx");
	assert_string_not_equal(check_all(), "");
	put("AI_HUB_DEFAULT_CWD", "/srv/x");
	assert_string_equal(check_all(), "");
}

static void servers_are_whole(void **state)
{
	(void)state;
	put("PROXMOX_3_NAME", "Cellar");
	assert_string_equal(check_all(), "PROXMOX_3_ID: Required for this server\n"
					 "PROXMOX_3_URL: Required for this server\n"
					 "PROXMOX_3_TOKEN_ID: Required for this server\n"
					 "PROXMOX_3_TOKEN_SECRET: Required for this server\n");
	put("PROXMOX_3_ID", "nas");
	put("PROXMOX_3_URL", "https://nas:8006");
	put("PROXMOX_3_TOKEN_ID", "u@pve!t");
	put("PROXMOX_3_TOKEN_SECRET", "s");
	put("PROXMOX_3_TLS", "pin");
	assert_string_equal(check_all(), "PROXMOX_3_TLS_PIN: Required for this server\n");
	put("PROXMOX_3_TLS", "insecure");
	assert_string_equal(check_all(), "");
	assert_true(is_proxmox_slot_used(&cfg.proxmox.slots[2]));
	assert_true(is_proxmox_slot_empty(&cfg.proxmox.slots[0]));
	cfg.proxmox.slots[5] = cfg.proxmox.slots[2];
	assert_string_equal(check_all(), "PROXMOX_6_ID: Another server has this id\n");
}

static void ids_of_servers_cannot_collide(void **state)
{
	struct proxmox_slot *slots = cfg.proxmox.slots;

	(void)state;
	slots[0] = (struct proxmox_slot){ .id = "home",
					  .name = "",
					  .url = "https://a",
					  .node = "",
					  .token_id = "u@pve!t",
					  .token_secret = "s",
					  .tls = "verify",
					  .tls_pin = "" };
	slots[4] = slots[0];
	slots[4].id = "home-pve1";
	slots[4].node = "pve1";
	assert_string_equal(check_all(),
			    "PROXMOX_5_ID: No id may begin with home-, as those of the servers of "
			    "the whole cluster home do\n");
	slots[4].node = ""; /* a cluster of its own */
	assert_string_not_equal(check_all(), "");
	slots[7] = slots[0];
	slots[0] = slots[4];
	slots[4].id = "";
	slots[4].url = slots[4].token_id = slots[4].token_secret = "";
	assert_string_equal(check_all(), /* the cluster comes later */
			    "PROXMOX_8_ID: No id may begin with home-, as those of the servers of "
			    "the whole cluster home do\n");
	slots[7].node = "pve1"; /* one node has one id */
	assert_string_equal(check_all(), "");
	slots[7].node = "";
	slots[0].id = "homes";
	assert_string_equal(check_all(), "");
}

static void tokens_are_not_sent_in_the_clear(void **state)
{
	(void)state;
	put("PROXMOX_3_ID", "nas");
	put("PROXMOX_3_URL", "HTTP://nas:8006");
	put("PROXMOX_3_TOKEN_ID", "u@pve!t");
	put("PROXMOX_3_TOKEN_SECRET", "s");
	assert_string_equal(check_all(), "PROXMOX_3_TLS: Must be insecure with an http URL, which "
					 "sends the token in the clear\n");
	put("PROXMOX_3_TLS", "pin");
	put("PROXMOX_3_TLS_PIN", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	assert_string_not_equal(check_all(), "");
	put("PROXMOX_3_TLS", "insecure");
	assert_string_equal(check_all(), "");
}

/* ---- the file and the environment ---- */

static void files_are_read(void **state)
{
	(void)state;
	assert_string_equal(read_text("\xef\xbb\xbf# a comment\r\n"
				      "[smtp]\r\n"
				      "host = mail.example  \n"
				      "port=25\n"
				      "password = \" a \\\"b\\\" \\\\ # c \"\n"
				      "username = a = b # c\n"
				      "\n"
				      "[mqtt]\n"
				      "enabled = yes\n"
				      "host = \n"
				      "subscribe = #\n"
				      "record = a/*,\n"
				      "\tb/*\n"
				      "  # not this\n"
				      "  c/*, d/*\n"
				      "[proxmox]\n"
				      "64_id = last\n"
				      "[auth]\n"
				      "trusted_networks = \"\""),
			    "");
	assert_string_equal(cfg.smtp.host, "mail.example");
	assert_int_equal(cfg.smtp.port, 25);
	assert_string_equal(cfg.smtp.password, " a \"b\" \\ # c ");
	assert_string_equal(cfg.smtp.username, "a = b # c");
	assert_true(cfg.mqtt.enabled);
	assert_string_equal(cfg.mqtt.host, "");
	assert_string_equal(cfg.mqtt.subscribe, "#");
	assert_string_equal(cfg.mqtt.record, "a/*, b/*, c/*, d/*");
	assert_string_equal(cfg.proxmox.slots[63].id, "last");
	assert_string_equal(cfg.auth.trusted_networks, "");
	assert_int_equal(config_source(&cfg, config_find("SMTP_HOST")), SOURCE_FILE);
	assert_int_equal(config_source(&cfg, config_find("MQTT_HOST")), SOURCE_DEFAULT);
	assert_int_equal(config_source(&cfg, config_find("SMTP_FROM")), SOURCE_DEFAULT);
}

static void file_faults_have_lines(void **state)
{
	static const char nul[] = "[smtp]\nhost = a\0b\n";

	(void)state;
	assert_string_equal(read_text("host = a\n"),
			    "hearth.conf:1: a [section] must come first\n");
	assert_string_equal(read_text("[smpt]\nhost = a\n"),
			    "hearth.conf:1: unknown section [smpt]\n");
	assert_string_equal(read_text("[smtp\n"),
			    "hearth.conf:1: a section is [name] on a line of its own\n");
	assert_string_equal(read_text("[smtp] x\n"),
			    "hearth.conf:1: a section is [name] on a line of its own\n");
	assert_string_equal(read_text("[smtp]\n\nhots = a\nport = 25\n"),
			    "hearth.conf:3: unknown key hots in section [smtp]\n");
	assert_int_equal(cfg.smtp.port, 25);
	assert_string_equal(
		read_text("[smtp]\nhost\n"),
		"hearth.conf:2: expected [section], key = value or a comment that starts with #\n");
	assert_string_equal(read_text("[smtp]\nport = x\n"),
			    "hearth.conf:2: smtp.port: Must be a number between 1 and 65535\n");
	assert_string_equal(read_text("[smtp]\nhost = a\nhost = b\n"),
			    "hearth.conf:3: smtp.host is set in line 2 already\n");
	assert_string_equal(cfg.smtp.host, "a");
	assert_string_equal(read_text("[smtp]\nhost = a\n  b\n"),
			    "hearth.conf:3: smtp.host takes one line\n");
	assert_string_equal(
		read_text("[smtp]\n  b\n"),
		"hearth.conf:2: an indented line continues the key above it, and there is none\n");
	assert_string_equal(read_text("[smtp]\npassword = \"a\n"),
			    "hearth.conf:2: smtp.password: the quotes do not match\n");
	assert_string_equal(read_text("[smtp]\npassword = \"a\" b\n"),
			    "hearth.conf:2: smtp.password: the quotes do not match\n");
	assert_string_equal(read_text("[smtp]\nhost = \xff\n"), "hearth.conf:2: not valid UTF-8\n");
	assert_string_equal(read_file(nul, sizeof(nul) - 1), "hearth.conf:2: not valid UTF-8\n");
	assert_string_equal(read_text("[app]\nname =\n"),
			    "hearth.conf:2: app.name: Invalid value\n");
}

static void secrets_are_not_said(void **state)
{
	(void)state;
	assert_null(strstr(read_text("[auth]\naccess_token = short-secret\n"), "short-secret"));
	assert_null(strstr(read_text("[auth]\naccess_token = \"short-secret\n"), "short-secret"));
}

static void files_need_not_be(void **state)
{
	struct faults fs;
	struct err e = { 0 };

	(void)state;
	faults_init(&fs, arena);
	assert_int_equal(config_file(&cfg, arena, dir, &fs, &e), ERR_NONE);
	assert_int_equal(fs.count, 0);
	assert_int_equal(config_file(&cfg, arena, "/dev/null", &fs, &e), ERR_INTERNAL);
}

static void environment_wins_over_file(void **state)
{
	struct faults fs;

	(void)state;
	read_text("[smtp]\nhost = file\nport = 25\nusername = file\n");
	setenv("HEARTH_SMTP_HOST", "environment", 1);
	setenv("HEARTH_SMTP_PORT", "many", 1);
	setenv("HEARTH_SMTP_USERNAME", "", 1);
	setenv("HEARTH_MQTT_ENABLED", "yes", 1);
	setenv("HEARTH_NOBODY", "1", 1);
	setenv("FIREBASE_AUTH_EMULATOR_HOST", "localhost:9099", 1);
	faults_init(&fs, arena);
	config_environment(&cfg, arena, &fs);
	unsetenv("HEARTH_SMTP_HOST");
	unsetenv("HEARTH_SMTP_PORT");
	unsetenv("HEARTH_SMTP_USERNAME");
	unsetenv("HEARTH_MQTT_ENABLED");
	unsetenv("HEARTH_NOBODY");
	unsetenv("FIREBASE_AUTH_EMULATOR_HOST");
	assert_string_equal(cfg.smtp.host, "environment");
	assert_int_equal(config_source(&cfg, config_find("SMTP_HOST")), SOURCE_ENVIRONMENT);
	assert_int_equal(cfg.smtp.port, 25);
	assert_string_equal(cfg.smtp.username, "file");
	assert_true(cfg.mqtt.enabled);
	assert_string_equal(cfg.firebase.emulator_host, "localhost:9099");
	assert_int_equal(fs.count, 1);
	assert_string_equal(fs.first->name, "SMTP_PORT");
	assert_string_equal(
		fs.first->text,
		"environment variable HEARTH_SMTP_PORT: Must be a number between 1 and 65535");
}

static void printing_masks_secrets(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	put("SMTP_PASSWORD", "sesame");
	put("AI_SYSTEM_PROMPT", "a\nb");
	put("PROXMOX_2_ID", "nas");
	config_print(&cfg, out);
	fclose(out);
	assert_non_null(strstr(text, "SMTP_PASSWORD = ********  # file\n"));
	assert_non_null(strstr(text, "SMTP_PORT = 587  # default\n"));
	assert_non_null(strstr(text, "AI_SYSTEM_PROMPT = \"a\\nb\"  # file\n"));
	assert_non_null(strstr(text, "PROXMOX_2_ID = nas  # file\n"));
	assert_null(strstr(text, "PROXMOX_1_ID"));
	assert_null(strstr(text, "sesame"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_are_sound, begin, end),
		cmocka_unit_test_setup_teardown(names_are_exact, begin, end),
		cmocka_unit_test_setup_teardown(defaults_are_typed, begin, end),
		cmocka_unit_test_setup_teardown(numbers_are_tested, begin, end),
		cmocka_unit_test_setup_teardown(choices_are_tested, begin, end),
		cmocka_unit_test_setup_teardown(texts_are_tested, begin, end),
		cmocka_unit_test_setup_teardown(hosts_are_tested, begin, end),
		cmocka_unit_test_setup_teardown(urls_are_tested, begin, end),
		cmocka_unit_test_setup_teardown(lists_are_tested, begin, end),
		cmocka_unit_test_setup_teardown(keys_are_tested_together, begin, end),
		cmocka_unit_test_setup_teardown(servers_are_whole, begin, end),
		cmocka_unit_test_setup_teardown(ids_of_servers_cannot_collide, begin, end),
		cmocka_unit_test_setup_teardown(tokens_are_not_sent_in_the_clear, begin, end),
		cmocka_unit_test_setup_teardown(files_are_read, begin, end),
		cmocka_unit_test_setup_teardown(file_faults_have_lines, begin, end),
		cmocka_unit_test_setup_teardown(secrets_are_not_said, begin, end),
		cmocka_unit_test_setup_teardown(files_need_not_be, begin, end),
		cmocka_unit_test_setup_teardown(environment_wins_over_file, begin, end),
		cmocka_unit_test_setup_teardown(printing_masks_secrets, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
