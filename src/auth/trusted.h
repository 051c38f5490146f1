/* trusted.h: the client's address behind proxies that are known */
#ifndef AUTH_TRUSTED_H
#define AUTH_TRUSTED_H

#include <stdbool.h>

#include "base/arena.h"

/* peer: REMOTE_ADDR; forwarded_for, forwarded: the headers X-Forwarded-For and Forwarded, or NULL;
 * proxies: networks, as in AUTH_TRUSTED_PROXIES. The peer, or when it is a trusted proxy the
 * rightmost address of X-Forwarded-For that is none; in its normal form, in the arena or as peer.
 * *hidden: somebody else may stand behind that address, because a forwarding header came from an
 * address that is no trusted proxy, or a trusted one sent a header that cannot be read. */
const char *trusted_client(struct arena *a, const char *peer, const char *forwarded_for,
			   const char *forwarded, const char *proxies, bool *hidden);

#endif
