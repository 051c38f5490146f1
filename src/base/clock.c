/* clock.c: see clock.h */
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

int64_t clock_monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* See proc(5), stat field 22. */
int64_t clock_uptime_s(void)
{
	unsigned long long started_ticks;
	char line[1024] = "";
	const char *fields;
	double up_s;
	FILE *f = fopen("/proc/self/stat", "re");
	bool ok = f && fgets(line, sizeof(line), f);

	if (f)
		fclose(f);
	fields = strrchr(line, ')'); /* the name before it may contain anything */
	ok = ok && fields &&
	     sscanf(fields,
		    ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		    &started_ticks) == 1;
	f = fopen("/proc/uptime", "re");
	ok = ok && f && fscanf(f, "%lf", &up_s) == 1;
	if (f)
		fclose(f);
	return ok ? (int64_t)(up_s - (double)started_ticks / (double)sysconf(_SC_CLK_TCK)) : 0;
}

void clock_boot(char out[BOOT_TEXT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	memset(out, 0, BOOT_TEXT);
	n = fd >= 0 ? read(fd, out, BOOT_TEXT - 1) : 0;
	out[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void put(char *out, int width, int value)
{
	while (width--) {
		out[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

void write_stamp(int64_t s, char out[STAMP_TEXT])
{
	time_t t = (time_t)s;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	put(out, 4, tm.tm_year + 1900);
	out[4] = '-';
	put(out + 5, 2, tm.tm_mon + 1);
	out[7] = '-';
	put(out + 8, 2, tm.tm_mday);
	out[10] = 'T';
	put(out + 11, 2, tm.tm_hour);
	out[13] = ':';
	put(out + 14, 2, tm.tm_min);
	out[16] = ':';
	put(out + 17, 2, tm.tm_sec);
	out[19] = 'Z';
	out[20] = '\0';
}

/* Reads exactly `width` digits. */
static bool digits(const char **p, int width, int *out)
{
	int v = 0;

	while (width--) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (*(*p)++ - '0');
	}
	*out = v;
	return true;
}

static bool zone(const char *p, int64_t *offset_s)
{
	int sign, hours, minutes;

	*offset_s = 0;
	if (!*p || ((*p == 'Z' || *p == 'z') && !p[1]))
		return true;
	if (*p != '+' && *p != '-')
		return false;
	sign = *p++ == '-' ? -1 : 1;
	if (!digits(&p, 2, &hours))
		return false;
	if (*p == ':')
		p++;
	if (!digits(&p, 2, &minutes) || *p || minutes > 59 || hours * 60 + minutes > 14 * 60)
		return false;
	*offset_s = sign * (hours * HOUR_S + minutes * MINUTE_S);
	return true;
}

bool parse_stamp(const char *p, int64_t *out)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, hour = 0, minute = 0, second = 0;
	int64_t offset_s = 0;
	struct tm tm;

	if (!digits(&p, 4, &year) || *p++ != '-' || !digits(&p, 2, &month) || *p++ != '-' ||
	    !digits(&p, 2, &day))
		return false;
	if (year < 2000 || year > 2100 || month < 1 || month > 12 || day < 1 ||
	    day > month_days[month - 1])
		return false;
	if (month == 2 && day == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
		return false;
	if (*p) {
		if (*p != 'T' && *p != 't' && *p != ' ')
			return false;
		p++;
		if (!digits(&p, 2, &hour) || *p++ != ':' || !digits(&p, 2, &minute))
			return false;
		if (*p == ':') {
			p++;
			if (!digits(&p, 2, &second))
				return false;
			if (*p == '.') {
				p++;
				if (*p < '0' || *p > '9')
					return false;
				while (*p >= '0' && *p <= '9')
					p++;
			}
		}
		if (hour > 23 || minute > 59 || second > 59 || !zone(p, &offset_s))
			return false;
	}
	tm = (struct tm){
		.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second,
	};
	*out = (int64_t)timegm(&tm) - offset_s;
	return true;
}
