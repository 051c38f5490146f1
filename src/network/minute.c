/* minute.c: see minute.h */
#include "network/minute.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { MAX_WAITING = 30 };

/* Of one minute. */
static struct waiting {
	int64_t ts;
	bool has_row, has_devices;
	struct minute_row row;
	struct minute_device *devices;
	size_t n;
} waiting[MAX_WAITING]; /* ascending */
static size_t n_waiting;

static const struct field row_fields[] = {
	{ FIELD(struct minute_row, ts) },
	{ FIELD(struct minute_row, at) },
	{ FIELD(struct minute_row, sent) },
	{ FIELD(struct minute_row, received) },
	{ FIELD(struct minute_row, up_bps) },
	{ FIELD(struct minute_row, down_bps) },
	{ .key = NULL },
};
const struct shape minute_row_shape = { "MinuteRow", sizeof(struct minute_row), row_fields };

static const struct field device_fields[] = {
	{ FIELD(struct minute_device, ts) },
	{ FIELD(struct minute_device, place) },
	{ FIELD(struct minute_device, version) },
	{ FIELD(struct minute_device, is_online) },
	{ .key = NULL },
};
static const struct shape device_shape = { "MinuteDevice", sizeof(struct minute_device),
					   device_fields };

QUERY(q_before) = {
	.sql = "SELECT " MINUTE_COLUMNS " FROM series.net_bandwidth_minute"
	       " WHERE ts < :ts ORDER BY ts DESC LIMIT 1",
	.in = &minute_row_shape,
	.out = &minute_row_shape,
};

QUERY(q_put) = {
	.sql = "REPLACE INTO series.net_bandwidth_minute (" MINUTE_COLUMNS ")"
	       " VALUES (:ts, :at, :sent, :received, :up_bps, :down_bps)",
	.in = &minute_row_shape,
};

QUERY(q_clear) = {
	.sql = "DELETE FROM series.net_device_minute WHERE ts = :ts",
	.in = &device_shape,
};

QUERY(q_add) = {
	.sql = "INSERT INTO series.net_device_minute (ts, place, version, is_online)"
	       " VALUES (:ts, :place, :version, :is_online)",
	.in = &device_shape,
};

QUERY(q_count) = {
	.sql = "REPLACE INTO series.net_minute (ts, devices) VALUES (:ts, :place)",
	.in = &device_shape,
};

/* The place of a minute; those before it must not be many. */
static enum err_code place(struct db *db, int64_t ts, struct waiting **out, struct err *e)
{
	size_t i = n_waiting;
	enum err_code code;

	while (i && waiting[i - 1].ts > ts) /* the clock may have been set back */
		i--;
	if (i && waiting[i - 1].ts == ts) {
		*out = &waiting[i - 1];
		return ERR_NONE;
	}
	if (n_waiting == MAX_WAITING) {
		code = minute_flush(db, e);
		if (code)
			return code;
		i = 0;
	}
	memmove(&waiting[i + 1], &waiting[i], (n_waiting - i) * sizeof(*waiting));
	waiting[i] = (struct waiting){ .ts = ts };
	n_waiting++;
	*out = &waiting[i];
	return ERR_NONE;
}

enum err_code minute_before(struct db *db, int64_t ts, struct minute_row *out, struct err *e)
{
	struct minute_row key = { .ts = ts };
	struct err none;
	enum err_code code;

	for (size_t i = n_waiting; i-- > 0;)
		if (waiting[i].has_row && waiting[i].ts < ts) {
			*out = waiting[i].row;
			return ERR_NONE;
		}
	*out = (struct minute_row){ 0 };
	code = db_get(db, &q_before, &key, out, NULL, &none);
	if (code && code != ERR_NOT_FOUND) {
		*e = none;
		return code;
	}
	return ERR_NONE;
}

enum err_code minute_put(struct db *db, const struct minute_row *row, struct err *e)
{
	struct waiting *w;
	enum err_code code = place(db, row->ts, &w, e);

	if (code)
		return code;
	w->row = *row;
	w->has_row = true;
	return ERR_NONE;
}

enum err_code minute_put_devices(struct db *db, int64_t ts, const struct minute_device *rows,
				 size_t n, struct err *e)
{
	struct waiting *w;
	enum err_code code = place(db, ts, &w, e);

	if (code)
		return code;
	free(w->devices);
	w->devices = calloc(n + 1, sizeof(*rows));
	if (!w->devices)
		abort();
	w->n = n;
	w->has_devices = true;
	for (size_t i = 0; i < n; i++) {
		w->devices[i] = rows[i];
		w->devices[i].ts = ts;
		w->devices[i].place = (int64_t)i;
	}
	return ERR_NONE;
}

static enum err_code flush_devices(struct db *db, const struct waiting *w, struct err *e)
{
	struct minute_device minute = { .ts = w->ts, .place = (int64_t)w->n };
	enum err_code code = db_run(db, &q_clear, &minute, e);

	for (size_t i = 0; !code && i < w->n; i++)
		code = db_run(db, &q_add, &w->devices[i], e);
	return code ? code : db_run(db, &q_count, &minute, e);
}

/* Those that began before that time. */
static enum err_code flush_before(struct db *db, int64_t end, struct err *e)
{
	enum err_code code = ERR_NONE;
	size_t n = 0;

	for (; !code && n < n_waiting && waiting[n].ts < end; n++) {
		if (waiting[n].has_row)
			code = db_run(db, &q_put, &waiting[n].row, e);
		if (!code && waiting[n].has_devices)
			code = flush_devices(db, &waiting[n], e);
	}
	if (code)
		return code;
	for (size_t i = 0; i < n; i++)
		free(waiting[i].devices);
	n_waiting -= n;
	memmove(waiting, waiting + n, n_waiting * sizeof(*waiting));
	return ERR_NONE;
}

enum err_code minute_store(struct db *db, int64_t now, struct err *e)
{
	return flush_before(db, now / MINUTE_S * MINUTE_S, e);
}

enum err_code minute_flush(struct db *db, struct err *e)
{
	return flush_before(db, INT64_MAX, e);
}
