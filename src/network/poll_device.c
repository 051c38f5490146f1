/* poll_device.c: the hosts of one poll against the devices known so far */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "db/event.h"
#include "json/jsonw.h"
#include "network/minute.h"
#include "network/poll.h"
#include "network/track.h"

enum {
	MAX_DEVICES = 4096, /* hosts of one list; a home has some dozens */
	MAX_NAME = 256,	    /* bytes */
	MAX_WORD = 64,	    /* bytes of the box's short words */
};

/* A row of net_device. */
struct known {
	int64_t id;
	const char *identity, *ip, *name, *mac, *interface_type, *address_source;
	int64_t ip_key;
	bool listed, offline;
	int64_t changed_at, first_seen, last_seen, present_since, present_until, misses, version;
	/* not stored */
	bool seen;    /* in this poll's list */
	bool touched; /* the row must be written */
};

static const struct field known_fields[] = {
	{ FIELD(struct known, id) },
	{ FIELD(struct known, identity) },
	{ FIELD(struct known, ip) },
	{ FIELD(struct known, name) },
	{ FIELD(struct known, mac) },
	{ FIELD(struct known, interface_type) },
	{ FIELD(struct known, address_source) },
	{ FIELD(struct known, ip_key) },
	{ FIELD(struct known, listed) },
	{ FIELD(struct known, offline) },
	{ FIELD(struct known, changed_at) },
	{ FIELD(struct known, first_seen) },
	{ FIELD(struct known, last_seen) },
	{ FIELD(struct known, present_since) },
	{ FIELD(struct known, present_until) },
	{ FIELD(struct known, misses) },
	{ FIELD(struct known, version) },
	{ .key = NULL },
};
static const struct shape known_shape = { "KnownDevice", sizeof(struct known), known_fields };

#define COLUMNS \
	"id, identity, ip, name, mac, interface_type, address_source, ip_key, listed, offline, changed_at, first_seen," \
	" last_seen, present_since, present_until, misses, version"

/* As many rows as the box's list has, and those that have just left it. */
QUERY(q_current) = {
	.sql = "SELECT " COLUMNS " FROM series.net_device WHERE listed = 1"
	       " UNION ALL SELECT " COLUMNS
	       " FROM series.net_device WHERE listed = 0 AND present_since > 0",
	.out = &known_shape,
	.scans = true,
};

QUERY(q_by_identity) = {
	.sql = "SELECT " COLUMNS " FROM series.net_device WHERE identity = :identity",
	.in = &known_shape,
	.out = &known_shape,
};

QUERY(q_add) = {
	.sql = "INSERT INTO series.net_device (identity, ip, name, mac, interface_type, address_source, ip_key, listed,"
	       " offline, changed_at, first_seen, last_seen, present_since, present_until, misses, version,"
	       " custom_name, device_type)"
	       " VALUES (:identity, :ip, :name, :mac, :interface_type, :address_source, :ip_key, :listed,"
	       " :offline, :changed_at, :first_seen, :last_seen, :present_since, :present_until, :misses, :version,"
	       " (SELECT custom_name FROM net_device_label WHERE identity = :identity),"
	       " (SELECT device_type FROM net_device_label WHERE identity = :identity))",
	.in = &known_shape,
};

QUERY(q_update) = {
	.sql = "UPDATE series.net_device SET ip = :ip, name = :name, interface_type = :interface_type,"
	       " address_source = :address_source, ip_key = :ip_key, listed = :listed, offline = :offline,"
	       " changed_at = :changed_at, last_seen = :last_seen, present_since = :present_since,"
	       " present_until = :present_until, misses = :misses, version = :version WHERE id = :id",
	.in = &known_shape,
};

struct span {
	int64_t device, from_at;
	struct maybe_int to_at;
	int64_t now, version;
	const char *ip, *name, *mac;
};

