/* server.c: see server.h */
#include "http/server.h"

#include <string.h>

#include "auth/slots.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/settings.h"

enum {
	RETRY_S = 1
}; /* between tries to open a database that does not open, and between looks at its schema */

static enum err_code config_load(struct server *s, struct err *e)
{
	struct arena *a = arena_new();
	struct config *cfg = ARENA_NEW(a, struct config);
	enum err_code code = settings_load(cfg, a, s->dir, s->db, e);

	if (code) {
		arena_free(a);
		return code;
	}
	arena_free(s->config_arena);
	s->config_arena = a;
	s->cfg = cfg;
	log_level_name_set(cfg->app.log_level);
	return ERR_NONE;
}

static enum err_code database_open(struct server *s, int64_t now, struct err *e)
{
	enum err_code code;

	if (now - s->db_tried_s < RETRY_S && now >= s->db_tried_s)
		return err_code_set(e, ERR_SCHEMA);
	s->db_tried_s = now;
	code = db_open(&s->db, s->dir, DB_SERVE, e);
	if (!code)
		code = config_load(s, e);
	if (code == ERR_INVALID) {
		log_line(LOG_ERROR, "settings: %s", e->text);
		code = err_code_set(e, ERR_UNAVAILABLE);
	}
	if (!code)
		code = settings_version(s->db, &s->config_version, e);
	if (code) {
		db_close(s->db);
		s->db = NULL;
	}
	s->schema_checked_s = now;
	return code;
}

enum err_code server_init(struct server *s, const char *dir, const struct family *const *families,
			  const struct route *common, struct err *e)
{
	enum err_code code;

	*s = (struct server){ .dir = dir,
			      .families = families,
			      .common = common,
			      .arena = arena_new(),
			      .cache = cache_new() };
	code = auth_keys_load(&s->keys, dir, e);
	if (!code)
		code = rate_table_open(&s->rates, dir, e);
	if (!code)
		code = slots_open(&s->slots, dir, e);
	if (!code)
		code = config_load(s, e);
	if (code)
		server_done(s);
	else
		database_open(s, clock_now(),
			      &(struct err){ 0 }); /* without it requests get a 503 and try again */
	return code;
}

void server_done(struct server *s)
{
	db_close(s->db);
	rate_table_close(s->rates);
	slots_close(s->slots);
	cache_free(s->cache);
	arena_free(s->arena);
	arena_free(s->config_arena);
	buf_done(&s->body);
	buf_done(&s->head);
	*s = (struct server){ 0 };
}

/* A fault in hearth.conf or in the environment does not stop a worker that serves: its settings stay as
 * they were until it is mended. */
static enum err_code config_renew(struct server *s, int64_t version, struct err *e)
{
	struct err failure;
	enum err_code code = config_load(s, &failure);

	if (code == ERR_INVALID) {
		if (!s->config_kept)
			log_line(LOG_ERROR, "the settings stay as they were: %s", failure.text);
	} else if (code) {
		*e = failure;
		return code;
	}
	s->config_kept = code == ERR_INVALID;
	s->config_version = version;
	return ERR_NONE;
}

enum err_code server_ready(struct server *s, int64_t now, struct err *e)
{
	bool look = now != s->schema_checked_s;
	int64_t version;
	enum err_code code;

	if (!s->db)
		return database_open(s, now, e);
	if (look) {
		s->schema_checked_s = now;
		code = db_check_schema(s->db, e);
		if (code == ERR_SCHEMA) {
			db_close(s->db);
			s->db = NULL;
		}
		if (code)
			return code;
	}
	code = settings_version(s->db, &version, e);
	if (code || (version == s->config_version && !(look && s->config_kept)))
		return code;
	return config_renew(s, version, e);
}
