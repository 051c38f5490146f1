/* live.c: see live.h */
#include "db/live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	FILE_BYTES = 1 << 20, /* three times what 500 servers and 2500 guests take */
	TRIES = 100,	      /* a publication takes microseconds */
	MAX_CELLS = 32,
};

#define ABSENT INT64_MIN

static const uint64_t LAYOUT = 0x6c69766531ULL; /* changes with that of the file or of a shape */

/* The file. While seq is odd the rest is being written. */
struct file {
	uint64_t layout;
	char boot[BOOT_TEXT]; /* of the kernel that wrote it: a power cut may leave half of it */
	uint64_t seq;
	uint64_t size; /* bytes of records */
	char records[];
};

enum { RECORD_BYTES = FILE_BYTES - sizeof(struct file) };

union cell {
	int64_t i;
	double d;
};

struct record {
	uint64_t key, n;
	union cell cells[];
};

struct live {
	struct file *file; /* NULL: there is none */
	bool writer, changed;
	/* a copy, so that a transaction sees one state */
	uint64_t seq, size;
	char *records;
	uint64_t at; /* where the last one was found: the next one is often behind it */
};

static void file_init(struct file *f, const char boot[BOOT_TEXT])
{
	memset(f, 0, sizeof(*f));
	memcpy(f->boot, boot, BOOT_TEXT);
	f->layout = LAYOUT;
}

static struct file *file_map(const char *dir)
{
	char path[PATH_MAX], boot[BOOT_TEXT];
	void *map = MAP_FAILED;
	struct file *f;
	int fd;

	clock_boot(boot);
	snprintf(path, sizeof(path), "%s/run/live", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL; /* no instance runs in this folder yet */
	/* all blocks are taken now: touching one that a full disk has no room for would kill */
	if (flock(fd, LOCK_EX) == 0 && ftruncate(fd, FILE_BYTES) == 0 &&
	    (errno = posix_fallocate(fd, 0, FILE_BYTES)) == 0)
		map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		log_line(LOG_WARNING, "cannot map %s: %s", path, strerror(errno));
		close(fd);
		return NULL;
	}
	f = map;
	if (f->layout != LAYOUT || memcmp(f->boot, boot, BOOT_TEXT) != 0)
		file_init(f, boot);
	flock(fd, LOCK_UN); /* the mapping keeps the file open, so closing would not release it */
	close(fd);
	return f;
}

struct live *live_open(const char *dir)
{
	struct live *l = calloc(1, sizeof(*l));

	if (!l || !(l->records = malloc(RECORD_BYTES)))
		abort();
	l->file = file_map(dir);
	live_refresh(l);
	return l;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	if (l->file)
		munmap(l->file, FILE_BYTES);
	free(l->records);
	free(l);
}

void live_write(struct live *l)
{
	l->writer = l->file != NULL;
	if (!l->writer || l->file->seq % 2 == 0)
		return;
	/* the writer before us died over it */
	l->file->size = 0;
	__atomic_store_n(&l->file->seq, l->file->seq + 1, __ATOMIC_RELEASE);
	live_refresh(l);
}

void live_refresh(struct live *l)
{
	struct file *f = l->file;

	l->at = 0;
	if (!f || (!l->changed && __atomic_load_n(&f->seq, __ATOMIC_ACQUIRE) == l->seq))
		return;
	l->changed = false;
	for (int i = 0; i < TRIES; i++) {
		uint64_t seq = __atomic_load_n(&f->seq, __ATOMIC_ACQUIRE);
		uint64_t size = f->size < RECORD_BYTES ? f->size : RECORD_BYTES;

		if (seq % 2 == 0) {
			memcpy(l->records, f->records, size);
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (__atomic_load_n(&f->seq, __ATOMIC_RELAXED) == seq) {
				l->seq = seq;
				l->size = size;
				return;
			}
		}
		sched_yield();
	}
	l->size = 0; /* its writer died over it */
}

void live_publish(struct live *l)
{
	struct file *f = l->file;

	if (!l->writer || !l->changed)
		return;
	l->changed = false;
	__atomic_store_n(&f->seq, l->seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	f->size = l->size;
	memcpy(f->records, l->records, l->size);
	l->seq += 2;
	__atomic_store_n(&f->seq, l->seq, __ATOMIC_RELEASE);
}

int64_t live_version(const struct live *l)
{
	return (int64_t)l->seq;
}

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

uint64_t live_key(const char *table, const char *name, const char *part, int64_t number)
{
	uint64_t h = 0xcbf29ce484222325u;

	h = hash(h, table, strlen(table) + 1);
	h = hash(h, name, strlen(name) + 1);
	h = hash(h, part, strlen(part) + 1);
	return hash(h, &number, sizeof(number));
}

static struct record *record_at(const struct live *l, uint64_t at)
{
	return (struct record *)(void *)(l->records + at);
}

static uint64_t record_bytes(const struct record *r)
{
	return sizeof(*r) + r->n * sizeof(r->cells[0]);
}

/* One in [from, to). */
static struct record *search(struct live *l, uint64_t key, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at + sizeof(struct record) <= to;) {
		struct record *r = record_at(l, at);

		if (r->n > MAX_CELLS || at + record_bytes(r) > to)
			return NULL; /* not written by us */
		if (r->key == key) {
			l->at = at;
			return r;
		}
		at += record_bytes(r);
	}
	return NULL;
}

