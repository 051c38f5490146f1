/* trusted.c: see trusted.h */
#include "auth/trusted.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/net.h"

enum { MAX_HOPS = 32 }; /* entries of X-Forwarded-For that are looked at, from the right */

/* The entry of the list that ends at *end, moving *end before it; false at the list's beginning. */
static bool last_entry(const char *list, size_t *end, struct arena *a, const char **out)
{
	static const char blanks[] = " \t";
	size_t stop = *end, start;

	if (stop == 0)
		return false;
	for (start = stop; start && list[start - 1] != ','; start--)
		;
	*end = start ? start - 1 : 0;
	while (start < stop && strchr(blanks, list[start]))
		start++;
	while (stop > start && strchr(blanks, list[stop - 1]))
		stop--;
	*out = arena_strndup(a, list + start, stop - start);
	return true;
}

static const char *normal(struct arena *a, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(address->family, address->bytes, text, sizeof(text));
	return arena_strdup(a, text);
}

const char *trusted_client(struct arena *a, const char *peer, const char *forwarded_for,
			   const char *forwarded, const char *proxies, bool *hidden)
{
	size_t end = forwarded_for ? strlen(forwarded_for) : 0;
	struct address address;
	const char *entry;

	*hidden = false;
	if (!parse_address(peer, &address)) {
		*hidden = true;
		return peer;
	}
	if (!network_list_has(proxies, &address)) {
		*hidden = forwarded_for || forwarded;
		return normal(a, &address);
	}
	if (!forwarded_for)
		*hidden = forwarded != NULL;
	for (int hops = 0; last_entry(forwarded_for, &end, a, &entry); hops++) {
		struct address hop;

		if (hops == MAX_HOPS || !parse_address(entry, &hop)) {
			*hidden = true;
			break;
		}
		address = hop;
		if (!network_list_has(proxies, &address))
			break;
	}
	return normal(a, &address);
}
