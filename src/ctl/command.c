/* command.c: see command.h */
#include "ctl/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner.h"

#define PROGRAM "hearthctl"

/* ---- help ---- */

static void print_usage(const struct command *command, FILE *out)
{
	fprintf(out, "usage: %s [-d DIR] %s%s%s", PROGRAM, command->name, *command->args ? " " : "",
		command->args);
	for (const struct option_row *o = command->options; o->name; o++)
		fprintf(out, o->needed ? " --%s%s%s" : " [--%s%s%s]", o->name, o->value ? " " : "",
			o->value ? o->value : "");
	putc('\n', out);
}

static void print_help(const struct command *command)
{
	print_usage(command, stdout);
	printf("\n%s.\n", command->summary);
	if (command->detail)
		printf("%s\n", command->detail);
	if (command->options[0].name)
		putchar('\n');
	for (const struct option_row *o = command->options; o->name; o++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		printf("  %-20s %s\n", left, o->doc);
	}
}

static void print_all(FILE *out)
{
	fprintf(out,
		"usage: %s [-d DIR] COMMAND ...\n\n"
		"Sets up and looks after one Hearth in the folder DIR ($HEARTH_DIR, else ./var).\n\n",
		PROGRAM);
	for (const struct command *k = commands; k->name; k++)
		fprintf(out, "  %-16s %s\n", k->name, k->summary);
	fprintf(out,
		"\n%s COMMAND --help tells more. Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found.\n",
		PROGRAM);
}

/* ---- what commands use ---- */

const char *command_option(const struct ctl *c, const char *name)
{
	for (int i = 0; c->command->options[i].name; i++)
		if (strcmp(c->command->options[i].name, name) == 0)
			return c->values[i];
	abort(); /* not in the command's row */
}

int command_failed(const struct err *e)
{
	fprintf(stderr, PROGRAM ": %s\n", e->text);
	return e->code == ERR_NOT_FOUND ? CTL_NOT_FOUND
	       : e->code == ERR_INVALID ? CTL_USAGE
					: CTL_FAILED;
}

int command_no_home(const struct ctl *c)
{
	fprintf(stderr, PROGRAM ": there is no Hearth in %s; hearthctl -d %s init makes one\n",
		c->dir, c->dir);
	return CTL_NOT_FOUND;
}

int command_usage(const struct ctl *c, const char *format, ...)
{
	va_list ap;

	fputs(PROGRAM ": ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	putc('\n', stderr);
	if (c->command)
		print_usage(c->command, stderr);
	else
		fprintf(stderr, "%s --help lists the commands\n", PROGRAM);
	return CTL_USAGE;
}

/* Asks at a terminal, without showing what is typed. */
static void echo(bool on)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) != 0)
		return; /* no terminal */
	if (on) {
		t.c_lflag |= ECHO;
		fputc('\n', stderr);
	} else {
		t.c_lflag &= ~(tcflag_t)ECHO;
		fputs("Value (not shown): ", stderr);
	}
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &t);
}

const char *command_read_line(struct ctl *c, size_t max_bytes)
{
	char *line = arena_alloc(c->arena, max_bytes + 2);
	size_t n = 0;
	int byte;

	echo(false);
	while ((byte = getchar()) != EOF && byte != '\n' && n <= max_bytes)
		line[n++] = (char)byte;
	echo(true);
	line[n] = '\0';
	if (n && line[n - 1] == '\r')
		line[--n] = '\0';
	if (n == 0 || n > max_bytes || strlen(line) != n) {
		fprintf(stderr, PROGRAM ": expected one line of 1 to %zu bytes on standard input\n",
			max_bytes);
		return NULL;
	}
	return line;
}

const char *command_stamp(struct ctl *c, int64_t s)
{
	char text[STAMP_TEXT];

	if (!s)
		return "-";
	write_stamp(s, text);
	return arena_strdup(c->arena, text);
}

/* ---- parsing ---- */

/* The command whose words are next; *used tells how many. A name of two words wins over its first
 * word. */
static const struct command *find(char **words, int n, int *used)
{
	const struct command *best = NULL;

	*used = 0;
	for (const struct command *k = commands; k->name; k++) {
		size_t first = strcspn(k->name, " ");
		int size = k->name[first] ? 2 : 1;

		if (n < size || strlen(words[0]) != first || strncmp(words[0], k->name, first) != 0)
			continue;
		if (size == 2 && strcmp(words[1], k->name + first + 1) != 0)
			continue;
		if (size > *used) {
			best = k;
			*used = size;
		}
	}
	return best;
}

