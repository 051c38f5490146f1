/* multipart.c: see multipart.h */
#include "http/multipart.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum {
	MAX_BOUNDARY = 70,     /* RFC 2046 §5.1.1 */
	MAX_PART_HEADERS = 16, /* browsers send two */
};

struct span {
	const char *p;
	size_t n;
};

/* The value of `; name=value` or `; name="value"` in a header, NULL when it is not there. Inside
 * quotes a backslash stands for the following quote or backslash, as browsers send it. */
static char *parameter(struct arena *a, struct span header, const char *name)
{
	const char *p = header.p, *end = header.p + header.n;
	size_t length = strlen(name);

	while (p < end && (p = memchr(p, ';', (size_t)(end - p)))) {
		char *value, *out;

		for (p++; p < end && (*p == ' ' || *p == '\t');)
			p++;
		if ((size_t)(end - p) <= length || strncasecmp(p, name, length) != 0 ||
		    p[length] != '=')
			continue;
		p += length + 1;
		out = value = arena_alloc(a, (size_t)(end - p) + 1);
		if (p < end && *p == '"') {
			for (p++; p < end && *p != '"'; p++) {
				if (*p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\'))
					p++;
				*out++ = *p;
			}
			if (p == end)
				return NULL;
		} else {
			while (p < end && *p != ';' && *p != ' ')
				*out++ = *p++;
		}
		*out = '\0';
		return strlen(value) == (size_t)(out - value) ? value : NULL;
	}
	return NULL;
}

static struct span find(struct span in, const char *what, size_t n)
{
	const char *at = memmem(in.p, in.n, what, n);

	return at ? (struct span){ at, in.n - (size_t)(at - in.p) } : (struct span){ 0 };
}

static bool starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

/* Reads the header lines of a part up to the empty line; *rest is what follows. */
static bool headers(struct arena *a, struct span in, struct part *part, struct span *rest)
{
	for (int i = 0; i < MAX_PART_HEADERS; i++) {
		struct span next = find(in, "\r\n", 2), line = { in.p, in.n - next.n };

		if (!next.p)
			return false;
		in = (struct span){ next.p + 2, next.n - 2 };
		if (line.n == 0) {
			*rest = in;
			return part->name && is_utf8(part->name, strlen(part->name)) &&
			       !has_control(part->name) &&
			       (!part->filename ||
				(is_utf8(part->filename, strlen(part->filename)) &&
				 !has_control(part->filename)));
		}
		if (starts(line, "Content-Disposition:")) {
			part->name = parameter(a, line, "name");
			part->filename = parameter(a, line, "filename");
		} else if (starts(line, "Content-Type:")) {
			part->content_type =
				text_trim(a, arena_strndup(a, line.p + 13, line.n - 13));
		}
	}
	return false;
}

struct part *multipart_parse(struct arena *a, const char *content_type, const char *body, size_t n)
{
	struct span type = { content_type, strlen(content_type) }, in = { body, n };
	struct part *parts = ARENA_ARRAY(a, struct part, MAX_PARTS + 1);
	const char *boundary;
	char delimiter[MAX_BOUNDARY + 5];
	size_t length;

	if (!starts(type, "multipart/form-data"))
		return NULL;
	boundary = parameter(a, type, "boundary");
	if (!boundary || !*boundary || strlen(boundary) > MAX_BOUNDARY)
		return NULL;
	length = (size_t)snprintf(delimiter, sizeof(delimiter), "\r\n--%s", boundary);
	if (in.n >= length - 2 && memcmp(in.p, delimiter + 2, length - 2) == 0) {
		in = (struct span){ in.p + length - 2,
				    in.n - (length - 2) }; /* no line break before the first */
	} else {
		in = find(in, delimiter, length);
		if (!in.p)
			return NULL;
		in = (struct span){ in.p + length, in.n - length };
	}
	for (int i = 0; i <= MAX_PARTS; i++) {
		struct span next, data;

		if (starts(in, "--"))
			return parts;
		if (i == MAX_PARTS || !starts(in, "\r\n"))
			return NULL;
		if (!headers(a, (struct span){ in.p + 2, in.n - 2 }, &parts[i], &data))
			return NULL;
		/* an empty part's delimiter may begin at the line break that ended its headers */
		next = find((struct span){ data.p - 2, data.n + 2 }, delimiter, length);
		if (!next.p)
			return NULL;
		parts[i].data = data.p;
		parts[i].size = next.p > data.p ? (size_t)(next.p - data.p) : 0;
		in = (struct span){ next.p + length, next.n - length };
	}
	return NULL;
}
