/* command.h: a command of hearthctl is one row; parser, help and completion read it */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "db/db.h"

/* How hearthctl ends. */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,	   /* it was understood and could not be done, or a check found a fault */
	CTL_USAGE = 2,	   /* it was not understood */
	CTL_NOT_FOUND = 3, /* what it names does not exist: a folder, a user, a setting, ... */
};

enum {
	CTL_MAX_OPTIONS = 8, /* of a command */
	CTL_MAX_ARGS = 64,   /* words behind a command; more is a usage error */
};

struct option_row {
	const char *name;  /* "role" */
	const char *value; /* "ROLE"; NULL: a switch */
	const char *doc;
	const char *choices;		   /* the only words it takes, blanks between; NULL: any */
	void (*complete)(struct buf *out); /* writes words for completion where there are no
					      choices, or NULL */
	bool needed;
};

struct ctl;

struct command {
	const char *name; /* "user add" */
	const char *args; /* "NAME", for people; "" */
	int min_args, max_args;
	const char *summary; /* one line */
	const char *detail;  /* more, or NULL */
	void (*complete)(
		struct buf *out); /* writes words for completion of its arguments, or NULL */
	struct option_row options[CTL_MAX_OPTIONS]; /* ends with name NULL */
	bool db;				    /* open before the command runs */
	int (*run)(struct ctl *c);		    /* enum ctl_exit */
};

/* One call. Everything lives until its end. */
struct ctl {
	const char *dir;
	const struct command *command;
	const char *args[CTL_MAX_ARGS];
	int n_args;
	const char *values[CTL_MAX_OPTIONS]; /* by row of the command's options; a switch that was
						given is "" */
	struct arena *arena;
	struct db *db; /* only with command->db */
	int64_t now;   /* seconds since 1970 */
};

/* All commands, in the order of the help; ends with name NULL. */
extern const struct command commands[];

/* Parses, opens what the command needs and runs it. */
int command_main(int argc, char **argv);

/* The value of an option; NULL when it was not given. */
const char *command_option(const struct ctl *c, const char *name);
/* Says why on standard error and returns how to end: ERR_INVALID is wrong usage. */
int command_failed(const struct err *e);
int command_no_home(const struct ctl *c); /* there is no Hearth in the folder */
int command_usage(const struct ctl *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* One line of standard input without its end, at most max_bytes; NULL when there is none or it is
 * longer, which is said. */
const char *command_read_line(struct ctl *c, size_t max_bytes);
/* A time for people, or "-". */
const char *command_stamp(struct ctl *c, int64_t s);

/* hearthctl(1) */
void command_man(struct buf *out);
/* The script for bash. */
void command_completion(struct buf *out);

#endif
