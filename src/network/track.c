/* track.c: see track.h */
#include "network/track.h"

#include <string.h>
#include <sys/socket.h>

#include "base/net.h"

#define WRAP ((int64_t)1 << 32)

/* A counter that stood above half its range may have wrapped; one below has been reset. */
#define WRAP_LIKELY ((int64_t)1 << 31)

enum counter_step counter_step(struct counter *c, uint64_t raw, bool was_wide, bool wide,
			       bool uptime_back)
{
	int64_t now = raw < (uint64_t)COUNTER_MAX ? (int64_t)raw : COUNTER_MAX;
	int64_t old;

	if (wide)
		c->offset = 0;
	else if (was_wide) /* the box stopped saying the upper half */
		c->offset = c->total - c->total % WRAP;
	old = c->total - c->offset;
	if (now >= old) {
		c->total = c->offset + now;
		return COUNTER_MOVED;
	}
	if (!wide && !uptime_back && old > WRAP_LIKELY && c->offset < COUNTER_MAX) {
		c->offset += WRAP;
		c->total = c->offset + now;
		return COUNTER_WRAPPED;
	}
	*c = (struct counter){ .total = now };
	return COUNTER_RESET;
}

bool mean_rates(const struct traffic_point *from, const struct traffic_point *to, int64_t reset_at,
		int64_t *up_bps, int64_t *down_bps)
{
	int64_t seconds = to->at - from->at;

	if (!from->at || from->at < reset_at || seconds <= 0 || seconds > MEAN_MAX_S ||
	    to->sent < from->sent || to->received < from->received)
		return false;
	*up_bps = (to->sent - from->sent) * 8 / seconds;
	*down_bps = (to->received - from->received) * 8 / seconds;
	return true;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum presence_step presence_step(struct presence *p, bool active, int64_t previous, int64_t now,
				 int64_t *began)
{
	bool gap = previous && now - previous > PRESENCE_GAP_S;
	int64_t since = p->since;

	if (active != p->online) {
		if (!active) {
			p->last_seen = earlier(previous, now);
			p->until = now;
		}
		p->online = active;
		p->changed_at = now;
	}
	*began = since;
	if (gap && since) {
		p->until = previous;
		p->since = active ? now : 0;
		p->misses = 0;
		return active ? PRESENCE_SPLIT : PRESENCE_WENT;
	}
	if (active) {
		p->misses = 0;
		if (since)
			return PRESENCE_SAME;
		p->since = now;
		return PRESENCE_CAME;
	}
	if (!since || ++p->misses < GRACE_POLLS)
		return PRESENCE_SAME;
	p->since = 0;
	p->misses = 0;
	return PRESENCE_WENT;
}

unsigned line_changes(const struct line_state *old, const struct line_state *now)
{
	unsigned changes = 0;

	if (now->connected && !old->connected)
		changes |= LINE_UP;
	if (!now->connected && old->connected)
		changes |= LINE_DOWN;
	if (now->connected && old->connected && now->uptime_s < old->uptime_s)
		changes |= LINE_RECONNECTED;
	if (now->ip && old->ip && strcmp(now->ip, old->ip) != 0)
		changes |= LINE_IP_CHANGED;
	return changes;
}

void hour_start(struct hour *h, int64_t ts, const struct traffic_point *before)
{
	*h = (struct hour){ .ts = ts, .last = *before };
}

/* Bytes since the point before; all of them after a reset. */
static int64_t moved(int64_t from, int64_t to)
{
	return to >= from ? to - from : to;
}

void hour_add(struct hour *h, const struct minute *m)
{
	h->minutes++;
	h->up_bps += m->up_bps;
	h->down_bps += m->down_bps;
	if (m->up_bps > h->up_max_bps)
		h->up_max_bps = m->up_bps;
	if (m->down_bps > h->down_max_bps)
		h->down_max_bps = m->down_bps;
	if (h->last.at) {
		h->sent += moved(h->last.sent, m->traffic.sent);
		h->received += moved(h->last.received, m->traffic.received);
	}
	h->last = m->traffic;
}

void hour_finish(struct hour *h)
{
	if (!h->minutes)
		return;
	h->up_bps /= h->minutes;
	h->down_bps /= h->minutes;
}

int64_t ip_order(const char *ip)
{
	struct address a;

	if (!*ip)
		return (int64_t)1 << 34;
	if (!parse_address(ip, &a) || a.family != AF_INET)
		return (int64_t)1 << 33;
	return (int64_t)a.bytes[0] << 24 | (int64_t)a.bytes[1] << 16 | (int64_t)a.bytes[2] << 8 |
	       a.bytes[3];
}
