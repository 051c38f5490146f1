/* turns.c: see turns.h */
#include "peer/turns.h"

#include <pthread.h>

/* One connection for each ASK_EACH things, up to FEW_ASKERS, since who is asked has a few workers only;
 * where there are hundreds, one for each ASK_MANY: a second and a half at 50 ms. */
enum { ASK_EACH = 4, FEW_ASKERS = 8, ASK_MANY = 32, MAX_ASKERS = 16 };

struct asking {
	const struct turns *turns;
	size_t next; /* atomic */
	bool stop;   /* atomic */
};

struct asker {
	struct asking *all;
	struct fetch_session *session;
	struct arena *arena;
	pthread_t thread;
};

static void *ask(void *arg)
{
	const struct asker *own = arg;
	struct asking *all = own->all;
	const struct turns *t = all->turns;

	while (!__atomic_load_n(&all->stop, __ATOMIC_RELAXED)) {
		size_t i = __atomic_fetch_add(&all->next, 1, __ATOMIC_RELAXED);

		if (i >= t->n)
			break;
		if (!t->one(t->ctx, (i + t->first) % t->n, own->session, own->arena))
			__atomic_store_n(&all->stop, true, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void arena_end(void *arena)
{
	arena_free(arena);
}

static size_t askers_for(size_t n)
{
	size_t few = 1 + n / ASK_EACH, many = n / ASK_MANY;

	if (few > FEW_ASKERS)
		few = FEW_ASKERS;
	if (many > MAX_ASKERS)
		many = MAX_ASKERS;
	return few > many ? few : many;
}

void turns_ask(const struct turns *turns, struct fetch_session *s, struct arena *a)
{
	struct asking all = { .turns = turns };
	struct asker askers[MAX_ASKERS];
	size_t n = askers_for(turns->n), begun = 1;

	askers[0] = (struct asker){ .all = &all, .session = s, .arena = a };
	for (; begun < n; begun++) {
		struct asker *other = &askers[begun];

		*other = (struct asker){ &all, fetch_session_new(), arena_new(), 0 };
		arena_defer(a, arena_end, other->arena);
		if (pthread_create(&other->thread, NULL, ask, other) != 0) {
			fetch_session_free(other->session);
			break; /* those that are there ask for all */
		}
	}
	ask(&askers[0]);
	for (size_t i = 1; i < begun; i++) {
		pthread_join(askers[i].thread, NULL);
		fetch_session_free(askers[i].session);
	}
}
