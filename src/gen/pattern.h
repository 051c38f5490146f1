/* pattern.h: how the paths of two routes meet */
#ifndef GEN_PATTERN_H
#define GEN_PATTERN_H

#include <stdbool.h>

/* Some request path fits both. */
bool pattern_overlaps(const char *a, const char *b);
/* Whatever fits b fits a. */
bool pattern_covers(const char *a, const char *b);
bool pattern_has_parameter(const char *path);

#endif