/* "user" alone, or with a word that no command has: the usage of those that begin so. */
static int usage_of_group(const struct ctl *c, const char *word)
{
	size_t n = strlen(word);
	bool any = false;

	for (const struct command *k = commands; k->name; k++)
		if (strncmp(k->name, word, n) == 0 && k->name[n] == ' ') {
			print_usage(k, stderr);
			any = true;
		}
	return any ? CTL_USAGE : command_usage(c, "unknown command: %s", word);
}

/* A word of the list. */
static bool is_choice(const char *choices, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = choices; *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && n && strncmp(p, word, n) == 0)
			return true;
	return false;
}

/* One "--name", "--name value" or "--name=value"; returns how many words it took, 0 when it is
 * wrong. */
static int parse_option(struct ctl *c, char **words, int n)
{
	const char *name = words[0] + 2, *equals = strchr(name, '=');
	size_t size = equals ? (size_t)(equals - name) : strlen(name);

	for (int i = 0; c->command->options[i].name; i++) {
		const struct option_row *o = &c->command->options[i];

		if (strlen(o->name) != size || strncmp(o->name, name, size) != 0)
			continue;
		if (!o->value && equals)
			command_usage(c, "--%s takes no value", o->name);
		else if (o->value && !equals && n < 2)
			command_usage(c, "--%s needs a value", o->name);
		else
			c->values[i] = !o->value ? "" : equals ? equals + 1 : words[1];
		if (c->values[i] && o->choices && !is_choice(o->choices, c->values[i]))
			command_usage(c, "--%s is one of: %s", o->name, o->choices);
		else if (c->values[i])
			return o->value && !equals ? 2 : 1;
		return 0;
	}
	command_usage(c, "unknown option %s", words[0]);
	return 0;
}

enum { GO_ON = -1 };

/* Everything behind the command's name. */
static int parse_rest(struct ctl *c, int n, char **words)
{
	bool options = true;

	for (int i = 0; i < n;) {
		const char *word = words[i];
		int used = 1;

		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (options && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
			print_help(c->command);
			return CTL_OK;
		} else if (options && strncmp(word, "--", 2) == 0) {
			used = parse_option(c, words + i, n - i);
			if (!used)
				return CTL_USAGE;
		} else if (c->n_args == c->command->max_args) {
			return command_usage(c, "too many arguments: %s", word);
		} else {
			c->args[c->n_args++] = word;
		}
		i += used;
	}
	if (c->n_args < c->command->min_args)
		return command_usage(c, "%s is missing", c->command->args);
	for (int i = 0; c->command->options[i].name; i++)
		if (c->command->options[i].needed && !c->values[i])
			return command_usage(c, "--%s is missing", c->command->options[i].name);
	return GO_ON;
}

/* Options before the command, and its name. */
static int parse(struct ctl *c, int argc, char **argv)
{
	int i = 1, used;

	c->dir = getenv("HEARTH_DIR");
	while (i < argc && argv[i][0] == '-') {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_all(stdout);
			return CTL_OK;
		}
		if (strcmp(argv[i], "--version") == 0) {
			puts(PROGRAM " " HEARTH_VERSION);
			return CTL_OK;
		}
		if (strcmp(argv[i], "-d") != 0 && strcmp(argv[i], "--dir") != 0)
			return command_usage(c, "unknown option %s", argv[i]);
		if (i + 1 == argc)
			return command_usage(c, "%s needs a folder", argv[i]);
		c->dir = argv[i + 1];
		i += 2;
	}
	if (!c->dir || !*c->dir)
		c->dir = "./var";
	if (i == argc) {
		print_all(stderr);
		return CTL_USAGE;
	}
	c->command = find(argv + i, argc - i, &used);
	if (!c->command)
		return usage_of_group(c, argv[i]);
	return parse_rest(c, argc - i - used, argv + i + used);
}

static int run(struct ctl *c)
{
	struct err e = { 0 };

	if (!owner_become(&c->dir)) {
		perror(PROGRAM ": cannot become the owner of the folder");
		return CTL_FAILED;
	}
	if (c->command->db && access(arena_printf(c->arena, "%s/hearth.db", c->dir), F_OK))
		return command_no_home(c);
	if (c->command->db && db_open(&c->db, c->dir, DB_COLLECT, &e))
		return command_failed(&e);
	return c->command->run(c);
}

