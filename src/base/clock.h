/* clock.h: now, and times as text */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* Seconds since 1970, UTC. */
int64_t clock_now(void);
/* Milliseconds that only go forward; for deadlines and durations. */
int64_t clock_monotonic_ms(void);
/* Seconds since this process was started, 0 when the system does not tell. */
int64_t clock_uptime_s(void);
/* A name of this start of the kernel, "" when the system does not tell: what processes share in a file
 * may be half written after a power cut, or held by one that is no more. */
enum { BOOT_TEXT = 40 };
void clock_boot(char out[BOOT_TEXT]);

enum { STAMP_TEXT = 24 }; /* room for a time, with NUL */
/* "2026-02-13T14:00:00Z"; years 0001-9999. */
void write_stamp(int64_t s, char out[STAMP_TEXT]);
/* ISO 8601: a date, or date + (T or blank) + HH:MM[:SS[.fraction]] + optional Z, +HH:MM or +HHMM;
 * no zone is UTC; a fraction is cut. Years 2000-2100, seconds 0-59. */
bool parse_stamp(const char *text, int64_t *out);

#endif