static const struct field span_fields[] = {
	{ FIELD(struct span, device) },
	{ FIELD(struct span, from_at) },
	{ FIELD(struct span, to_at) },
	{ FIELD(struct span, now) },
	{ FIELD(struct span, version) },
	{ FIELD(struct span, ip) },
	{ FIELD(struct span, name) },
	{ FIELD(struct span, mac) },
	{ .key = NULL },
};
static const struct shape span_shape = { "Span", sizeof(struct span), span_fields };

QUERY(q_version_end) = {
	.sql = "UPDATE series.net_device_version SET until = :now WHERE id = :version",
	.in = &span_shape,
};

QUERY(q_version_add) = {
	.sql = "INSERT INTO series.net_device_version (device, ip, name, mac, since)"
	       " VALUES (:device, :ip, :name, :mac, :now)",
	.in = &span_shape,
};

QUERY(q_presence_put) = {
	.sql = "REPLACE INTO series.net_presence (device, from_at, to_at) VALUES (:device, :from_at, :to_at)",
	.in = &span_shape,
};

struct census {
	struct db *db;
	struct arena *arena;
	int64_t previous, now; /* polls; previous 0: there was none */
	struct known **rows;   /* the first n_sorted by identity */
	size_t n, n_sorted, capacity;
	bool changed; /* the minute's rows are not what they were at the last poll */
};

static enum err_code load(void *row, void *ctx, struct err *e)
{
	struct census *c = ctx;
	struct known *k;

	(void)e;
	if (c->n == c->capacity)
		return ERR_NONE; /* more than any list: those come back by their identity */
	k = ARENA_NEW(c->arena, struct known);
	*k = *(const struct known *)row;
	k->identity = arena_strdup(c->arena, k->identity);
	k->ip = arena_strdup(c->arena, k->ip);
	k->name = arena_strdup(c->arena, k->name);
	k->mac = arena_strdup(c->arena, k->mac);
	k->interface_type = arena_strdup(c->arena, k->interface_type);
	k->address_source = arena_strdup(c->arena, k->address_source);
	c->rows[c->n++] = k;
	return ERR_NONE;
}

static int by_identity(const void *a, const void *b)
{
	return strcmp((*(struct known *const *)a)->identity, (*(struct known *const *)b)->identity);
}

/* The device with this identity, from the loaded ones, from the table, or NULL. */
static enum err_code find(struct census *c, const char *identity, struct known **out, struct err *e)
{
	struct known key = { .identity = identity }, *pkey = &key, *k;
	struct known **found =
		c->n_sorted ? bsearch(&pkey, c->rows, c->n_sorted, sizeof(*c->rows), by_identity)
			    : NULL;
	struct err failure;
	enum err_code code;

	*out = found ? *found : NULL;
	if (found)
		return ERR_NONE;
	k = ARENA_NEW(c->arena, struct known);
	code = db_get(c->db, &q_by_identity, &key, k, c->arena, &failure);
	if (code == ERR_NOT_FOUND)
		return ERR_NONE;
	if (code) {
		*e = failure;
		return code;
	}
	c->rows[c->n++] = *out = k;
	return ERR_NONE;
}

static bool differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

static enum err_code device_event(const struct census *c, const struct known *k, const char *kind,
				  struct err *e)
{
	struct buf data = { 0 };
	struct jsonw w;
	enum err_code code;

	jsonw_init(&w, &data, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "id");
	jsonw_int(&w, k->id);
	jsonw_key(&w, "name");
	jsonw_str(&w, k->name);
	jsonw_key(&w, "ip");
	jsonw_str(&w, k->ip);
	jsonw_key(&w, "mac");
	jsonw_str(&w, k->mac);
	jsonw_key(&w, "online");
	jsonw_bool(&w, !k->offline);
	jsonw_close(&w, '}');
	code = event_add(c->db, c->now, kind, k->identity, data.data, e);
	buf_done(&data);
	return code;
}

static enum err_code put_presence(const struct census *c, const struct known *k, int64_t from,
				  struct maybe_int to, struct err *e)
{
	struct span span = { .device = k->id, .from_at = from, .to_at = to };

