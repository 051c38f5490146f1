/* settings.c: see settings.h */
#include "db/settings.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/seal.h"

struct stored {
	const char *env_name, *value;
	bool sealed;
	struct stamp updated_at;
};

static const struct field stored_fields[] = {
	{ FIELD(struct stored, env_name) },
	{ FIELD(struct stored, value) },
	{ FIELD(struct stored, sealed) },
	{ FIELD(struct stored, updated_at) },
	{ .key = NULL },
};
static const struct shape stored_shape = { "StoredSetting", sizeof(struct stored), stored_fields };

struct version {
	int64_t version;
};

static const struct field version_fields[] = { { FIELD(struct version, version) },
					       { .key = NULL } };
static const struct shape version_shape = { "SettingsVersion", sizeof(struct version),
					    version_fields };

QUERY(q_version) = {
	.sql = "SELECT version FROM config_version WHERE id = 1",
	.out = &version_shape,
};
QUERY(q_raise) = { .sql = "UPDATE config_version SET version = version + 1 WHERE id = 1" };
QUERY(q_all) = {
	.sql = "SELECT env_name, value, sealed FROM config_value ORDER BY env_name",
	.out = &stored_shape,
	.scans = true,
};
QUERY(q_put) = {
	.sql = "INSERT INTO config_value (env_name, value, sealed, updated_at)"
	       " VALUES (:env_name, :value, :sealed, :updated_at)"
	       " ON CONFLICT (env_name) DO UPDATE SET value = excluded.value, sealed = excluded.sealed,"
	       " updated_at = excluded.updated_at",
	.in = &stored_shape,
};
QUERY(q_remove) = {
	.sql = "DELETE FROM config_value WHERE env_name = :env_name",
	.in = &stored_shape,
};

enum err_code settings_version(struct db *db, int64_t *out, struct err *e)
{
	struct version row = { 0 };
	enum err_code code = db_get(db, &q_version, NULL, &row, NULL, e);

	if (!code)
		*out = row.version;
	return code;
}

/* ---- reading ---- */

struct loader {
	struct config *cfg;
	struct arena *arena;
	const char *dir;
	struct faults *faults; /* NULL: log */
	unsigned char key[SEAL_KEY];
	bool key_loaded;
};

static enum err_code unseal(struct loader *l, const struct stored *row, const char **out,
			    struct err *e)
{
	enum err_code code = ERR_NONE;

	if (!l->key_loaded)
		code = seal_key_load(l->dir, l->key, e);
	l->key_loaded = !code;
	return code ? code : seal_open(l->key, row->env_name, row->value, l->arena, out, e);
}

static enum err_code load_row(void *data, void *ctx, struct err *e)
{
	const struct stored *row = data;
	struct loader *l = ctx;
	const struct config_key *k = config_find(row->env_name);
	const char *value = row->value, *normal, *wrong = NULL;
	struct err sealed;

	(void)e;
	if (!k || k->read_only)
		wrong = "no such key";
	else if (row->sealed && unseal(l, row, &value, &sealed))
		wrong = sealed.text;
	else
		wrong = config_normal(k, arena_strdup(l->arena, value), l->arena, &normal);
	if (!wrong)
		config_put(l->cfg, k, normal, SOURCE_DATABASE);
	else if (l->faults)
		fault_rule(l->faults, IN_BODY, arena_strdup(l->faults->arena, row->env_name),
			   arena_printf(l->faults->arena, "stored setting %s: %s", row->env_name,
					wrong));
	else
		log_line(LOG_WARNING, "stored setting %s left out: %s", row->env_name, wrong);
	return ERR_NONE;
}

static enum err_code load_stored(struct config *out, struct arena *a, const char *dir,
				 struct db *db, struct faults *fs, struct err *e)
{
	struct loader l = { .cfg = out, .arena = a, .dir = dir, .faults = fs };
	enum err_code code;

	/* The version first: a change in between is then seen as one still to be loaded. */
	code = settings_version(db, &out->version, e);
	if (!code)
		code = db_each(db, &q_all, NULL, load_row, &l, e);
	OPENSSL_cleanse(l.key, sizeof(l.key));
	return code;
}

enum err_code settings_read(struct config *out, struct arena *a, const char *dir, struct db *db,
			    struct faults *fs, struct err *e)
{
	enum err_code code;

	config_defaults(out);
	code = config_file(out, a, dir, fs, e);
	if (code)
		return code;
	config_environment(out, a, fs);
	return db ? load_stored(out, a, dir, db, fs, e) : ERR_NONE;
}

enum err_code settings_load(struct config *out, struct arena *a, const char *dir, struct db *db,
			    struct err *e)
{
	struct faults fs;
	enum err_code code;

	faults_init(&fs, a);
	code = settings_read(out, a, dir, NULL, &fs, e);
	if (!code && db)
		code = load_stored(out, a, dir, db, NULL, e);
	if (!code && fs.count)
		code = err_set(e, ERR_INVALID, fs.count > 1 ? "%s (and %d more)" : "%s",
			       fs.first->text, fs.count - 1);
	return code;
}

/* ---- changing ---- */

/* One change, understood. */
struct step {
	const struct config_key *k;
	const char *name;   /* as given */
	const char *normal; /* NULL: remove */
	bool nothing;	    /* keeps what is stored */
};

static void understand(const struct config *cfg, const struct settings_change *change,
		       struct step *out, struct faults *fs)
{
	const char *wrong = NULL;

