/* log.h: one line an event, `time level name key=value…`, on standard error (the supervisor puts it
 * into DIR/log) */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* The program's name, and the request the following lines belong to (NULL: none; kept by
 * reference). */
void log_program(const char *name);
void log_request(const char *request_id);
/* Lines above the level are not written; LOG_INFO at first. */
void log_level_set(enum log_level level);
/* "error", "warning", "info" or "debug"; another name changes nothing. */
void log_level_name_set(const char *name);

/* Text is printf style; control characters in the result are replaced, long lines are cut at 1 KiB.
 * Never pass a secret, a query string or a body. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
