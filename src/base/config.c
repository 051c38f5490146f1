/* config.c: see config.h */
#include "base/config.h"

#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* ---- keys and their names ---- */

static char upper(char c)
{
	return c == '.' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

const struct config_key *config_find(const char *name)
{
	for (const struct config_key *k = config_keys; k->f.key; k++) {
		size_t i = 0;

		while (k->f.key[i] && upper(k->f.key[i]) == name[i])
			i++;
		if ((!k->f.key[i] && !name[i]) || strcmp(k->f.key, name) == 0)
			return k;
	}
	return NULL;
}

void config_env_name(const struct config_key *k, char out[CONFIG_NAME])
{
	size_t i = 0;

	for (; k->f.key[i] && i < CONFIG_NAME - 1; i++)
		out[i] = upper(k->f.key[i]);
	out[i] = '\0';
}

void config_section(const struct config_key *k, char out[CONFIG_NAME])
{
	snprintf(out, CONFIG_NAME, "%.*s", (int)strcspn(k->f.key, "."), k->f.key);
}

enum config_input config_input(const struct config_key *k)
{
	if (k->secret)
		return INPUT_PASSWORD;
	if (k->f.one_of)
		return INPUT_SELECT;
	if (k->f.kind == KIND_BOOL)
		return INPUT_CHECKBOX;
	return k->f.kind == KIND_STR ? k->input : INPUT_NUMBER;
}

enum config_source config_source(const struct config *cfg, const struct config_key *k)
{
	return cfg->sources[k - config_keys];
}

static const char *source_name(enum config_source source)
{
	static const char *const names[] = { "default", "file", "environment", "database" };

	return names[source];
}

/* ---- values ---- */

const char *config_text(const struct config *cfg, const struct config_key *k, struct arena *a)
{
	const void *at = field_in(&k->f, cfg);
	char number[NUM_TEXT];

	switch (k->f.kind) {
	case KIND_BOOL:
		return *(const bool *)at ? "true" : "false";
	case KIND_INT:
		return arena_printf(a, "%" PRId64, *(const int64_t *)at);
	case KIND_MAYBE_INT:
		if (!((const struct maybe_int *)at)->is)
			return "";
		return arena_printf(a, "%" PRId64, ((const struct maybe_int *)at)->v);
	case KIND_MAYBE_NUM:
		if (!((const struct maybe_num *)at)->is)
			return "";
		write_num(((const struct maybe_num *)at)->v, number);
		return arena_strdup(a, number);
	case KIND_STR:
		return *(const char *const *)at;
	default:
		abort();
	}
}

void config_put(struct config *cfg, const struct config_key *k, const char *normal,
		enum config_source source)
{
	void *at = field_at(&k->f, cfg);
	int64_t i = 0;
	double d = 0;

	switch (k->f.kind) {
	case KIND_BOOL:
		*(bool *)at = strcmp(normal, "true") == 0;
		break;
	case KIND_INT:
		parse_int(normal, &i);
		*(int64_t *)at = i;
		break;
	case KIND_MAYBE_INT: {
		bool is = parse_int(normal, &i);

		*(struct maybe_int *)at = (struct maybe_int){ i, is };
		break;
	}
	case KIND_MAYBE_NUM: {
		bool is = parse_num(normal, &d);

		*(struct maybe_num *)at = (struct maybe_num){ d, is };
		break;
	}
	case KIND_STR:
		*(const char **)at = normal;
		break;
	default:
		abort();
	}
	cfg->sources[k - config_keys] = (unsigned char)source;
}

void config_defaults(struct config *cfg)
{
	*cfg = (struct config){ 0 };
	for (const struct config_key *k = config_keys; k->f.key; k++)
		config_put(cfg, k, k->f.def ? k->f.def : "", SOURCE_DEFAULT);
}

const char *const *config_list(struct arena *a, const char *list)
{
	size_t max = 2, n = 0;
	const char **out;

	for (const char *p = list; *p; p++)
		max += *p == ',';
	out = ARENA_ARRAY(a, const char *, max);
	for (const char *p = list; *p;) {
		size_t size = strcspn(p, ",");
		const char *entry = text_trim(a, arena_strndup(a, p, size));

		if (*entry)
			out[n++] = entry;
		p += size + (p[size] == ',');
	}
	return out;
}

static const char *choice_normal(const struct config_key *k, const char *value, struct arena *a)
{
	const char *all = "";

	for (const char *const *choice = k->f.one_of; *choice; choice++) {
		if (strcmp(*choice, value) == 0)
			return NULL;
		all = *all ? arena_printf(a, "%s, %s", all, *choice) : *choice;
	}
	return arena_printf(a, "Must be one of: %s", all);
}

static const char *number_normal(const struct config_key *k, const char *value, struct arena *a,
				 const char **out)
{
	char text[NUM_TEXT];
	int64_t i = 0;
	double d = 0;
	bool is;

	if (k->f.kind == KIND_MAYBE_NUM) {
		is = parse_num(value, &d);
		write_num(d, text);
	} else {
		is = parse_int(value, &i);
		d = (double)i;
		snprintf(text, sizeof(text), "%" PRId64, i);
	}
	if (!is || d < (double)k->f.min || d > (double)k->f.max)
		return arena_printf(a, "Must be a number between %" PRId64 " and %" PRId64,
				    k->f.min, k->f.max);
	*out = arena_strdup(a, text);
	return NULL;
}

static bool pattern_fits(const char *pattern, const char *value, struct arena *a)
{
	regex_t re;
	bool fits;

	if (regcomp(&re, arena_printf(a, "^(%s)$", pattern), REG_EXTENDED | REG_NOSUB))
		abort(); /* a constant of config_keys.c */
	fits = regexec(&re, value, 0, NULL, 0) == 0;
	regfree(&re);
	return fits;
}

/* Line breaks and tabs belong into free text only. */
static bool is_printable(const struct config_key *k, const char *value, struct arena *a)
{
	char *copy = arena_strdup(a, value);

	if (config_input(k) == INPUT_TEXTAREA)
		for (char *p = copy; *p; p++)
			if (*p == '\n' || *p == '\r' || *p == '\t')
				*p = ' ';
	return !has_control(copy);
}

static const char *string_normal(const struct config_key *k, const char *value, struct arena *a,
				 const char **out)
{
	int64_t max = k->f.max ? k->f.max : CONFIG_PLAIN_TEXT;
	size_t n = utf8_length(value);
	const char *wrong;

	if (n > (size_t)max)
		return arena_printf(a, "Must be at most %" PRId64 " characters", max);
	if (n < (size_t)k->f.min || (k->pattern && !pattern_fits(k->pattern, value, a)))
		return "Invalid value";
	wrong = k->rule ? k->rule(value, a, out) : NULL;
	if (wrong)
		return wrong;
	if (utf8_length(*out) > (size_t)max)
		return arena_printf(a, "Must be at most %" PRId64 " characters", max);
	return is_printable(k, *out, a)
		       ? NULL
		       : "Invalid value"; /* lists have lost their line breaks by now */
}

const char *config_normal(const struct config_key *k, const char *value, struct arena *a,
			  const char **out)
{
	if (!is_utf8(value, strlen(value)))
		return "Invalid value";
	*out = value = k->secret ? value : text_trim(a, value);
	/* a list may be emptied although its default is not */
	if (!*value && !(k->f.def && config_input(k) == INPUT_TEXTAREA))
		return k->f.def ? "Invalid value" : NULL;
	if (k->f.one_of)
		return choice_normal(k, value, a);
	if (k->f.kind == KIND_BOOL)
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0
			       ? NULL
			       : "Must be true or false";
	if (k->f.kind != KIND_STR)
		return number_normal(k, value, a, out);
	return string_normal(k, value, a, out);
}

/* ---- rules between keys ---- */

/* The name of the key whose member is at this place. */
static const char *name_at(const struct config *cfg, const void *member, struct faults *fs)
{
	size_t offset = (size_t)((const char *)member - (const char *)cfg);
	char name[CONFIG_NAME];

	for (const struct config_key *k = config_keys; k->f.key; k++)
		if (k->f.offset == offset) {
			config_env_name(k, name);
			return arena_strdup(fs->arena, name);
		}
	abort();
}

static void need(const struct config *cfg, const bool *enabled, const char *const *member,
		 struct faults *fs)
{
	if (*enabled && !**member)
		fault_rule(fs, IN_BODY, name_at(cfg, member, fs),
			   arena_printf(fs->arena, "Required when %s is true",
					name_at(cfg, enabled, fs)));
}

/* The servers of a whole cluster are called "<id>-<node>": another id must not look like one. */
static bool can_collide(const struct proxmox_slot *cluster, const struct proxmox_slot *other)
{
	size_t n = strlen(cluster->id);

	return n && !*cluster->node && strncmp(other->id, cluster->id, n) == 0 &&
	       other->id[n] == '-';
}

static void check_slot_id(const struct config *cfg, int n, struct faults *fs)
{
	const struct proxmox_slot *slot = &cfg->proxmox.slots[n];

	for (int i = 0; i < n && *slot->id; i++) {
		const struct proxmox_slot *other = &cfg->proxmox.slots[i];
		const struct proxmox_slot *cluster = can_collide(slot, other) ? slot : other;
		const char *text = NULL;

		if (strcmp(other->id, slot->id) == 0)
			text = "Another server has this id";
		else if (can_collide(slot, other) || can_collide(other, slot))
			text = arena_printf(
				fs->arena,
				"No id may begin with %s-, as those of the servers of the whole cluster %s do",
				cluster->id, cluster->id);
		if (text) {
			fault_rule(fs, IN_BODY, name_at(cfg, &slot->id, fs), text);
			return;
		}
	}
}

static void check_slot(const struct config *cfg, int n, struct faults *fs)
{
	const struct proxmox_slot *slot = &cfg->proxmox.slots[n];
	const char *const *required[] = { &slot->id, &slot->url, &slot->token_id,
					  &slot->token_secret };

	if (is_proxmox_slot_empty(slot))
		return;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!**required[i])
			fault_rule(fs, IN_BODY, name_at(cfg, required[i], fs),
				   "Required for this server");
	if (strcmp(slot->tls, "pin") == 0 && !*slot->tls_pin)
		fault_rule(fs, IN_BODY, name_at(cfg, &slot->tls_pin, fs),
			   "Required for this server");
	if (strncasecmp(slot->url, "http:", 5) == 0 && strcmp(slot->tls, "insecure") != 0)
		fault_rule(fs, IN_BODY, name_at(cfg, &slot->tls, fs),
			   "Must be insecure with an http URL, which sends the token in the clear");
	check_slot_id(cfg, n, fs);
}

