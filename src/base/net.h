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

/* False: it is none; out is untouched. */
bool parse_address(const char *text, struct address *out);
/* Whom limits count as one: an IPv4 address, or the /64 network of an IPv6 address, since any host
 * may take as many addresses of its network as it likes. Text that is no address stays as it is. */
enum { NEIGHBOURHOOD_TEXT = 64 }; /* with NUL; what is longer is cut */
void write_neighbourhood(const char *address, char out[NEIGHBOURHOOD_TEXT]);

/* "192.168.0.0/16"; without /prefix a single address. Bits behind the prefix are ignored. */
bool parse_network(const char *text, struct network *out);
/* The address is in one of the networks of a list separated by commas or newlines; malformed
 * entries match nothing. */
bool network_list_has(const char *list, const struct address *a);

#endif
