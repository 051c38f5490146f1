/* demo.c: see demo.h. The home is that of the stand-in box in t/peers, so that polling it goes on
 * with these devices. */
#include "network/demo.h"

#include <math.h>
#include <stddef.h>

#include "base/clock.h"
#include "network/minute.h"
#include "network/poll.h"
#include "network/track.h"

enum {
	DAYS = 7,
	POLLS_A_BATCH = 120, /* polls stored in one transaction */
	UP_BPS = 46720000,
	DOWN_BPS = 266848000,
	RECONNECT_S = 3 * HOUR_S +
		      40 * MINUTE_S, /* of the day: providers cut long connections at night */
	OUTAGE_DAY = 3,		     /* the box is switched off for a while */
	OUTAGE_S = 19 * HOUR_S + 10 * MINUTE_S,
	OUTAGE_LENGTH_S = 25 * MINUTE_S,
};

enum habit { ALWAYS, PERSON, EVENING, SELDOM };

/* clang-format off */
static const struct {
	struct fritz_host host;
	enum habit habit;
} home[] = {
	{ { "192.168.178.1", "fritz.box", "00:11:32:19:AC:D4", "Ethernet", "Static", false }, ALWAYS },
	{ { "192.168.178.21", "Sonos Küche & Büro", "3C:A6:2F:3C:3B:0F", "802.11", "DHCP", false }, ALWAYS },
	{ { "192.168.178.22", "iPhone", "A4:CF:12:85:C2:F7", "802.11", "DHCP", false }, PERSON },
	{ { "192.168.178.23", "", "5C:E5:0C:57:70:00", "802.11", "DHCP", false }, ALWAYS },
	{ { "192.168.178.25", "iPhone", "3C:A6:2F:08:37:A6", "802.11", "DHCP", false }, PERSON },
	{ { "192.168.178.26", "Телефон-Анна", "7C:2F:80:27:3B:E2", "802.11", "DHCP", false }, PERSON },
	{ { "192.168.178.27", "nas", "D8:3A:DD:C7:35:FA", "Ethernet", "Static", false }, ALWAYS },
	{ { "192.168.179.28", "Gäste-Tablet", "A4:CF:12:CE:8F:08", "802.11", "DHCP", false }, SELDOM },
	{ { "192.168.178.29", "raspberrypi", "5C:E5:0C:23:0B:CF", "Ethernet", "Static", false }, ALWAYS },
	{ { "192.168.178.30", "Wohnzimmer-TV", "3C:A6:2F:43:1C:FA", "Ethernet", "DHCP", false }, EVENING },
	{ { "192.168.178.31", "DESKTOP-7Q2LK1M", "3C:A6:2F:E0:32:A8", "Ethernet", "DHCP", false }, EVENING },
	{ { "192.168.178.32", "Drucker Flur (1. OG)", "F0:18:98:61:C4:7F", "802.11", "Static", false }, SELDOM },
	{ { "192.168.178.33", "fritz.repeater", "B8:27:EB:CB:DE:E9", "802.11", "DHCP", false }, ALWAYS },
	{ { "192.168.178.34", "Galaxy-S22-von-Jörg", "48:B0:2D:41:DE:E9", "802.11", "DHCP", false }, PERSON },
	{ { "192.168.178.35", "Heizung <Keller>", "B8:27:EB:94:0B:2A", "802.11", "DHCP", false }, ALWAYS },
	{ { "192.168.178.36", "powerline-garage", "F0:18:98:6F:8A:CA", "HomePlug", "DHCP", false }, ALWAYS },
	{ { "192.168.178.37", "shellyplug-s-4A12F0", "3C:A6:2F:25:62:3B", "802.11", "DHCP", false }, ALWAYS },
	{ { "192.168.178.38", "Saugroboter", "A4:CF:12:2B:FF:C3", "802.11", "DHCP", false }, SELDOM },
	{ { "192.168.178.39", "iPad-Ελένη", "00:11:32:BB:12:FC", "802.11", "DHCP", false }, EVENING },
	{ { "192.168.178.40", "camera-einfahrt", "F0:18:98:01:56:C4", "Ethernet", "DHCP", false }, ALWAYS },
	{ { "192.168.178.41", "android-5c1d2e9f03", "DA:05:58:C0:F0:2A", "802.11", "DHCP", false }, PERSON },
	{ { "192.168.178.42", "PC-192-168-178-61", "A4:CF:12:88:2A:FF", "802.11", "DHCP", false }, EVENING },
	{ { "192.168.178.43", "Klingel \"Haustür\"", "F0:18:98:95:B8:EB", "802.11", "DHCP", false }, ALWAYS },
};
/* clang-format on */

