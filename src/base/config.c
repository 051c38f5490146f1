/* config.c: see config.h */
#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { MAX_FILE = 1 << 20 }; /* bytes of hearth.conf */

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

const char *config_input_name(enum config_input input)
{
	static const char *const names[] = { "text",   "password", "number", "checkbox",
					     "select", "textarea", "url",    "email" };

	return names[input];
}

enum config_source config_source(const struct config *cfg, const struct config_key *k)
{
	return cfg->sources[k - config_keys];
}

const char *config_source_name(enum config_source source)
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

/* A value of the file or the environment; an empty one is none, unless it overrides a default. */
static const char *put(struct config *cfg, const struct config_key *k, const char *value,
		       struct arena *a, enum config_source source)
{
	const char *normal, *wrong;

	if (k->f.kind == KIND_BOOL && strcmp(value, "yes") == 0)
		value = "true";
	else if (k->f.kind == KIND_BOOL && strcmp(value, "no") == 0)
		value = "false";
	wrong = config_normal(k, value, a, &normal);
	if (!wrong && (*normal || k->f.def))
		config_put(cfg, k, normal, source);
	return wrong;
}

/* ---- the file ---- */

struct reader {
	struct config *cfg;
	struct arena *arena;
	struct faults *faults;
	char section[CONFIG_NAME];
	bool section_known;
	int line;
	/* the entry being read: further lines may follow */
	const struct config_key *key;
	int key_line;
	const char *value;
	int seen[CONFIG_MAX_KEYS]; /* line that set a key */
};

static void __attribute__((format(printf, 4, 5)))
reader_fault(struct reader *r, int line, const char *name, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = arena_vprintf(r->faults->arena, format, ap);
	va_end(ap);
	fault_rule(r->faults, IN_BODY, name,
		   arena_printf(r->faults->arena, "hearth.conf:%d: %s", line, text));
}

static const char *clean(struct reader *r, const char *s)
{
	return text_clean(r->faults->arena, s, strlen(s), 60);
}

static void entry_end(struct reader *r)
{
	const struct config_key *k = r->key;
	const char *wrong;

	if (!k)
		return;
	r->key = NULL;
	wrong = put(r->cfg, k, r->value, r->arena, SOURCE_FILE);
	if (wrong) {
		char name[CONFIG_NAME];

		config_env_name(k, name);
		reader_fault(r, r->key_line, arena_strdup(r->faults->arena, name), "%s: %s",
			     k->f.key, wrong);
	}
}

/* "a \"b\"" -> a "b"; what is not quoted stays. NULL when the quotes do not match. */
static const char *unquote(struct arena *a, const char *s)
{
	char *out, *end;

	if (*s != '"')
		return s;
	out = end = arena_alloc(a, strlen(s));
	for (s++; *s && *s != '"'; s++) {
		if (*s != '\\') {
			*end++ = *s;
			continue;
		}
		s++;
		if (*s != '"' && *s != '\\' && *s != 'n')
			return NULL;
		*end++ = *s == 'n' ? '\n' : *s;
	}
	return *s == '"' && !s[1] ? out : NULL;
}

static void section_line(struct reader *r, const char *text)
{
	size_t n = strcspn(text, "]");

	r->section_known = false;
	if (text[n] != ']' || text[n + 1]) {
		reader_fault(r, r->line, NULL, "a section is [name] on a line of its own");
		return;
	}
	snprintf(r->section, sizeof(r->section), "%.*s", (int)n - 1, text + 1);
	for (const struct config_key *k = config_keys; k->f.key && !r->section_known; k++) {
		char section[CONFIG_NAME];

		config_section(k, section);
		r->section_known = strcmp(section, r->section) == 0;
	}
	if (!r->section_known)
		reader_fault(r, r->line, NULL, "unknown section [%s]", clean(r, r->section));
}

static void entry_line(struct reader *r, const char *text)
{
	const char *equals = strchr(text, '='), *name, *value;
	const struct config_key *k;

	if (!equals) {
		reader_fault(r, r->line, NULL,
			     "expected [section], key = value or a comment that starts with #");
		return;
	}
	if (!*r->section) {
		reader_fault(r, r->line, NULL, "a [section] must come first");
		return;
	}
	if (!r->section_known)
		return; /* said already */
	name = text_trim(r->arena, arena_strndup(r->arena, text, (size_t)(equals - text)));
	k = config_find(arena_printf(r->arena, "%s.%s", r->section, name));
	if (!k) {
		reader_fault(r, r->line, NULL, "unknown key %s in section [%s]", clean(r, name),
			     r->section);
		return;
	}
	if (r->seen[k - config_keys]) {
		reader_fault(r, r->line, NULL, "%s is set in line %d already", k->f.key,
			     r->seen[k - config_keys]);
		return;
	}
	r->seen[k - config_keys] = r->line;
	value = unquote(r->arena, text_trim(r->arena, equals + 1));
	if (!value) {
		reader_fault(r, r->line, NULL, "%s: the quotes do not match", k->f.key);
		return;
	}
	r->key = k;
	r->key_line = r->line;
	r->value = value;
}