int command_main(int argc, char **argv)
{
	struct ctl c = { .arena = arena_new(), .now = clock_now() };
	int status;

	log_program(PROGRAM);
	log_level_set(LOG_WARNING);
	status = parse(&c, argc, argv);
	if (status == GO_ON)
		status = run(&c);
	db_close(c.db);
	arena_free(c.arena);
	if (fflush(stdout) || ferror(stdout)) {
		perror(PROGRAM ": standard output");
		status = status ? status : CTL_FAILED;
	}
	return status;
}

/* ---- for the man page and the shell ---- */

/* Text for roff: a backslash and a dot or quote at the start of a line mean something there. */
static void roff(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			buf_str(out, "\\&");
		if (*p == '\\')
			buf_str(out, "\\e");
		else if (*p == '-')
			buf_str(out, "\\-");
		else
			buf_char(out, *p);
	}
}

static void man_command(struct buf *out, const struct command *k)
{
	buf_str(out, ".TP\n\\fB");
	roff(out, k->name);
	buf_str(out, "\\fR");
	if (*k->args) {
		buf_str(out, " \\fI");
		roff(out, k->args);
		buf_str(out, "\\fR");
	}
	buf_char(out, '\n');
	roff(out, k->summary);
	buf_str(out, ".\n");
	if (k->detail) {
		roff(out, k->detail);
		buf_char(out, '\n');
	}
	if (k->options[0].name)
		buf_str(out, ".RS\n");
	for (const struct option_row *o = k->options; o->name; o++) {
		buf_str(out, ".TP\n\\fB\\-\\-");
		roff(out, o->name);
		buf_printf(out, "\\fR%s%s%s\n", o->value ? " \\fI" : "", o->value ? o->value : "",
			   o->value ? "\\fR" : "");
		roff(out, o->doc);
		buf_char(out, '\n');
	}
	if (k->options[0].name)
		buf_str(out, ".RE\n");
}

void command_man(struct buf *out)
{
	buf_str(out,
		".\\\" printed by \"hearthctl man\"\n"
		".TH HEARTHCTL 1 2026-11-25 Hearth\n"
		".SH NAME\nhearthctl \\- set up and look after one Hearth\n"
		".SH SYNOPSIS\n.B hearthctl\n[\\fB\\-d\\fR \\fIDIR\\fR] \\fICOMMAND\\fR ...\n"
		".SH DESCRIPTION\n"
		"Hearth keeps everything of one home in a folder, DIR: settings, databases, keys, photos, logs.\n"
		"hearthctl makes that folder, adds people and tokens, changes settings, tests what is there, and\n"
		"prints what other programs are told.\n"
		"All commands may run while Hearth does.\n"
		".SH OPTIONS\n"
		".TP\n\\fB\\-d\\fR, \\fB\\-\\-dir\\fR \\fIDIR\\fR\n"
		"The folder; without it $HEARTH_DIR, and without that ./var.\n"
		".TP\n\\fB\\-\\-help\\fR\nList the commands; behind a command, tell about it.\n"
		".TP\n\\fB\\-\\-version\\fR\nPrint the version.\n"
		".SH COMMANDS\n");
	for (const struct command *k = commands; k->name; k++)
		man_command(out, k);
	buf_str(out,
		".SH EXIT STATUS\n"
		".TP\n0\nIt is done.\n"
		".TP\n1\nIt could not be done, a setting was refused, or a check found a fault.\n"
		".TP\n2\nThe command was not understood, or a name or an option has a form that is never right.\n"
		".TP\n3\nWhat it names does not exist: a folder, a user, a token, a setting, a family.\n"
		".SH ENVIRONMENT\n"
		".TP\nHEARTH_DIR\nThe folder, where \\-d does not name it.\n"
		".TP\nHEARTH_\\fISECTION\\fR_\\fIKEY\\fR\nA setting; see\n.BR hearth.conf (5).\n"
		".SH FILES\n"
		".TP\nDIR/hearth.conf\nSettings; see\n.BR hearth.conf (5).\n"
		".TP\nDIR/secret.key\nSeals stored secrets and signs tokens. A backup without it cannot be read whole.\n"
		".TP\nDIR/hearth.db\nWhat people wrote.\n"
		".TP\nDIR/series.db\nWhat was observed.\n"
		".TP\nDIR/first\\-login.txt\nThe first password of admin, until it is changed.\n"
		".SH EXAMPLES\n.nf\n"
		"hearthctl \\-d /srv/hearth init\n"
		"hearthctl \\-d /srv/hearth config set FRITZBOX_USERNAME hearth FRITZBOX_PASSWORD \\- \\e\n"
		"    FRITZBOX_ENABLED true <password.txt\n"
		"KEY=$(hearthctl \\-d /srv/hearth token create \\-\\-user admin \\-\\-kind ha \\-\\-name script)\n"
		"hearthctl \\-d /srv/hearth doctor || mail \\-s \"Hearth needs a hand\" root\n"
		".fi\n"
		".SH SEE ALSO\n.BR hearth.conf (5),\n.BR hearth\\-collect (1),\n.BR hearth\\-api (8)\n");
}