enum { HOME = sizeof(home) / sizeof(*home) };

/* The last one is the address the stand-in has. */
static const char *const addresses[] = { "203.0.113.12",  "198.51.100.7",  "203.0.113.88",
					 "198.51.100.41", "203.0.113.140", "198.51.100.93",
					 "203.0.113.5",	  "203.0.113.41" };

enum { ADDRESSES = sizeof(addresses) / sizeof(*addresses) };

/* A number in [0, 1) that depends on nothing but a and b. */
static double noise(int64_t a, int64_t b)
{
	uint64_t x = (uint64_t)a * 0x9e3779b97f4a7c15u + (uint64_t)b * 0xc2b2ae3d27d4eb4fu;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (double)((x ^ x >> 31) >> 11) / (double)(1ull << 53);
}

static double bump(double hour, double middle, double width)
{
	double away = fabs(hour - middle);

	if (away > 12)
		away = 24 - away;
	return exp(-(away / width) * (away / width));
}

static double hour_of_day(int64_t t)
{
	return (double)(t % DAY_S) / HOUR_S;
}

/* 1970 began on a Thursday. */
static bool is_weekend(int64_t t)
{
	return (t / DAY_S + 3) % 7 >= 5;
}

static double likely(enum habit habit, int64_t t)
{
	double hour = hour_of_day(t);

	switch (habit) {
	case ALWAYS:
		return 0.997;
	case PERSON:
		return is_weekend(t) ? 0.8 : 1 - 0.9 * bump(hour, 12.5, 4);
	case EVENING:
		return 0.03 + 0.9 * bump(hour, 20, 2.6);
	case SELDOM:
		return is_weekend(t) ? 0.4 * bump(hour, 15, 4) : 0.08 * bump(hour, 11, 5);
	}
	return 0;
}

/* Half hours of being there or not, each with its own moment of change. */
static bool is_active(int device, enum habit habit, int64_t t)
{
	int64_t shift = (int64_t)(noise(device, 77) * 1800), slot = (t + shift) / 1800;

	return noise(device * 1000 + 5, slot) < likely(habit, slot * 1800 - shift);
}

static bool is_out(int64_t start, int64_t t)
{
	int64_t from = start - start % DAY_S + OUTAGE_DAY * DAY_S + OUTAGE_S;

	return t >= from && t < from + OUTAGE_LENGTH_S;
}

/* The night's cuts so far, and when the connection began. */
static int64_t connected_since(int64_t start, int64_t t, int *cuts)
{
	int64_t first = start - start % DAY_S + RECONNECT_S;

	*cuts = t < first ? 0 : (int)((t - first) / DAY_S) + 1;
	return *cuts ? first + (*cuts - 1) * DAY_S : start - 5 * HOUR_S;
}

