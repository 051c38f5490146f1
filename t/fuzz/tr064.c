/* tr064.c: fuzz target: a host list, a SOAP answer and the values in them */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "peer/fritzbox_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hosts(const struct fritz_hosts *hosts)
{
	if (hosts->n > FRITZ_MAX_HOSTS)
		abort();
	for (size_t i = 0; i < hosts->n; i++) {
		const struct fritz_host *h = &hosts->rows[i];

		if (!*h->name || has_control(h->name) || !is_utf8(h->name, strlen(h->name)) ||
		    (!*h->ip && !*h->mac))
			abort();
	}
}

static void check_values(const char *const *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t count;
		int64_t bps;

		if (fritz_parse_rate(values[i], &bps) && bps < 0)
			abort();
		if (fritz_parse_samples(values[i], FRITZ_SAMPLES, &bps) && bps < 0)
			abort();
		fritz_parse_count(values[i], &count);
		fritz_parse_ipv4(values[i]);
		fritz_parse_list_path(values[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "NewUptime", "NewX_AVM-DE_HostListPath",
					     "Newds_current_bps", "NewExternalIPAddress", NULL };
	const char *texts[] = { (const char *)data, NULL };
	size_t sizes[] = { size, 0 };
	struct arena *a = arena_new();

	texts[1] = fritz_parse_readable(a, texts[0], size);
	sizes[1] = strlen(texts[1]);
	for (int i = 0; i < 2; i++) {
		const char *values[4];
		struct fritz_hosts hosts;
		int fault;

		fritz_parse_hosts(a, texts[i], sizes[i], &hosts);
		check_hosts(&hosts);
		fritz_parse_value(a, texts[i], sizes[i], "GetInfo", names, values, &fault);
		check_values(values, 4);
	}
	arena_free(a);
	return 0;
}
