/* net.h: addresses and networks as text */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>

/* An IPv4 or IPv6 address; v4-mapped IPv6 counts as IPv4. */
struct address {
	int family; /* AF_INET or AF_INET6 */
	unsigned char bytes[16];
};

struct network {
	struct address base;
	int prefix; /* bits */
};

bool parse_address(const char *text, struct address *out);
/* "192.168.0.0/16"; without /prefix a single address. Bits behind the prefix are ignored. */
bool parse_network(const char *text, struct network *out);
bool network_has(const struct network *n, const struct address *a);
/* The address is in one of the networks of a list separated by commas or newlines; malformed
 * entries match nothing. */
bool network_list_has(const char *list, const struct address *a);

#endif
