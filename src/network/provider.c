/* provider.c: see provider.h */
#include "network/provider.h"

#include <string.h>

enum { STALE_MIN_S = 90, STALE_POLLS = 3 };

static const struct field provider_fields[] = {
	{ FIELD(struct provider, name) },	  { FIELD(struct provider, devices) },
	{ FIELD(struct provider, devices_at) },	  { FIELD(struct provider, traffic_at) },
	{ FIELD(struct provider, wan_at) },	  { FIELD(struct provider, box_at) },
	{ FIELD(struct provider, up_bps) },	  { FIELD(struct provider, down_bps) },
	{ FIELD(struct provider, sent) },	  { FIELD(struct provider, received) },
	{ FIELD(struct provider, sent_offset) },  { FIELD(struct provider, received_offset) },
	{ FIELD(struct provider, wide) },	  { FIELD(struct provider, reset_at) },
	{ FIELD(struct provider, external_ip) },  { FIELD(struct provider, last_ip) },
	{ FIELD(struct provider, connected) },	  { FIELD(struct provider, linked) },
	{ FIELD(struct provider, uptime_s) },	  { FIELD(struct provider, max_up_bps) },
	{ FIELD(struct provider, max_down_bps) }, { FIELD(struct provider, model) },
	{ FIELD(struct provider, firmware) },	  { FIELD(struct provider, silent) },
	{ FIELD(struct provider, down) },	  { .key = NULL },
};
static const struct shape provider_shape = { "Provider", sizeof(struct provider), provider_fields };

/* What changes with each poll. */
static const struct field number_fields[] = {
	{ FIELD(struct provider, devices_at) },
	{ FIELD(struct provider, traffic_at) },
	{ FIELD(struct provider, wan_at) },
	{ FIELD(struct provider, up_bps) },
	{ FIELD(struct provider, down_bps) },
	{ FIELD(struct provider, sent) },
	{ FIELD(struct provider, received) },
	{ FIELD(struct provider, sent_offset) },
	{ FIELD(struct provider, received_offset) },
	{ FIELD(struct provider, uptime_s) },
	{ .key = NULL },
};
static const struct shape numbers_shape = { "ProviderNumbers", sizeof(struct provider),
					    number_fields };

static uint64_t key_of(const char *name)
{
	return live_key("provider", name, "", 0);
}

QUERY(q_get) = {
	.sql = "SELECT name, devices, devices_at, traffic_at, wan_at, box_at, up_bps, down_bps, sent, received,"
	       " sent_offset, received_offset, wide, reset_at, external_ip, last_ip, connected, linked, uptime_s,"
	       " max_up_bps, max_down_bps, model, firmware, silent, down"
	       " FROM series.net_provider WHERE name = :name",
	.in = &provider_shape,
	.out = &provider_shape,
};

QUERY(q_put) = {
	.sql = "REPLACE INTO series.net_provider (name, devices, devices_at, traffic_at, wan_at, box_at, up_bps,"
	       " down_bps, sent, received, sent_offset, received_offset, wide, reset_at, external_ip, last_ip,"
	       " connected, linked, uptime_s, max_up_bps, max_down_bps, model, firmware, silent, down)"
	       " VALUES (:name, :devices, :devices_at, :traffic_at, :wan_at, :box_at, :up_bps,"
	       " :down_bps, :sent, :received, :sent_offset, :received_offset, :wide, :reset_at, :external_ip,"
	       " :last_ip, :connected, :linked, :uptime_s, :max_up_bps, :max_down_bps, :model, :firmware, :silent,"
	       " :down)",
	.in = &provider_shape,
};

enum err_code provider_get(struct db *db, const char *name, struct arena *a, struct provider *out,
			   struct err *e)
{
	struct provider key = { .name = name };
	struct err failure;
	enum err_code code = db_get(db, &q_get, &key, out, a, &failure);

	if (code == ERR_NOT_FOUND) {
		*out = (struct provider){ .name = name };
		return ERR_NONE;
	}
	if (code)
		*e = failure;
	else
		live_get(db_live(db), key_of(name), &numbers_shape, out);
	return code;
}

enum err_code provider_put(struct db *db, const struct provider *p, struct err *e)
{
	live_drop(db_live(db), key_of(p->name));
	return db_run(db, &q_put, p, e);
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

enum err_code provider_put_numbers(struct db *db, const struct provider *p,
				   const struct provider *old, struct err *e)
{
	bool same = old->devices_at.is && p->devices == old->devices &&
		    p->box_at.is == old->box_at.is && p->box_at.s == old->box_at.s &&
		    p->wide == old->wide && p->reset_at == old->reset_at &&
		    is_same_text(p->external_ip, old->external_ip) &&
		    p->connected == old->connected && p->linked == old->linked &&
		    p->max_up_bps == old->max_up_bps && p->max_down_bps == old->max_down_bps &&
		    p->silent == old->silent && p->down == old->down;

	return same && live_put(db_live(db), key_of(p->name), &numbers_shape, p)
		       ? ERR_NONE
		       : provider_put(db, p, e);
}

bool provider_is_stale(const struct config *cfg, int64_t fetched_at, int64_t now)
{
	int64_t limit_s = STALE_POLLS * cfg->fritzbox.poll_seconds;

	return now - fetched_at > (limit_s > STALE_MIN_S ? limit_s : STALE_MIN_S);
}