/* Bits/s at a moment. */
static void traffic(int64_t t, int64_t *up, int64_t *down)
{
	double hour = hour_of_day(t), minute = (double)(t / MINUTE_S % 1000000);
	double mood = 0.06 + 0.3 * bump(hour, 7.5, 1.2) + 0.25 * bump(hour, 13, 2) +
		      bump(hour, 20.5, 2.2);
	double wobble = 0.6 + 0.8 * noise(21, t / MINUTE_S), wave = 0.75 + 0.25 * sin(minute / 7);
	double burst = noise(23, t / 300) < 0.03 + 0.12 * mood ? 0.2 + 0.6 * noise(24, t / 300) : 0;
	double share = 0.05 * mood * wobble * wave + burst * (0.7 + 0.3 * noise(25, t / MINUTE_S));
	double sending = noise(26, t / 900) < 0.05 ? 0.3 + 0.5 * noise(27, t / 900) : 0;

	*down = (int64_t)(DOWN_BPS * fmin(share + 0.001, 0.95));
	*up = (int64_t)(UP_BPS * fmin(0.01 * wobble + 0.12 * share + sending, 0.95));
}

struct line {
	int64_t start; /* of the week */
	uint64_t sent, received;
	int cuts;
};

/* What the box would have answered. */
static void invent(struct line *line, int64_t t, struct fritz_host hosts[HOME],
		   struct fritz_round *out)
{
	int64_t since, up, down;
	int cuts;

	*out = (struct fritz_round){ .hosts = { hosts, HOME } };
	if (is_out(line->start, t)) {
		out->hosts_state = out->traffic_state = out->wan_state = PEER_CONNECT_FAILED;
		return;
	}
	since = connected_since(line->start, t, &cuts);
	if (cuts != line->cuts)
		line->sent = line->received = 0;
	line->cuts = cuts;
	traffic(t, &up, &down);
	line->sent += (uint64_t)up / 8 * MINUTE_S;
	line->received += (uint64_t)down / 8 * MINUTE_S;
	for (int i = 0; i < HOME; i++) {
		hosts[i] = home[i].host;
		hosts[i].active = is_active(i, home[i].habit, t);
	}
	out->traffic = (struct fritz_traffic){ up, down, line->sent, line->received, true };
	out->wan = (struct fritz_wan){
		.connected = true,
		.linked = true,
		.uptime_s = t - since,
		.external_ip = addresses[cuts < ADDRESSES ? cuts : ADDRESSES - 1],
		.max_up_bps = UP_BPS,
		.max_down_bps = DOWN_BPS,
	};
}

static enum err_code batch(struct db *db, struct line *line, struct provider *p, int64_t from,
			   int64_t to, struct err *e)
{
	enum err_code code = db_begin(db, TX_WRITE, e);

	for (int64_t t = from; !code && t < to; t += MINUTE_S) {
		struct arena *a = arena_new();
		struct fritz_host hosts[HOME];
		struct fritz_round round;

		invent(line, t, hosts, &round);
		code = poll_store(db, a, &round, p, t, e);
		p->external_ip = p->last_ip =
			addresses[line->cuts < ADDRESSES ? line->cuts : ADDRESSES - 1];
		arena_free(a);
	}
	if (!code)
		code = minute_flush(db, e);
	if (!code)
		code = provider_put(db, p, e);
	if (!code)
		code = db_commit(db, e);
	db_rollback(db);
	return code;
}

enum err_code network_demo(struct db *db, int64_t now, struct err *e)
{
	struct line line = { .start = minute_of(now) - DAYS * DAY_S };
	int64_t end = minute_of(now);
	struct arena *a = arena_new();
	struct provider p = { 0 };
	enum err_code code = provider_get(db, PROVIDER_FRITZBOX, a, &p, e);
	bool known = p.devices_at.is;

	p.name = PROVIDER_FRITZBOX;
	p.model = "FRITZ!Box 7590";
	p.firmware = "154.08.02";
	for (int64_t t = line.start; !code && !known && t < end; t += POLLS_A_BATCH * MINUTE_S) {
		int64_t to = t + POLLS_A_BATCH * MINUTE_S;

		/* the counters of a box that is polled next have nothing to do with these */
		if (to >= end)
			p.reset_at = now + 1;
		code = batch(db, &line, &p, t, to < end ? to : end, e);
	}
	arena_free(a);
	return code;
}
