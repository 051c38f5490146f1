/* pattern.c: see pattern.h */
#include "gen/pattern.h"

#include <string.h>

/* Segment by segment; wild: a parameter of b fits every segment of a. */
static bool fits(const char *a, const char *b, bool wild)
{
	while (*a && *b) {
		size_t n = strcspn(++a, "/"), k = strcspn(++b, "/");
		bool same = n == k && memcmp(a, b, n) == 0;

		if (!same && *a != '{' && !(wild && *b == '{'))
			return false;
		a += n;
		b += k;
	}
	return !*a && !*b;
}

bool pattern_overlaps(const char *a, const char *b)
{
	return fits(a, b, true);
}

bool pattern_covers(const char *a, const char *b)
{
	return fits(a, b, false);
}

bool pattern_has_parameter(const char *path)
{
	return strchr(path, '{');
}
