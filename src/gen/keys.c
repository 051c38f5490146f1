/* keys.c: the table of settings as hearth.conf and as its manual page; see gen.h */
#include "gen/gen.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"

/* What a section is about, in the order of the table. */
static const struct section {
	const char *name, *about;
	bool later; /* its keys are kept and tested, and nothing reads them yet */
} sections[] = {
	{ "app", "The house itself", false },
	{ "auth", "Who may come in", false },
	{ "homeassistant", "Home Assistant, which is told about events", true },
	{ "ticktick", "TickTick, where tasks are made", true },
	{ "smtp", "The mail server for notices", true },
	{ "public_ip", "The public IPv4 address", true },
	{ "location", "Where people are", true },
	{ "fritzbox", "The Fritz!Box router", false },
	{ "proxmox", "Proxmox hypervisors", false },
	{ "frigate", "Frigate, the cameras", true },
	{ "mqtt", "The MQTT broker of the devices", true },
	{ "docker", "Containers that automate the house", true },
	{ "ai_hub", "The claude command line", true },
	{ "ai", "The language model of the time tracker", true },
	{ "s3", "A bucket for the photos of the inventory", true },
	{ "firebase", "Sign-in of the inventory", true },
	{ "inventory", "Limits of the inventory", true },
	{ "photos", "Photos of the inventory", true },
	{ "timetracker", "The time tracker", true },
};

static void write_about(struct buf *out, const char *section)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strcmp(sections[i].name, section) == 0)
			buf_printf(out, "%s%s", sections[i].about,
				   sections[i].later ? ". Not used yet" : "");
}

/* Of the server slots only the first is shown. */
static bool is_shown(const struct config_key *k)
{
	static const char slots[] = "proxmox.", first[] = "proxmox.1_";

	return strncmp(k->f.key, slots, strlen(slots)) != 0 || k->f.key[strlen(slots)] > '9' ||
	       strncmp(k->f.key, first, strlen(first)) == 0;
}

/* "2-168." "one of a, b." "true or false." and what the table says for people. */
static void write_rule(struct buf *out, const struct config_key *k)
{
	switch (config_input(k)) {
	case INPUT_NUMBER:
		buf_printf(out, "%s from %" PRId64 " to %" PRId64 ".",
			   k->f.kind == KIND_MAYBE_NUM ? "Number" : "Whole number", k->f.min,
			   k->f.max);
		break;
	case INPUT_CHECKBOX:
		buf_str(out, "true or false.");
		break;
	case INPUT_SELECT:
		buf_str(out, "One of");
		for (const char *const *choice = k->f.one_of; *choice; choice++)
			buf_printf(out, "%s %s", choice == k->f.one_of ? "" : ",", *choice);
		buf_char(out, '.');
		break;
	default:
		if (!k->f.doc)
			buf_printf(out, "Text of at most %" PRId64 " characters.",
				   k->f.max ? k->f.max : (int64_t)CONFIG_PLAIN_TEXT);
		break;
	}
	if (k->f.doc)
		buf_printf(out, "%s%s", out->size && out->data[out->size - 1] == '.' ? " " : "",
			   k->f.doc);
	if (k->secret)
		buf_str(out, " Secret.");
	if (k->read_only)
		buf_str(out, " Not changeable in the panel.");
	if (k->environment)
		buf_printf(out, " Also set by the variable %s.", k->environment);
}

/* Calls section() at the start of each section, and key() for each key that is shown. */
static void walk(struct buf *out, void (*section)(struct buf *, const char *),
		 void (*key)(struct buf *, const struct config_key *))
{
	char last[CONFIG_NAME] = "";

	for (const struct config_key *k = config_keys; k->f.key; k++) {
		char name[CONFIG_NAME];

		config_section(k, name);
		if (strcmp(name, last) != 0)
			section(out, name);
		memcpy(last, name, sizeof(last));
		if (is_shown(k))
			key(out, k);
	}
}

/* ---- hearth.conf ---- */

static void template_section(struct buf *out, const char *name)
{
	buf_str(out, "\n# ---- ");
	write_about(out, name);
	buf_printf(out, "\n[%s]\n", name);
}