	return db_run(c->db, &q_presence_put, &span, e);
}

/* Presence, its rows and its events. */
static enum err_code step(struct census *c, struct known *k, bool active, bool is_new,
			  struct err *e)
{
	struct presence p = { !k->offline,	k->changed_at,	  k->last_seen,
			      k->present_since, k->present_until, k->misses };
	int64_t began;
	enum presence_step step =
		presence_step(&p, active, is_new ? 0 : c->previous, c->now, &began);
	enum err_code code = ERR_NONE;

	if (p.online == k->offline)
		c->changed = k->touched = true;
	if (p.since != k->present_since || p.misses != k->misses)
		k->touched = true;
	k->offline = !p.online;
	k->changed_at = p.changed_at;
	k->last_seen = p.last_seen;
	k->present_since = p.since;
	k->present_until = p.until;
	k->misses = p.misses;
	if (step == PRESENCE_WENT || step == PRESENCE_SPLIT) {
		int64_t to =
			p.until > began ? p.until : began; /* the clock may have been set back */

		code = put_presence(c, k, began, (struct maybe_int){ to, true }, e);
	}
	if (!code && (step == PRESENCE_CAME || step == PRESENCE_SPLIT))
		code = put_presence(c, k, k->present_since, (struct maybe_int){ 0, false }, e);
	if (!code && step == PRESENCE_CAME && !is_new)
		code = device_event(c, k, "device.online", e);
	if (!code && step == PRESENCE_WENT)
		code = device_event(c, k, "device.offline", e);
	return code;
}

/* A new name or address is a new version. */
static enum err_code new_version(struct census *c, struct known *k, struct err *e)
{
	struct span span = {
		.device = k->id,
		.now = c->now,
		.version = k->version,
		.ip = k->ip,
		.name = k->name,
		.mac = k->mac,
	};
	enum err_code code = k->version ? db_run(c->db, &q_version_end, &span, e) : ERR_NONE;

	if (!code)
		code = db_run(c->db, &q_version_add, &span, e);
	if (!code)
		k->version = db_last_id(c->db);
	c->changed = k->touched = true;
	return code;
}

static enum err_code add(struct census *c, struct known *k, struct err *e)
{
	enum err_code code = db_run(c->db, &q_add, k, e);

	k->id = db_last_id(c->db);
	c->rows[c->n++] = k;
	return code ? code : new_version(c, k, e);
}

/* "" when the box has nothing */
static const char *clean(const struct census *c, const char *s, size_t max_bytes)
{
	return s ? text_clean(c->arena, s, strlen(s), max_bytes) : "";
}

static const char *clean_or_null(const struct census *c, const char *s)
{
	s = clean(c, s, MAX_WORD);
	return *s ? s : NULL;
}

/* What the box says about a host, as a row. */
static struct known *described(const struct census *c, const struct fritz_host *h)
{
	struct known *k = ARENA_NEW(c->arena, struct known);
	const char *name = clean(c, h->name, MAX_NAME);

	k->ip = clean(c, h->ip, MAX_WORD);
	k->mac = clean(c, h->mac, MAX_WORD);
	k->name = *name ? name : *k->ip ? k->ip : k->mac;
	k->identity = *k->mac ? k->mac : arena_printf(c->arena, "ip:%s", k->ip);
	k->ip_key = ip_order(k->ip);
	k->interface_type = clean_or_null(c, h->interface_type);
	k->address_source = clean_or_null(c, h->address_source);
	k->listed = true;
	k->offline = true;
	k->first_seen = c->now;
	return k;
}

/* Takes over what changed. */
static enum err_code refresh(struct census *c, struct known *k, const struct known *said,
			     struct err *e)
{
	bool version = differs(k->ip, said->ip) || differs(k->name, said->name);

