/* track.c: see track.h */
#include "panel/track.h"

#include <math.h>
#include <string.h>

enum {
	BACKOFF_MAX_S = 60,
	UPTIME_SLACK_S = 2, /* clocks are read at different moments */
};

static const char *const states[STATES] = {
	[STATE_UNKNOWN] = "unknown", [STATE_RUNNING] = "running",     [STATE_STOPPED] = "stopped",
	[STATE_PAUSED] = "paused",   [STATE_SUSPENDED] = "suspended", [STATE_OTHER] = "other",
};

enum guest_state state_of(const char *status)
{
	for (int i = 0; i < STATE_OTHER; i++)
		if (strcmp(states[i], status) == 0)
			return (enum guest_state)i;
	return STATE_OTHER;
}

const char *state_name(double value)
{
	return value >= 0 && value < STATES ? states[(int)value] : states[STATE_UNKNOWN];
}

enum guest_change guest_change(const char *old_status, int64_t old_uptime_s, const char *status,
			       int64_t uptime_s)
{
	enum guest_state old = state_of(old_status), now = state_of(status);

	if (old == STATE_UNKNOWN || now == STATE_UNKNOWN)
		return GUEST_SAME;
	if (old == STATE_STOPPED && now != STATE_STOPPED)
		return GUEST_STARTED;
	if (old != STATE_STOPPED && now == STATE_STOPPED)
		return GUEST_STOPPED;
	if (now != STATE_STOPPED && uptime_s >= 0 && old_uptime_s > uptime_s + UPTIME_SLACK_S)
		return GUEST_RESTARTED;
	return GUEST_SAME;
}

int64_t backoff_s(int64_t interval_s, int64_t failures)
{
	int64_t wait_s = interval_s;

	for (; failures > 0 && wait_s < BACKOFF_MAX_S; failures--)
		wait_s *= 2;
	if (wait_s > BACKOFF_MAX_S)
		wait_s = BACKOFF_MAX_S;
	return wait_s > interval_s ? wait_s : interval_s;
}

bool is_step_due(int64_t last, int64_t now, int64_t step_s)
{
	return !last || now / step_s != last / step_s;
}

/* Index of the last row that does not begin after ts; n when there is none. */
static size_t row_at(const struct rrd_archive *archive, int64_t ts)
{
	size_t low = 0, high = archive->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (archive->rows[middle].ts <= ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : archive->n;
}

/* The values of a row. */
static const size_t values[] = {
	offsetof(struct pve_rrd_row, cpu),	  offsetof(struct pve_rrd_row, mem_used),
	offsetof(struct pve_rrd_row, mem_total),  offsetof(struct pve_rrd_row, disk_used),
	offsetof(struct pve_rrd_row, disk_total), offsetof(struct pve_rrd_row, net_in),
	offsetof(struct pve_rrd_row, net_out),	  offsetof(struct pve_rrd_row, disk_read),
	offsetof(struct pve_rrd_row, disk_write), offsetof(struct pve_rrd_row, load),
};

enum { VALUES = sizeof(values) / sizeof(*values) };

static double value_of(const struct pve_rrd_row *row, int i)
{
	return *(const double *)((const char *)row + values[i]);
}

static bool has_values(const struct pve_rrd_row *row)
{
	return !isnan(row->cpu) || !isnan(row->mem_used) || !isnan(row->net_in);
}

/* Mean of the rows [from, to), of each value over those that have it. */
static bool mean_of(const struct pve_rrd_row *rows, size_t from, size_t to, struct pve_rrd_row *out)
{
	for (int k = 0; k < VALUES; k++) {
		double sum = 0;
		int n = 0;

		for (size_t i = from; i < to; i++) {
			if (isnan(value_of(&rows[i], k)))
				continue;
			sum += value_of(&rows[i], k);
			n++;
		}
		*(double *)((char *)out + values[k]) = n ? sum / n : NAN;
	}
	return has_values(out);
}

/* How long the row at i is true: until the next one, and the last one as long as the one before. */
static int64_t row_step_s(const struct rrd_archive *archive, size_t i)
{
	const struct pve_rrd_row *rows = archive->rows;

	if (i + 1 < archive->n)
		return rows[i + 1].ts - rows[i].ts;
	return i ? rows[i].ts - rows[i - 1].ts : 0;
}

static bool bucket_of(const struct rrd_archive *archive, int64_t ts, int64_t step_s,
		      struct pve_rrd_row *out)
{
	size_t from, to = row_at(archive, ts + step_s - 1);

	if (to == archive->n)
		return false;
	for (from = to + 1; from && archive->rows[from - 1].ts >= ts;)
		from--;
	if (from <= to)
		return mean_of(archive->rows, from, to + 1, out);
	if (archive->rows[to].ts + row_step_s(archive, to) < ts + step_s)
		return false;
	return mean_of(archive->rows, to, to + 1, out);
}

bool rrd_bucket(const struct rrd_archive *archives, size_t n, int64_t ts, int64_t step_s,
		struct pve_rrd_row *out)
{
	out->ts = ts;
	for (size_t i = 0; i < n; i++)
		if (archives[i].n && archives[i].rows[0].ts <= ts)
			return bucket_of(&archives[i], ts, step_s, out);
	return false;
}