static bool is_inside(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	return strncmp(path, folder, n) == 0 && (n == 1 || path[n] == '/' || !path[n]) &&
	       !strstr(path, "/..");
}

void config_check(const struct config *cfg, struct faults *fs)
{
	const char *cwd = cfg->ai_hub.default_cwd;

	if (cfg->auth.session_max_days < cfg->auth.session_idle_days)
		fault_rule(fs, IN_BODY, name_at(cfg, &cfg->auth.session_max_days, fs),
			   arena_printf(fs->arena, "Must be at least %s",
					name_at(cfg, &cfg->auth.session_idle_days, fs)));
	if (cfg->location.home_latitude.is != cfg->location.home_longitude.is) {
		const char *latitude = name_at(cfg, &cfg->location.home_latitude, fs);
		const char *longitude = name_at(cfg, &cfg->location.home_longitude, fs);
		bool has_latitude = cfg->location.home_latitude.is;

		fault_rule(fs, IN_BODY, has_latitude ? longitude : latitude,
			   arena_printf(fs->arena, "Required together with %s",
					has_latitude ? latitude : longitude));
	}
	need(cfg, &cfg->fritzbox.enabled, &cfg->fritzbox.host, fs);
	need(cfg, &cfg->fritzbox.enabled, &cfg->fritzbox.username, fs);
	need(cfg, &cfg->fritzbox.enabled, &cfg->fritzbox.password, fs);
	for (int i = 0; i < PROXMOX_SLOTS; i++)
		check_slot(cfg, i, fs);
	need(cfg, &cfg->frigate.enabled, &cfg->frigate.url, fs);
	need(cfg, &cfg->mqtt.enabled, &cfg->mqtt.host, fs);
	need(cfg, &cfg->s3.enabled, &cfg->s3.bucket, fs);
	need(cfg, &cfg->s3.enabled, &cfg->s3.access_key_id, fs);
	need(cfg, &cfg->s3.enabled, &cfg->s3.secret_access_key, fs);
	need(cfg, &cfg->firebase.enabled, &cfg->firebase.project_id, fs);
	if (*cwd) {
		const char *const *folder = config_list(fs->arena, cfg->ai_hub.cwd_allow);

		while (*folder && !is_inside(cwd, *folder))
			folder++;
		if (!*folder)
			fault_rule(fs, IN_BODY, name_at(cfg, &cfg->ai_hub.default_cwd, fs),
				   arena_printf(fs->arena, "Must be inside a directory of %s",
						name_at(cfg, &cfg->ai_hub.cwd_allow, fs)));
	}
}

