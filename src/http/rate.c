/* rate.c: see rate.h */
#include "http/rate.h"

#include <stdio.h>

#include "base/net.h"

enum {
	WINDOW_S = 60,
	SESSION_LIMIT = 600, /* a minute: the web panel polls */
	COMMON_LIMIT = 600,  /* a minute, as are the next: what each class is for says route.h */
	MACHINE_LIMIT = 60,
	ACTION_LIMIT = 60,
};

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
	char identity[RATE_IDENTITY], network[NEIGHBOURHOOD_TEXT];
	int64_t limit = limit_of(rate, cfg, p);

	*out = (struct rate_state){ .limit = limit };
	if (!limit)
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
	return rate_table_take(t, identity, limit, WINDOW_S, now, out);
}
