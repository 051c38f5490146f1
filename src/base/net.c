/* net.c: see net.h */
#include "base/net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool parse_address(const char *text, struct address *out)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct address a = { 0 };

	if (inet_pton(AF_INET, text, a.bytes) == 1) {
		a.family = AF_INET;
	} else if (inet_pton(AF_INET6, text, a.bytes) == 1) {
		a.family = AF_INET6;
		if (memcmp(a.bytes, mapped, sizeof(mapped)) == 0) {
			a.family = AF_INET;
			memmove(a.bytes, a.bytes + 12, 4);
			memset(a.bytes + 4, 0, 12);
		}
	} else {
		return false;
	}
	*out = a;
	return true;
}

void write_neighbourhood(const char *address, char out[NEIGHBOURHOOD_TEXT])
{
	struct address a;

	if (!parse_address(address, &a)) {
		snprintf(out, NEIGHBOURHOOD_TEXT, "%s", address);
		return;
	}
	if (a.family == AF_INET6)
		memset(a.bytes + 8, 0, 8);
	inet_ntop(a.family, a.bytes, out, NEIGHBOURHOOD_TEXT);
}

bool parse_network(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char host[64];
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	int bits;

	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (!parse_address(host, &out->base))
		return false;
	bits = out->base.family == AF_INET ? 32 : 128;
	out->prefix = bits;
	if (slash) {
		char *end;
		long prefix = strtol(slash + 1, &end, 10);

		if (end == slash + 1 || *end || prefix < 0 || prefix > bits)
			return false;
		out->prefix = (int)prefix;
	}
	return true;
}

static bool network_has(const struct network *n, const struct address *a)
{
	int whole = n->prefix / 8, rest = n->prefix % 8;

	if (n->base.family != a->family || memcmp(n->base.bytes, a->bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || (n->base.bytes[whole] ^ a->bytes[whole]) >> (8 - rest) == 0;
}

bool network_list_has(const char *list, const struct address *a)
{
	static const char separators[] = ", \t\r\n";

	while (*list) {
		size_t n = strcspn(list, separators);
		char entry[80];
		struct network net;

		if (n && n < sizeof(entry)) {
			memcpy(entry, list, n);
			entry[n] = '\0';
			if (parse_network(entry, &net) && network_has(&net, a))
				return true;
		}
		list += n;
		list += strspn(list, separators);
	}
	return false;
}
