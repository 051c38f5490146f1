/* config_read.c: hearth.conf and the environment into a configuration; see config.h */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/text.h"

enum { MAX_FILE = 1 << 20 }; /* bytes of hearth.conf */

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
