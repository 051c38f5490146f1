/* collect.c: hearth-collect asks what is due and stores the answers; started by cron or a timer */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owner.h"
#include "base/text.h"
#include "collect/run.h"
#include "house/house.h"

enum { EXIT_USAGE = 2, EVERY_S = 10 };

static const char usage_text[] =
	"usage: hearth-collect -d DIR [--only SOURCE] [--for S [--every S]] [--verbose]\n"
	"\n"
	"Asks every source that is due, stores the answers, and ends.\n"
	"\n"
	"  -d, --dir DIR      the instance's folder\n"
	"      --only SOURCE  this source alone, due or not\n"
	"      --for S        go on with rounds for S seconds\n"
	"      --every S      from the start of one round to the next (10)\n"
	"  -v, --verbose      say what is done\n"
	"  -h, --help         this text\n"
	"\n"
	"A second collector on the same folder steps aside at once. A source that fails is recorded and does not\n"
	"change the exit code: 0 the round was made, 1 it could not be made, 2 wrong usage.\n";

/* clang-format off */
static const struct option options[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "only", required_argument, NULL, 'o' },
	{ "for", required_argument, NULL, 'f' },
	{ "every", required_argument, NULL, 'e' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

static void print_sources(FILE *out)
{
	fputs("sources:", out);
	for (const struct source *const *s = sources; *s; s++)
		fprintf(out, " %s", (*s)->name);
	fputc('\n', out);
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

static bool seconds(const char *text, int64_t *out)
{
	return parse_int(text, out) && *out >= 1 && *out <= 86400;
}

static bool is_source(const char *name)
{
	for (const struct source *const *s = sources; *s; s++)
		if (strcmp((*s)->name, name) == 0)
			return true;
	return false;
}

static bool is_home(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/hearth.db", dir);
	return access(path, F_OK) == 0;
}

int main(int argc, char **argv)
{
	struct collect_options o = { .every_s = EVERY_S };
	struct err e;
	int c;

	log_program("hearth-collect");
	while ((c = getopt_long(argc, argv, "d:vh", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			o.dir = optarg;
			break;
		case 'o':
			o.only = optarg;
			break;
		case 'f':
			if (!seconds(optarg, &o.for_s))
				return usage();
			break;
		case 'e':
			if (!seconds(optarg, &o.every_s))
				return usage();
			break;
		case 'v':
			o.verbose = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			print_sources(stdout);
			return 0;
		default:
			return usage();
		}
	}
	if (!o.dir || optind < argc)
		return usage();
	if (o.only && !is_source(o.only)) {
		fprintf(stderr, "hearth-collect: there is no source %s\n", o.only);
		print_sources(stderr);
		return EXIT_USAGE;
	}
	if (!owner_become(&o.dir)) {
		perror("hearth-collect: cannot become the owner of the folder");
		return EXIT_FAILURE;
	}
	if (!is_home(o.dir)) {
		fprintf(stderr,
			"hearth-collect: there is no Hearth in %s; hearthctl -d %s init makes one\n",
			o.dir, o.dir);
		return EXIT_FAILURE;
	}
	if (collect_run(&o, sources, chores, &e)) {
		fprintf(stderr, "hearth-collect: %s\n", e.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
