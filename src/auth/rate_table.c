/* rate_table.c: see rate_table.h */
#include "auth/rate_table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	STRIPES = 64, /* each with a lock, so that workers seldom meet */
	STRIPE_BUCKETS =
		64, /* 4096 identities at a time; beyond that the window that ends first is forgotten */
};

static const uint64_t READY = 0x68656172746874ULL; /* changes with the layout of the file */

struct bucket {
	char identity[RATE_IDENTITY];
	int64_t end_s, count;
};

struct stripe {
	pthread_mutex_t lock;
	struct bucket buckets[STRIPE_BUCKETS];
};

struct layout {
	uint64_t ready;
	char boot[BOOT_TEXT]; /* of the kernel that knows the locks' holders */
	struct stripe stripes[STRIPES];
};

struct rate_table {
	struct layout *map;
};

static void layout_init(struct layout *l, const char boot[BOOT_TEXT])
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < STRIPES; i++)
		pthread_mutex_init(&l->stripes[i].lock, &attr);
	pthread_mutexattr_destroy(&attr);
	memcpy(l->boot, boot, BOOT_TEXT);
	l->ready = READY;
}

enum err_code rate_table_open(struct rate_table **out, const char *dir, struct err *e)
{
	struct rate_table *t;
	struct layout *map = MAP_FAILED;
	char path[PATH_MAX], boot[BOOT_TEXT];
	int fd;

	clock_boot(boot);
	snprintf(path, sizeof(path), "%s/run/rate.shm", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* the lock makes sure that only one process lays the table out; all blocks are taken now, as
	 * touching one that a full disk has no room for would kill the worker */
	if (fd >= 0 && flock(fd, LOCK_EX) == 0 && ftruncate(fd, sizeof(*map)) == 0 &&
	    (errno = posix_fallocate(fd, 0, sizeof(*map))) == 0)
		map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			   fd, 0);
	if (map == MAP_FAILED) {
		log_line(LOG_ERROR, "cannot map %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return err_code_set(e, ERR_INTERNAL);
	}
	if (map->ready != READY || memcmp(map->boot, boot, BOOT_TEXT) != 0)
		layout_init(map, boot);
	flock(fd, LOCK_UN); /* the mapping keeps the file open, so closing would not release it */
	close(fd);
	t = calloc(1, sizeof(*t));
	if (!t)
		abort();
	t->map = map;
	*out = t;
	return ERR_NONE;
}

void rate_table_close(struct rate_table *t)
{
	if (!t)
		return;
	munmap(t->map, sizeof(*t->map));
	free(t);
}

/* The bucket of the identity, or the one to reuse for it. */
static struct bucket *bucket_find(struct stripe *s, const char *identity)
{
	struct bucket *first = &s->buckets[0];

	for (int i = 0; i < STRIPE_BUCKETS; i++) {
		struct bucket *b = &s->buckets[i];

		if (strcmp(b->identity, identity) == 0)
			return b;
		if (b->end_s < first->end_s)
			first = b;
	}
	snprintf(first->identity, RATE_IDENTITY, "%s", identity);
	first->end_s = 0;
	first->count = 0;
	return first;
}

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* Whether there is room for n more, which are then counted. */
static bool count(struct rate_table *t, const char *identity, int64_t limit, int64_t window_s,
		  int64_t now, int n, struct rate_state *out)
{
	struct stripe *s = &t->map->stripes[hash(identity) % STRIPES];
	struct bucket *b;
	bool allowed;

	if (pthread_mutex_lock(&s->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&s->lock); /* at worst one request was not counted */
	b = bucket_find(s, identity);
	if (now >= b->end_s || now < b->end_s - window_s) {
		b->end_s = now + window_s;
		b->count = 0;
	}
	allowed = b->count < limit;
	if (allowed)
		b->count += n;
	*out = (struct rate_state){ .limit = limit,
				    .remaining = limit > b->count ? limit - b->count : 0,
				    .reset_s = b->end_s };
	pthread_mutex_unlock(&s->lock);
	return allowed;
}

bool rate_table_take(struct rate_table *t, const char *identity, int64_t limit, int64_t window_s,
		     int64_t now, struct rate_state *out)
{
	return count(t, identity, limit, window_s, now, 1, out);
}

bool rate_table_look(struct rate_table *t, const char *identity, int64_t limit, int64_t window_s,
		     int64_t now, struct rate_state *out)
{
	return count(t, identity, limit, window_s, now, 0, out);
}
