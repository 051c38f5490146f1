/* rate.c: see rate.h */
#include "http/rate.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"

enum {
	STRIPES = 64,
	STRIPE_BUCKETS =
		64,    /* 4096 identities a minute; beyond that the oldest window is forgotten */
	IDENTITY = 80, /* "network addr 2001:db8::1" */
	BOOT = 40,     /* a UUID */
	SESSION_LIMIT = 600, /* a minute: the web panel polls */
	COMMON_LIMIT = 600,
	MACHINE_LIMIT = 60,
	ACTION_LIMIT = 60,
};

static const uint64_t READY = 0x68656172746873ULL; /* changes with the layout of the file */

struct bucket {
	char identity[IDENTITY];
	int64_t start_s, count;
};

struct stripe {
	pthread_mutex_t lock;
	struct bucket buckets[STRIPE_BUCKETS];
};

struct layout {
	uint64_t ready;
	char boot[BOOT]; /* of the kernel that knows the locks' holders */
	struct stripe stripes[STRIPES];
};

struct rate_table {
	struct layout *map;
};

/* After a power cut the file may come back with a lock that is held by nobody: only the kernel that
 * was running could have told. */
static void read_boot(char out[BOOT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, BOOT - 1) : 0;

	out[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void layout_init(struct layout *l, const char boot[BOOT])
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < STRIPES; i++)
		pthread_mutex_init(&l->stripes[i].lock, &attr);
	pthread_mutexattr_destroy(&attr);
	memcpy(l->boot, boot, BOOT);
	l->ready = READY;
}

enum err_code rate_open(struct rate_table **out, const char *dir, struct err *e)
{
	struct rate_table *t;
	struct layout *map = MAP_FAILED;
	char path[4096], boot[BOOT] = "";
	int fd;

	read_boot(boot);
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
	if (map->ready != READY || memcmp(map->boot, boot, BOOT) != 0)
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

void rate_close(struct rate_table *t)
{
	if (!t)
		return;
	munmap(t->map, sizeof(*t->map));
	free(t);
}

/* The bucket of the identity, or the one to reuse for it. */
static struct bucket *bucket_find(struct stripe *s, const char *identity)
{
	struct bucket *oldest = &s->buckets[0];

	for (int i = 0; i < STRIPE_BUCKETS; i++) {
		struct bucket *b = &s->buckets[i];

		if (strcmp(b->identity, identity) == 0)
			return b;
		if (b->start_s < oldest->start_s)
			oldest = b;
	}
	snprintf(oldest->identity, IDENTITY, "%s", identity);
	oldest->start_s = 0;
	oldest->count = 0;
	return oldest;
}

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static bool take(struct rate_table *t, const char *identity, int64_t now, struct rate_state *out)
{
	struct stripe *s = &t->map->stripes[hash(identity) % STRIPES];
	struct bucket *b;
	bool allowed;

	if (pthread_mutex_lock(&s->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&s->lock); /* at worst one request was not counted */
	b = bucket_find(s, identity);
	if (now >= b->start_s + RATE_WINDOW_S || now < b->start_s) {
		b->start_s = now;
		b->count = 0;
	}
	allowed = b->count < out->limit;
	if (allowed)
		b->count++;
	out->remaining = out->limit > b->count ? out->limit - b->count : 0;
	out->reset_s = b->start_s + RATE_WINDOW_S;
	pthread_mutex_unlock(&s->lock);
	return allowed;
}

static int64_t limit_of(enum rate rate, const struct config *cfg, const struct principal *p)
{
	switch (rate) {
	case RATE_COMMON:
	case RATE_PANEL:
		return COMMON_LIMIT;
	case RATE_MACHINE:
		return MACHINE_LIMIT;
	case RATE_ACTION:
		return ACTION_LIMIT;
	case RATE_NETWORK:
		return p->who == WHO_SESSION ? SESSION_LIMIT : cfg->auth.network_rate_per_minute;
	case RATE_UNSET:
	case RATE_NONE:
	case RATES:
		break;
	}
	return 0;
}

bool rate_counts_failures(enum rate rate)
{
	return rate == RATE_NETWORK;
}

bool rate_take(struct rate_table *t, enum rate rate, const struct config *cfg,
	       const struct principal *p, const char *address, int64_t now, struct rate_state *out)
{
	char identity[IDENTITY], network[NEIGHBOURHOOD_TEXT];

	*out = (struct rate_state){ .limit = limit_of(rate, cfg, p) };
	if (!out->limit)
		return true;
	switch (p->who) {
	case WHO_KEY:
	case WHO_TOKEN:
		snprintf(identity, sizeof(identity), "%d %d %lld", rate, p->who, (long long)p->id);
		break;
	case WHO_JWT:
	case WHO_SESSION:
		snprintf(identity, sizeof(identity), "%d %d %lld", rate, p->who,
			 (long long)p->user_id);
		break;
	case WHO_NOBODY:
	case WHO_ANYONE:
	case WHO_TRUSTED:
		write_neighbourhood(address, network);
		snprintf(identity, sizeof(identity), "%d address %s", rate, network);
		break;
	}
	return take(t, identity, now, out);
}
