/* settings_test.c: stored settings, sealed secrets, what wins over what */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "base/log.h"
#include "base/seal.h"
#include "db/migrate.h"
#include "db/settings.h"

enum { NOW = 1770000000 };

static struct arena *arena;
static struct config cfg;
static struct db *db;
static char dir[64];

static const char *in_dir(const char *name)
{
	return arena_printf(arena, "%s/%s", dir, name);
}

static int begin(void **state)
{
	struct err e = { 0 };
	bool done;

	(void)state;
	arena = arena_new();
	snprintf(dir, sizeof(dir), "/tmp/settings_test.XXXXXX");
	if (!mkdtemp(dir) || migrate(dir, &done, &e) || seal_key_create(dir, &done, &e) ||
	    db_open(&db, dir, DB_COLLECT, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	db_close(db);
	arena_free(arena);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? -1 : 0;
}

static void sql(const char *text)
{
	assert_int_equal(sqlite3_exec(db_handle(db), text, NULL, NULL, NULL), SQLITE_OK);
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* One transaction; the faults as "NAME: text" a line, or the names for the audit, or "nothing". */
static const char *set(const struct settings_change *changes, size_t n)
{
	const char *names, *all = "";
	struct faults fs;
	struct err e = { 0 };
	enum err_code code;

	faults_init(&fs, arena);
	assert_int_equal(db_begin(db, TX_WRITE, &e), ERR_NONE);
	code = settings_set(db, dir, changes, n, NOW, &fs, &names, &e);
	assert_int_equal(db_commit(db, &e), ERR_NONE);
	for (const struct fault *f = fs.first; f; f = f->next)
		all = arena_printf(arena, "%s%s: %s\n", all, f->name, f->text);
	assert_int_equal(code, fs.count ? ERR_INVALID : ERR_NONE);
	return fs.count ? all : names ? names : "nothing";
}

static const char *set_one(const char *name, const char *value)
{
	return set(&(struct settings_change){ name, value }, 1);
}

static void load(void)
{
	struct err e = { 0 };

	if (settings_load(&cfg, arena, dir, db, &e))
		fail_msg("%s", e.text);
}

static enum config_source source(const char *name)
{
	return config_source(&cfg, config_find(name));
}

/* What is in the file config_value under this name; NULL when nothing. */
static const char *stored(const char *name)
{
	sqlite3_stmt *s;
	const char *out = NULL;

	sqlite3_prepare_v2(db_handle(db), "SELECT value FROM config_value WHERE env_name = ?", -1,
			   &s, NULL);
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(s) == SQLITE_ROW)
		out = arena_strdup(arena, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return out;
}

/* ---- the key and the seal ---- */

static void keys_are_made_once(void **state)
{
	unsigned char key[SEAL_KEY], again[SEAL_KEY];
	struct err e = { 0 };
	struct stat st;
	bool created = true;

	(void)state;
	assert_int_equal(stat(in_dir("secret.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 65);
	assert_int_equal(seal_key_load(dir, key, &e), ERR_NONE);
	assert_int_equal(seal_key_create(dir, &created, &e), ERR_NONE);
	assert_false(created);
	assert_int_equal(seal_key_load(dir, again, &e), ERR_NONE);
	assert_memory_equal(key, again, sizeof(key));
}

static void bad_keys_are_refused(void **state)
{
	unsigned char key[SEAL_KEY];
	struct err e = { 0 };

	(void)state;
	chmod(in_dir("secret.key"), 0640);
	assert_int_equal(seal_key_load(dir, key, &e), ERR_SCHEMA);
	chmod(in_dir("secret.key"), 0600);
	write_text("secret.key", "0123\n");
	assert_int_equal(seal_key_load(dir, key, &e), ERR_SCHEMA);
	write_text("secret.key",
		   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeX\n");
	assert_int_equal(seal_key_load(dir, key, &e), ERR_SCHEMA);
	unlink(in_dir("secret.key"));
	assert_int_equal(seal_key_load(dir, key, &e), ERR_SCHEMA);
}

static void seals_hold(void **state)
{
	unsigned char key[SEAL_KEY] = { 1 }, other[SEAL_KEY] = { 2 };
	char *sealed = seal_text(key, "SMTP_PASSWORD", "sesame", arena);
	char *empty = seal_text(key, "SMTP_PASSWORD", "", arena);
	struct err e = { 0 };
	const char *out = NULL;

	(void)state;
	assert_string_not_equal(sealed, seal_text(key, "SMTP_PASSWORD", "sesame", arena));
	assert_int_equal(seal_open(key, "SMTP_PASSWORD", sealed, arena, &out, &e), ERR_NONE);
	assert_string_equal(out, "sesame");
	assert_int_equal(seal_open(key, "SMTP_PASSWORD", empty, arena, &out, &e), ERR_NONE);
	assert_string_equal(out, "");
	assert_int_equal(seal_open(key, "MQTT_PASSWORD", sealed, arena, &out, &e), ERR_INVALID);
	assert_int_equal(seal_open(other, "SMTP_PASSWORD", sealed, arena, &out, &e), ERR_INVALID);
	sealed[20] = sealed[20] == 'A' ? 'B' : 'A';
	assert_int_equal(seal_open(key, "SMTP_PASSWORD", sealed, arena, &out, &e), ERR_INVALID);
	assert_int_equal(seal_open(key, "SMTP_PASSWORD", "", arena, &out, &e), ERR_INVALID);
	assert_int_equal(seal_open(key, "SMTP_PASSWORD", "sesame", arena, &out, &e), ERR_INVALID);
}

/* ---- loading and storing ---- */

static void later_sources_win(void **state)
{
	(void)state;
	write_text("hearth.conf", "[smtp]\nhost = file\nport = 25\nusername = file\n");
	setenv("HEARTH_SMTP_PORT", "26", 1);
	setenv("HEARTH_SMTP_USERNAME", "environment", 1);
	assert_string_equal(set_one("SMTP_USERNAME", "database"), "{\"keys\":[\"SMTP_USERNAME\"]}");
	load();
	assert_string_equal(cfg.smtp.host, "file");
	assert_int_equal(cfg.smtp.port, 26);
	assert_string_equal(cfg.smtp.username, "database");
	assert_int_equal(source("SMTP_FROM"), SOURCE_DEFAULT);
	assert_int_equal(source("SMTP_HOST"), SOURCE_FILE);
	assert_int_equal(source("SMTP_PORT"), SOURCE_ENVIRONMENT);
	assert_int_equal(source("SMTP_USERNAME"), SOURCE_DATABASE);
	assert_string_equal(set_one("SMTP_USERNAME", ""), "{\"keys\":[\"SMTP_USERNAME\"]}");
	load();
	assert_string_equal(cfg.smtp.username, "environment");
	unsetenv("HEARTH_SMTP_PORT");
	unsetenv("HEARTH_SMTP_USERNAME");
}

static void secrets_are_sealed(void **state)
{
	(void)state;
	set_one("SMTP_PASSWORD", "sesame");
	assert_non_null(stored("SMTP_PASSWORD"));
	assert_null(strstr(stored("SMTP_PASSWORD"), "sesame"));
	load();
	assert_string_equal(cfg.smtp.password, "sesame");
	assert_string_equal(set_one("SMTP_PASSWORD", ""), "nothing");
	load();
	assert_string_equal(cfg.smtp.password, "sesame");
	assert_string_equal(set_one("SMTP_PASSWORD", NULL), "{\"keys\":[\"SMTP_PASSWORD\"]}");
	load();
	assert_string_equal(cfg.smtp.password, "");
	assert_string_equal(set_one("SMTP_PASSWORD", NULL), "nothing");
}

static void versions_grow(void **state)
{
	int64_t version, after;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(settings_version(db, &version, &e), ERR_NONE);
	set_one("APP_NAME", "A");
	assert_int_equal(settings_version(db, &after, &e), ERR_NONE);
	assert_int_equal(after, version + 1);
	load();
	assert_int_equal(cfg.version, after);
	set_one("SMTP_PASSWORD", "");
	set_one("SMTP_PORT", "nonsense");
	assert_int_equal(settings_version(db, &version, &e), ERR_NONE);
	assert_int_equal(version, after);
}

static void all_or_nothing(void **state)
{
	const struct settings_change changes[] = {
		{ "APP_NAME", "Casa" },
		{ "SMTP_PORT", "70000" },
		{ "NOPE", "1" },
		{ "AI_HUB_CLAUDE_PATH", "/opt/other" },
		{ "DOCKER_SOCKET", "/var/run/docker.sock" },
		{ "SMTP_HOST", "a" },
		{ "SMTP_HOST", NULL },
	};

	(void)state;
	assert_string_equal(
		set(changes, sizeof(changes) / sizeof(changes[0])),
		"SMTP_PORT: Must be a number between 1 and 65535\n"
		"NOPE: Unknown configuration key\n"
		"AI_HUB_CLAUDE_PATH: This key can only be set in the configuration file\n"
		"SMTP_HOST: Key is both updated and cleared\n");
	assert_null(stored("APP_NAME"));
	assert_string_equal(set(changes, 1), "{\"keys\":[\"APP_NAME\"]}");
	assert_string_equal(set(changes + 4, 1), "nothing");
	assert_null(stored("DOCKER_SOCKET"));
}

static void values_are_normal(void **state)
{
	(void)state;
	set_one("smtp.to", "a@b\nc@d");
	assert_string_equal(stored("SMTP_TO"), "a@b, c@d");
	set_one("FRIGATE_URL", " http://cam:5000/ ");
	assert_string_equal(stored("FRIGATE_URL"), "http://cam:5000");
	set_one("FRIGATE_URL", "  ");
	assert_null(stored("FRIGATE_URL"));
}

static void keys_fit_together(void **state)
{
	const struct settings_change whole[] = {
		{ "FRITZBOX_ENABLED", "true" },
		{ "FRITZBOX_USERNAME", "u" },
		{ "FRITZBOX_PASSWORD", "p" },
	};

	(void)state;
	assert_string_equal(set(whole, 2),
			    "FRITZBOX_PASSWORD: Required when FRITZBOX_ENABLED is true\n");
	assert_null(stored("FRITZBOX_ENABLED"));
	assert_string_not_equal(set(whole, 3), "nothing");
	assert_string_equal(set_one("FRITZBOX_PASSWORD", NULL),
			    "FRITZBOX_PASSWORD: Required when FRITZBOX_ENABLED is true\n");
	/* what the file broke does not lock the rest, but is not accepted where it is touched */
	write_text("hearth.conf", "[mqtt]\nenabled = yes\n");
	assert_string_equal(set_one("APP_NAME", "Casa"), "{\"keys\":[\"APP_NAME\"]}");
	assert_string_equal(set_one("MQTT_HOST", ""),
			    "MQTT_HOST: Required when MQTT_ENABLED is true\n");
}

static void bad_stored_values_are_left_out(void **state)
{
	struct faults fs;
	struct err e = { 0 };

	(void)state;
	set_one("SMTP_PASSWORD", "sesame");
	sql("INSERT INTO config_value VALUES ('SMTP_PORT', '0', 0, 0), ('OLD_KEY', 'x', 0, 0),"
	    " ('DOCKER_SOCKET', '/x', 0, 0);"
	    "UPDATE config_value SET value = 'AAAA' WHERE env_name = 'SMTP_PASSWORD'");
	log_level_set(LOG_ERROR);
	load();
	log_level_set(LOG_INFO);
	assert_int_equal(cfg.smtp.port, 587);
	assert_string_equal(cfg.smtp.password, "");
	assert_string_equal(cfg.docker.socket, "/var/run/docker.sock");
	faults_init(&fs, arena);
	assert_int_equal(settings_read(&cfg, arena, dir, db, &fs, &e), ERR_NONE);
	assert_int_equal(fs.count, 4);
}

static void bad_files_are_reported(void **state)
{
	struct err e = { 0 };

	(void)state;
	write_text("hearth.conf", "[smtp]\nport = x\nhost = a\nfoo = 1\n");
	assert_int_equal(settings_load(&cfg, arena, dir, NULL, &e), ERR_INVALID);
	assert_string_equal(
		e.text,
		"hearth.conf:2: smtp.port: Must be a number between 1 and 65535 (and 1 more)");
	assert_string_equal(cfg.smtp.host, "a");
	assert_int_equal(cfg.version, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_are_made_once, begin, end),
		cmocka_unit_test_setup_teardown(bad_keys_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(seals_hold, begin, end),
		cmocka_unit_test_setup_teardown(later_sources_win, begin, end),
		cmocka_unit_test_setup_teardown(secrets_are_sealed, begin, end),
		cmocka_unit_test_setup_teardown(versions_grow, begin, end),
		cmocka_unit_test_setup_teardown(all_or_nothing, begin, end),
		cmocka_unit_test_setup_teardown(values_are_normal, begin, end),
		cmocka_unit_test_setup_teardown(keys_fit_together, begin, end),
		cmocka_unit_test_setup_teardown(bad_stored_values_are_left_out, begin, end),
		cmocka_unit_test_setup_teardown(bad_files_are_reported, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