bool is_proxmox_slot_used(const struct proxmox_slot *slot)
{
	return *slot->id && *slot->url && *slot->token_id && *slot->token_secret;
}

bool is_proxmox_slot_empty(const struct proxmox_slot *slot)
{
	return !*slot->id && !*slot->name && !*slot->url && !*slot->node && !*slot->token_id &&
	       !*slot->token_secret && !*slot->tls_pin;
}

/* ---- for people ---- */

/* As the file would have it: quoted where the blanks or the line breaks matter. */
static void print_value(const char *value, FILE *out)
{
	size_t n = strlen(value);
	bool quoted = strpbrk(value, "\n\r\t") || *value == '"' || *value == ' ' ||
		      (n && value[n - 1] == ' ');

	if (!quoted) {
		fputs(value, out);
		return;
	}
	putc('"', out);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\' || *value == '\n')
			putc('\\', out);
		putc(*value == '\n' ? 'n' : *value, out);
	}
	putc('"', out);
}

void config_print(const struct config *cfg, FILE *out)
{
	struct arena *a = arena_new();

	for (const struct config_key *k = config_keys; k->f.key; k++) {
		const char *value = config_text(cfg, k, a);
		enum config_source source = config_source(cfg, k);
		char name[CONFIG_NAME];

		if (strncmp(k->f.key, "proxmox.", 8) == 0 && k->f.key[8] <= '9' &&
		    source == SOURCE_DEFAULT)
			continue;
		config_env_name(k, name);
		fprintf(out, "%s = ", name);
		print_value(k->secret && *value ? "********" : value, out);
		fprintf(out, "  # %s\n", source_name(source));
	}
	arena_free(a);
}
