/* slots.c: see slots.h */
#include "auth/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum {
	WAITING = 1 << 16, /* the first byte of those who wait; the slots begin at 0 */
	TRIES = 25,
	PAUSE_MS = 20,
	NONE = -1,
};

struct slots {
	int fd, n, n_waiting;
};

enum err_code slots_open(struct slots **out, const char *dir, struct err *e)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	char path[PATH_MAX];
	struct slots *s;
	int fd;

	snprintf(path, sizeof(path), "%s/run/hash.lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		log_line(LOG_ERROR, "cannot open %s: %s", path, strerror(errno));
		return err_code_set(e, ERR_INTERNAL);
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->fd = fd;
	s->n = cores > 1 ? (int)cores : 1;
	s->n_waiting = s->n / 2;
	*out = s;
	return ERR_NONE;
}

void slots_close(struct slots *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

/* Belongs to the open file, which no other worker has, so that it ends with this process. */
static bool set_lock(struct slots *s, int byte, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(s->fd, F_OFD_SETLK, &lock) == 0;
}

/* A free one of n bytes, or NONE. */
static int lock_any(struct slots *s, int first, int n)
{
	for (int i = 0; i < n; i++)
		if (set_lock(s, first + i, F_WRLCK))
			return first + i;
	return NONE;
}

static int wait_for_slot(struct slots *s)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int place = lock_any(s, WAITING, s->n_waiting), slot = NONE;

	if (place == NONE)
		return NONE;
	for (int i = 0; i < TRIES && slot == NONE; i++) {
		nanosleep(&pause, NULL);
		slot = lock_any(s, 0, s->n);
	}
	set_lock(s, place, F_UNLCK);
	return slot;
}

enum err_code slot_take(struct slots *s, int *slot, struct err *e)
{
	*slot = s ? lock_any(s, 0, s->n) : NONE;
	if (s && *slot == NONE)
		*slot = wait_for_slot(s);
	if (!s || *slot != NONE)
		return ERR_NONE;
	err_set(e, ERR_RATE, "Too many logins at once. Try again in a moment.");
	e->retry_after_s = 1;
	return ERR_RATE;
}

void slot_release(struct slots *s, int slot)
{
	if (s)
		set_lock(s, slot, F_UNLCK);
}