	out->name = change->name;
	out->k = config_find(change->name);
	if (!out->k) {
		wrong = "Unknown configuration key";
	} else if (change->value && *change->value) {
		wrong = config_normal(out->k, change->value, fs->arena, &out->normal);
		if (!wrong && !*out->normal && !out->k->f.def)
			out->normal = NULL; /* blanks only */
	} else if (change->value && out->k->secret) {
		out->nothing = true;
	}
	if (!wrong && out->k->read_only) {
		const char *now = config_text(cfg, out->k, fs->arena);

		if (out->normal ? strcmp(out->normal, now) != 0 : change->value && *now)
			wrong = "This key can only be set in the configuration file";
		out->nothing = true;
	}
	if (wrong)
		fault_rule(fs, IN_BODY, change->name, wrong);
}

static void find_doubles(const struct step *steps, size_t n, struct faults *fs)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i && steps[i].k; j++)
			if (steps[i].k == steps[j].k) {
				fault_rule(fs, IN_BODY, steps[i].name,
					   "Key is both updated and cleared");
				break;
			}
}

static bool has_fault(const struct faults *fs, const struct fault *fault)
{
	for (const struct fault *f = fs->first; f; f = f->next)
		if (strcmp(f->name, fault->name) == 0 && strcmp(f->text, fault->text) == 0)
			return true;
	return false;
}

/* What would be in effect after the steps. */
static enum err_code preview(struct config *out, struct arena *a, const char *dir,
			     const struct config *before, const struct step *steps, size_t n,
			     struct err *e)
{
	struct config *base = ARENA_NEW(a, struct config);
	struct faults ignored;
	enum err_code code;

	faults_init(&ignored, a);
	code = settings_read(base, a, dir, NULL, &ignored, e);
	*out = *before;
	for (size_t i = 0; !code && i < n; i++) {
		const struct config_key *k = steps[i].k;

		if (steps[i].nothing)
			continue;
		if (steps[i].normal)
			config_put(out, k, steps[i].normal, SOURCE_DATABASE);
		else
			config_put(out, k, config_text(base, k, a), config_source(base, k));
	}
	return code;
}

/* Rules between keys: what was broken before and is not touched stays, so that one fault does not
 * lock all settings. */
static void check_together(const struct config *before, const struct config *after,
			   const struct step *steps, size_t n, struct faults *fs)
{
	struct faults old, new;

	faults_init(&old, fs->arena);
	faults_init(&new, fs->arena);
	config_check(before, &old);
	config_check(after, &new);
	for (const struct fault *f = new.first; f; f = f->next) {
		const struct config_key *k = config_find(f->name);
		bool counts = !has_fault(&old, f);
		const char *name = f->name;

		for (size_t i = 0; i < n; i++)
			if (steps[i].k == k) {
				name = steps[i].name;
				counts = true;
			}
		if (counts)
			fault_rule(fs, IN_BODY, name, f->text);
	}
}

static enum err_code write_step(struct db *db, const unsigned char *key, const struct step *step,
				int64_t now, struct arena *a, bool *changed, struct err *e)
{
	char name[CONFIG_NAME];
	struct stored row = { .env_name = name, .sealed = step->k->secret, .updated_at = { now } };
	enum err_code code;

	config_env_name(step->k, name);
	if (!step->normal) {
		code = db_run(db, &q_remove, &row, e);
	} else {
		row.value = row.sealed ? seal_text(key, name, step->normal, a) : step->normal;
		code = db_run(db, &q_put, &row, e);
	}
	*changed = !code && db_changes(db) > 0;
	return code;
}

/* {"keys":["SMTP_HOST"]}: names are of letters, digits and _ */
static void add_name(struct buf *names, const struct config_key *k)
{
	char name[CONFIG_NAME];

	config_env_name(k, name);
	buf_printf(names, "%s\"%s\"", names->size ? "," : "", name);
}

static enum err_code write_steps(struct db *db, const char *dir, const struct step *steps, size_t n,
				 int64_t now, struct arena *a, const char **names, struct err *e)
{
	unsigned char key[SEAL_KEY];
	struct buf list = { 0 };
	enum err_code code = ERR_NONE;
	bool secrets = false;

	for (size_t i = 0; i < n; i++)
		secrets |= steps[i].k->secret && steps[i].normal;
	if (secrets)
		code = seal_key_load(dir, key, e);
	for (size_t i = 0; !code && i < n; i++) {
		bool changed = false;

		if (!steps[i].nothing)
			code = write_step(db, key, &steps[i], now, a, &changed, e);
		if (changed)
			add_name(&list, steps[i].k);
	}
	OPENSSL_cleanse(key, sizeof(key));
	*names = list.size ? arena_printf(a, "{\"keys\":[%s]}", list.data) : NULL;
	buf_done(&list);
	return !code && *names ? db_run(db, &q_raise, NULL, e) : code;
}

enum err_code settings_set(struct db *db, const char *dir, const struct settings_change *changes,
			   size_t n, int64_t now, struct faults *fs, const char **names,
			   struct err *e)
{
	struct arena *a = fs->arena;
	struct config *before = ARENA_NEW(a, struct config), *after = ARENA_NEW(a, struct config);
	struct step *steps = ARENA_ARRAY(a, struct step, n);
	int already = fs->count;
	struct faults ignored;
	enum err_code code;

	faults_init(&ignored, a);
	code = settings_read(before, a, dir, db, &ignored, e);
	if (code)
		return code;
	for (size_t i = 0; i < n; i++)
		understand(before, &changes[i], &steps[i], fs);
	find_doubles(steps, n, fs);
	if (fs->count == already) {
		code = preview(after, a, dir, before, steps, n, e);
		if (code)
			return code;
		check_together(before, after, steps, n, fs);
	}
	if (fs->count > already)
		return err_code_set(e, ERR_INVALID);
	return write_steps(db, dir, steps, n, now, a, names, e);
}