static void template_key(struct buf *out, const struct config_key *k)
{
	struct buf rule = { 0 };

	write_rule(&rule, k);
	buf_printf(out, "\n# %s", k->label);
	/* wrapped at 100 columns */
	for (const char *p = rule.data, *line = "x"; p && *p;) {
		size_t n = strcspn(p, " ");
		size_t used;

		line = strrchr(out->data, '\n') + 1;
		used = strlen(line);
		buf_str(out, used + n + 2 > 100 ? "\n#" : p == rule.data ? "." : "");
		buf_printf(out, " %.*s", (int)n, p);
		p += n + (p[n] == ' ');
	}
	buf_done(&rule);
	buf_printf(out, "\n#%s =%s%s\n", strchr(k->f.key, '.') + 1, k->f.def ? " " : "",
		   k->f.def ? k->f.def : "");
}

void gen_keys_template(struct buf *out)
{
	buf_str(out,
		"# hearth.conf: settings of one Hearth. Every key is here as a comment with its default; take the\n"
		"# sign away to set one. hearth.conf(5) describes the form, hearthctl config check tests it.\n"
		"#\n"
		"# A variable HEARTH_<SECTION>_<KEY> of the environment wins over this file, and what is set in the\n"
		"# panel or by hearthctl config set wins over both. Lists: commas, or indented lines below the key.\n");
	walk(out, template_section, template_key);
}

/* ---- hearth.conf(5) ---- */

static void roff(struct buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_str(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			buf_str(out, "\\e");
		else if (*text == '-')
			buf_str(out, "\\-");
		else
			buf_char(out, *text);
	}
}

static void man_section(struct buf *out, const char *name)
{
	buf_str(out, ".SS [");
	roff(out, name);
	buf_str(out, "]\n");
	write_about(out, name);
	buf_str(out, ".\n");
	if (strcmp(name, "proxmox") == 0)
		buf_str(out,
			"The keys that begin with 1_ are there with 1_ to 64_, one number a server. A server is used\n"
			"when its id, URL and both parts of the token are set.\n");
}

static void man_key(struct buf *out, const struct config_key *k)
{
	struct buf rule = { 0 };
	char name[CONFIG_NAME];

	config_env_name(k, name);
	buf_str(out, ".TP\n.B ");
	roff(out, strchr(k->f.key, '.') + 1);
	buf_char(out, '\n');
	roff(out, k->label);
	buf_str(out, ". ");
	write_rule(&rule, k);
	roff(out, rule.data ? rule.data : "");
	buf_done(&rule);
	if (k->f.def) {
		buf_str(out, "\nDefault: ");
		roff(out, k->f.def);
	}
	buf_printf(out, "\n(\\fB%s\\fR)\n", name);
}

void gen_keys_man(struct buf *out)
{
	buf_str(out,
		".\\\" printed by \"hearthctl config man\"\n"
		".TH HEARTH.CONF 5 2026-11-25 Hearth\n"
		".SH NAME\nhearth.conf \\- settings of one Hearth\n"
		".SH DESCRIPTION\n"
		"The file hearth.conf in the folder of an instance.\n"
		"A line is empty, a comment that starts with #, a section\n.RB [ name ]\n"
		"or a setting\n.IR key \" = \" value .\n"
		"Blanks around a value are cut; in double quotes they stay, and \\e\", \\e\\e and \\en stand for a\n"
		"quote, a backslash and a line break. A # behind a value belongs to it.\n"
		"Lists have commas between their entries, or further entries on indented lines below the key.\n"
		"What is not understood is an error with its line number; nothing is guessed.\n"
		".PP\n"
		"A setting comes from its default, from this file, from the environment or from the database,\n"
		"where the panel and\n.B hearthctl config set\nput it; the later one wins.\n"
		"The variable of the environment is HEARTH_ and the name in brackets below.\n"
		"Running workers take a changed file at their next start, a stored setting at their next request.\n"
		".SH KEYS\n");
	walk(out, man_section, man_key);
	buf_str(out,
		".SH EXAMPLE\n.nf\n"
		"[fritzbox]\n"
		"enabled = yes\n"
		"username = hearth\n"
		"password = \"with a blank at the end \"\n"
		"\n"
		"[auth]\n"
		"trusted_networks =\n"
		"    127.0.0.0/8\n"
		"    192.168.178.0/24\n"
		".fi\n"
		".SH SEE ALSO\n.BR hearthctl (1),\n.BR hearth\\-collect (1),\n.BR hearth\\-api (8)\n");
}