/* The words that may stand behind a command. */
static void complete_words(struct buf *out, const struct command *k)
{
	if (k->complete) {
		k->complete(out);
		buf_char(out, ' ');
	}
	for (const struct option_row *o = k->options; o->name; o++)
		buf_printf(out, "--%s ", o->name);
	buf_str(out, "--help");
}

/* The words that may stand behind an option; one of the same name was seen before, then there is
 * nothing to add. */
static void complete_option(struct buf *out, const struct option_row *o)
{
	for (const struct command *k = commands; k->name; k++)
		for (const struct option_row *earlier = k->options; earlier->name; earlier++) {
			if (earlier == o) {
				buf_printf(out, "\t--%s) words=\"", o->name);
				if (o->choices)
					buf_str(out, o->choices);
				else
					o->complete(out);
				buf_str(out, "\" ;;\n");
				return;
			}
			if (strcmp(earlier->name, o->name) == 0)
				return;
		}
}

/* The second words of the commands that begin with this one; is_new: it was not seen before. */
static void complete_group(struct buf *out, const struct command *first)
{
	size_t n = strcspn(first->name, " ");

	for (const struct command *k = commands; k < first; k++)
		if (strncmp(k->name, first->name, n + 1) == 0)
			return;
	buf_printf(out, "\t\"%.*s\") words=\"", (int)n, first->name);
	for (const struct command *k = first; k->name; k++)
		if (strncmp(k->name, first->name, n + 1) == 0)
			buf_printf(out, "%s%s", k == first ? "" : " ", k->name + n + 1);
	buf_str(out, "\" ;;\n");
}

void command_completion(struct buf *out)
{
	buf_str(out,
		"# bash completion for hearthctl; printed by \"hearthctl completion\"\n"
		"_hearthctl()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i=1\n"
		"\tlocal ctl=(\"${COMP_WORDS[0]}\")\n"
		"\twhile [[ ${COMP_WORDS[i]} == -* && $i -lt $COMP_CWORD ]]; do\n"
		"\t\tcase ${COMP_WORDS[i]} in\n"
		"\t\t-d | --dir) ctl+=(-d \"${COMP_WORDS[i+1]}\"); ((i += 2)) ;;\n"
		"\t\t*) ((i++)) ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tif [[ $prev == -d || $prev == --dir ]]; then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n\t\treturn\n\tfi\n"
		"\tcase $prev in\n");
	for (const struct command *k = commands; k->name; k++)
		for (const struct option_row *o = k->options; o->name; o++)
			if (o->choices || o->complete)
				complete_option(out, o);
	buf_str(out, "\tesac\n\t[[ $words ]] || case \"${COMP_WORDS[*]:i:COMP_CWORD-i}\" in\n");
	buf_str(out, "\t\"\") words=\"--dir --help --version");
	for (const struct command *k = commands; k->name; k++) {
		size_t n = strcspn(k->name, " ");
		const struct command *same = commands;

		while (strncmp(same->name, k->name, n) != 0 ||
		       (same->name[n] && same->name[n] != ' '))
			same++;
		if (same == k)
			buf_printf(out, " %.*s", (int)n, k->name);
	}
	buf_str(out, "\" ;;\n");
	for (const struct command *k = commands; k->name; k++)
		if (strchr(k->name, ' '))
			complete_group(out, k);
	for (const struct command *k = commands; k->name; k++) {
		buf_printf(out, "\t\"%s\"*) words=\"", k->name);
		complete_words(out, k);
		buf_str(out, "\" ;;\n");
	}
	buf_str(out, "\tesac\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
		     "complete -F _hearthctl hearthctl\n");
}