static void indented_line(struct reader *r, const char *text)
{
	const char *value = unquote(r->arena, text);

	if (!r->key)
		reader_fault(r, r->line, NULL,
			     "an indented line continues the key above it, and there is none");
	else if (config_input(r->key) != INPUT_TEXTAREA)
		reader_fault(r, r->line, NULL, "%s takes one line", r->key->f.key);
	else if (!value)
		reader_fault(r, r->line, NULL, "%s: the quotes do not match", r->key->f.key);
	else
		r->value = *r->value ? arena_printf(r->arena, "%s\n%s", r->value, value) : value;
}

static void read_line(struct reader *r, const char *line)
{
	const char *text = text_trim(r->arena, line);

	if (!*text || *text == '#')
		return;
	if (*line == ' ' || *line == '\t') {
		indented_line(r, text);
		return;
	}
	entry_end(r);
	if (*text == '[')
		section_line(r, text);
	else
		entry_line(r, text);
}

static enum err_code read_all(const char *path, struct arena *a, char **out, size_t *size,
			      struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data;
	ssize_t n;

	*out = NULL;
	if (fd < 0 && errno == ENOENT)
		return ERR_NONE;
	if (fd < 0)
		return err_set(e, ERR_INTERNAL, "Cannot read hearth.conf: %s", strerror(errno));
	data = arena_alloc(a, MAX_FILE + 1);
	for (*size = 0; (n = read(fd, data + *size, MAX_FILE + 1 - *size)) > 0;)
		*size += (size_t)n;
	close(fd);
	if (n < 0)
		return err_set(e, ERR_INTERNAL, "Cannot read hearth.conf: %s", strerror(errno));
	if (*size > MAX_FILE)
		return err_set(e, ERR_TOO_LARGE, "hearth.conf is larger than 1 MiB");
	*out = data;
	return ERR_NONE;
}

enum err_code config_file(struct config *cfg, struct arena *a, const char *dir, struct faults *fs,
			  struct err *e)
{
	struct reader *r = ARENA_NEW(a, struct reader);
	struct arena *reading = arena_new();
	size_t size = 0;
	char *data;
	enum err_code code =
		read_all(arena_printf(reading, "%s/hearth.conf", dir), reading, &data, &size, e);

	r->cfg = cfg;
	r->arena = a;
	r->faults = fs;
	for (char *p = data, *end; !code && data && p < data + size; p = end + 1) {
		end = memchr(p, '\n', (size_t)(data + size - p));
		if (!end)
			end = data + size;
		r->line++;
		if (r->line == 1 && end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
			p += 3;
		if (!is_utf8(p, (size_t)(end - p)))
			reader_fault(r, r->line, NULL, "not valid UTF-8");
		else
			read_line(r, arena_strndup(a, p, (size_t)(end - p)));
	}
	entry_end(r);
	arena_free(reading);
	return code;
}

/* ---- the environment ---- */

extern char **environ;

static const struct config_key *variable_find(const char *name)
{
	if (strncmp(name, "HEARTH_", 7) == 0)
		return config_find(name + 7);
	for (const struct config_key *k = config_keys; k->f.key; k++)
		if (k->environment && strcmp(k->environment, name) == 0)
			return k;
	return NULL;
}

void config_environment(struct config *cfg, struct arena *a, struct faults *fs)
{
	for (char **entry = environ; entry && *entry; entry++) {
		const char *equals = strchr(*entry, '=');
		const struct config_key *k;
		const char *name, *wrong;

		if (!equals)
			continue;
		name = arena_strndup(a, *entry, (size_t)(equals - *entry));
		k = variable_find(name);
		wrong = k ? put(cfg, k, arena_strdup(a, equals + 1), a, SOURCE_ENVIRONMENT) : NULL;
		if (wrong) {
			char env_name[CONFIG_NAME];

			config_env_name(k, env_name);
			fault_rule(fs, IN_BODY, arena_strdup(fs->arena, env_name),
				   arena_printf(fs->arena, "environment variable %s: %s", name,
						wrong));
		}
	}
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
	for (int i = 0; i < n && *slot->id; i++)
		if (strcmp(cfg->proxmox.slots[i].id, slot->id) == 0) {
			fault_rule(fs, IN_BODY, name_at(cfg, &slot->id, fs),
				   "Another server has this id");
			break;
		}
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
		fprintf(out, "  # %s\n", config_source_name(source));
	}
	arena_free(a);
}
