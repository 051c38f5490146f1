/* log.c: see log.h */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_BYTES = 1024 }; /* of the text of a line */

static const char *const level_names[] = { "error", "warning", "info", "debug" };
static const char *program = "hearth";
static const char *request;
static enum log_level threshold = LOG_INFO;

void log_program(const char *name)
{
	program = name;
}

void log_request(const char *request_id)
{
	request = request_id;
}

void log_level_set(enum log_level level)
{
	threshold = level;
}

void log_level_name_set(const char *name)
{
	for (int i = 0; i <= LOG_DEBUG; i++)
		if (strcmp(level_names[i], name) == 0)
			threshold = (enum log_level)i;
}

void log_line(enum log_level level, const char *format, ...)
{
	char stamp[STAMP_TEXT], text[LINE_BYTES], line[LINE_BYTES + 128];
	va_list ap;
	int n;

	if (level > threshold)
		return;
	write_stamp(clock_now(), stamp);
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	n = snprintf(line, sizeof(line), "%s %s %s[%d]%s%.32s %s\n", stamp, level_names[level],
		     program, (int)getpid(), request ? " request=" : "", request ? request : "",
		     text);
	if (n > 0) { /* one write, so that lines of several processes do not mix */
		ssize_t written = write(STDERR_FILENO, line, strlen(line));

		(void)written;
	}
}
