/* turns.h: much to ask of one peer: in turn, on a few connections at once */
#ifndef PEER_TURNS_H
#define PEER_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "peer/fetch.h"

struct turns {
	/* Asks for one of them, on a thread of its own or the caller's; what it stores in the arena
	 * lives as long as that of turns_ask(). False: further calls would fail alike. */
	bool (*one)(void *ctx, size_t i, struct fetch_session *s, struct arena *a);
	void *ctx;
	size_t n, first; /* it begins with that one and goes around */
};

/* Returns when all have had their turn, or one has said that no more is worth it. */
void turns_ask(const struct turns *turns, struct fetch_session *s, struct arena *a);

#endif