	if (!k->listed || differs(k->interface_type, said->interface_type) ||
	    (said->address_source && differs(k->address_source, said->address_source)))
		k->touched = true;
	k->listed = true;
	k->ip = said->ip;
	k->ip_key = said->ip_key;
	k->name = said->name;
	k->interface_type = said->interface_type;
	if (said->address_source) /* the short list does not say it */
		k->address_source = said->address_source;
	return version ? new_version(c, k, e) : ERR_NONE;
}

static enum err_code visit(struct census *c, const struct fritz_host *h, struct err *e)
{
	struct known *said = described(c, h), *k;
	enum err_code code = find(c, said->identity, &k, e);
	bool is_new = !k;

	if (code || (k && k->seen))
		return code;
	if (is_new) {
		k = said;
		code = add(c, k, e);
	} else {
		code = refresh(c, k, said, e);
	}
	k->seen = true;
	if (!code)
		code = step(c, k, h->active, is_new, e);
	if (!code && is_new)
		code = device_event(c, k, "device.new", e);
	return code;
}

/* Online first does not matter here: places count down in the order of addresses. */
static int by_address_down(const void *a, const void *b)
{
	const struct known *x = *(struct known *const *)a, *y = *(struct known *const *)b;

	if (x->ip_key != y->ip_key)
		return x->ip_key < y->ip_key ? 1 : -1;
	return strcmp(y->mac, x->mac);
}

static bool in_history(const struct census *c, const struct known *k)
{
	return !k->offline || (k->last_seen && minute_of(k->changed_at) == minute_of(c->now));
}

/* The minute's rows, unless an earlier poll of the same minute has written the same. */
static enum err_code write_minute(struct census *c, struct err *e)
{
	struct minute_device *rows;
	int64_t ts = minute_of(c->now);
	size_t n = 0;

	if (!c->changed && c->previous && minute_of(c->previous) == ts)
		return ERR_NONE;
	qsort(c->rows, c->n, sizeof(*c->rows), by_address_down);
	rows = ARENA_ARRAY(c->arena, struct minute_device, c->n + 1);
	for (size_t i = 0; i < c->n; i++)
		if (in_history(c, c->rows[i]))
			rows[n++] = (struct minute_device){ .version = c->rows[i]->version,
							    .is_online = !c->rows[i]->offline };
	return minute_put_devices(c->db, ts, rows, n, e);
}

/* Devices that are not in the list any more, and all rows that changed. */
static enum err_code finish(struct census *c, int64_t *listed, struct err *e)
{
	enum err_code code = ERR_NONE;

	*listed = 0;
	for (size_t i = 0; !code && i < c->n; i++) {
		struct known *k = c->rows[i];

		if (!k->seen) {
			k->touched = k->touched || k->listed;
			k->listed = false;
			code = step(c, k, false, false, e);
		}
		if (k->listed)
			++*listed;
		if (!code && k->touched)
			code = db_run(c->db, &q_update, k, e);
	}
	return code;
}

enum err_code poll_store_devices(struct db *db, struct arena *a, const struct fritz_hosts *hosts,
				 struct provider *p, int64_t now, struct err *e)
{
	struct census c = {
		.db = db,
		.arena = a,
		.previous = p->devices_at.is ? p->devices_at.s : 0,
		.now = now,
		.capacity = 2 * MAX_DEVICES,
	};
	size_t n = hosts->n < MAX_DEVICES ? hosts->n : MAX_DEVICES;
	enum err_code code;

	if (n < hosts->n)
		log_line(LOG_WARNING, "%s lists %zu hosts, the first %zu are taken", p->name,
			 hosts->n, n);
	c.rows = ARENA_ARRAY(a, struct known *, c.capacity + n);
	code = db_each(db, &q_current, NULL, load, &c, e);
	qsort(c.rows, c.n, sizeof(*c.rows), by_identity);
	c.n_sorted = c.n;
	for (size_t i = 0; !code && i < n; i++)
		code = visit(&c, &hosts->rows[i], e);
	if (!code)
		code = finish(&c, &p->devices, e);
	if (!code)
		code = write_minute(&c, e);
	p->devices_at = (struct maybe_stamp){ now, true };
	return code;
}