static struct record *find(struct live *l, uint64_t key)
{
	uint64_t last = l->at;
	struct record *r = search(l, key, last, l->size);

	return r ? r : search(l, key, 0, last);
}

static uint64_t count(const struct shape *shape)
{
	uint64_t n = 0;

	while (shape->fields[n].key)
		n++;
	return n;
}

static union cell cell_of(const struct field *f, const void *row)
{
	const void *at = field_in(f, row);

	switch (f->kind) {
	case KIND_BOOL:
		return (union cell){ .i = *(const bool *)at };
	case KIND_INT:
		return (union cell){ .i = *(const int64_t *)at };
	case KIND_STAMP:
		return (union cell){ .i = ((const struct stamp *)at)->s };
	case KIND_NUM:
		return (union cell){ .d = *(const double *)at };
	case KIND_MAYBE_INT:
		return (union cell){ .i = ((const struct maybe_int *)at)->is
						  ? ((const struct maybe_int *)at)->v
						  : ABSENT };
	case KIND_MAYBE_STAMP:
		return (union cell){ .i = ((const struct maybe_stamp *)at)->is
						  ? ((const struct maybe_stamp *)at)->s
						  : ABSENT };
	case KIND_MAYBE_NUM:
		return (union cell){ .d = ((const struct maybe_num *)at)->is
						  ? ((const struct maybe_num *)at)->v
						  : NAN };
	case KIND_STR:
	case KIND_BLOB:
	case KIND_NONE:
		break;
	}
	abort(); /* no number */
}

static void cell_take(const struct field *f, union cell c, void *row)
{
	void *at = field_at(f, row);
	bool is = c.i != ABSENT;

	switch (f->kind) {
	case KIND_BOOL:
		*(bool *)at = c.i != 0;
		break;
	case KIND_INT:
		*(int64_t *)at = c.i;
		break;
	case KIND_STAMP:
		((struct stamp *)at)->s = c.i;
		break;
	case KIND_NUM:
		*(double *)at = c.d;
		break;
	case KIND_MAYBE_INT:
		*(struct maybe_int *)at = (struct maybe_int){ is ? c.i : 0, is };
		break;
	case KIND_MAYBE_STAMP:
		*(struct maybe_stamp *)at = (struct maybe_stamp){ is ? c.i : 0, is };
		break;
	case KIND_MAYBE_NUM:
		is = !isnan(c.d);
		*(struct maybe_num *)at = (struct maybe_num){ is ? c.d : 0, is };
		break;
	case KIND_STR:
	case KIND_BLOB:
	case KIND_NONE:
		abort();
	}
}

void live_drop(struct live *l, uint64_t key)
{
	struct record *r = l->writer ? find(l, key) : NULL;
	uint64_t size, behind;

	if (!r)
		return;
	size = record_bytes(r);
	behind = l->at + size;
	memmove(l->records + l->at, l->records + behind, l->size - behind);
	l->size -= size;
	l->changed = true;
}

bool live_put(struct live *l, uint64_t key, const struct shape *shape, const void *row)
{
	struct record *r;
	uint64_t n = count(shape);

	if (!l->writer)
		return false;
	r = find(l, key);
	if (r && r->n != n) { /* of an older program */
		live_drop(l, key);
		r = NULL;
	}
	if (!r) {
		if (n > MAX_CELLS || l->size + sizeof(*r) + n * sizeof(r->cells[0]) > RECORD_BYTES)
			return false;
		l->at = l->size;
		r = record_at(l, l->size);
		*r = (struct record){ key, n };
		l->size += record_bytes(r);
	}
	for (uint64_t i = 0; i < n && i < r->n; i++)
		r->cells[i] = cell_of(&shape->fields[i], row);
	l->changed = true;
	return true;
}

bool live_get(struct live *l, uint64_t key, const struct shape *shape, void *row)
{
	const struct record *r = find(l, key);

	if (!r || r->n != count(shape))
		return false;
	for (uint64_t i = 0; i < r->n; i++)
		cell_take(&shape->fields[i], r->cells[i], row);
	return true;
}
