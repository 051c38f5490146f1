/* device.c: the devices in the router's list */
#include "base/err.h"
#include "http/req.h"
#include "network/provider.h"
#include "network/routes.h"

/* A list of yesterday is not "the devices". */
enum { DEVICES_USABLE_S = DAY_S };

static const struct field page_fields[] = {
	PAGE_FIELDS(struct page_args, 1000, "100"),
	{ .key = NULL },
};
const struct shape network_page_args = { "PageArgs", sizeof(struct page_args), page_fields };

static const struct field freshness_fields[] = {
	{ FIELD(struct freshness, is_stale), .doc = "Older than three polls, at least 90 seconds" },
	{ FIELD(struct freshness, fetched_at), .doc = "When the router last told it" },
	{ .key = NULL },
};
const struct shape freshness_shape = { "Freshness", sizeof(struct freshness), freshness_fields };

struct device {
	const char *ip, *name, *mac;
	int64_t status;
	const char *provider_type, *custom_name, *device_type, *interface_type, *address_source;
};

static const struct field device_fields[] = {
	{ FIELD(struct device, ip), .doc = "IPv4 address, empty when it has none",
	  .example = "192.168.178.25" },
	{ FIELD(struct device, name), .doc = "Host name; else the address, else the MAC",
	  .example = "iPhone-12" },
	{ FIELD(struct device, mac), .doc = "Upper case with colons; empty for VPN clients",
	  .example = "AA:BB:CC:DD:EE:FF" },
	{ FIELD(struct device, status), .doc = "1 online, 0 offline", .example = "1" },
	{ FIELD(struct device, provider_type), .example = "fritzbox" },
	{ FIELD(struct device, custom_name), .nullable = true, .doc = "Name given in Hearth" },
	{ FIELD(struct device, device_type), .nullable = true, .doc = "Kind given in Hearth" },
	{ FIELD(struct device, interface_type), .nullable = true,
	  .doc = "As the router says: Ethernet, 802.11" },
	{ FIELD(struct device, address_source), .nullable = true,
	  .doc = "As the router says: DHCP, Static" },
	{ .key = NULL },
};
const struct shape device_shape = { "Device", sizeof(struct device), device_fields };

QUERY(q_list) = {
	.sql = "SELECT ip, name, mac, 1 - offline AS status, 'fritzbox' AS provider_type, custom_name, device_type,"
	       " interface_type, address_source"
	       " FROM series.net_device WHERE listed = 1 ORDER BY offline, ip_key, mac LIMIT :limit OFFSET :offset",
	.in = &network_page_args,
	.out = &device_shape,
};

/* The count is kept by the poll. */
QUERY(q_count) = {
	.sql = "SELECT devices AS n FROM series.net_provider WHERE name = 'fritzbox'",
	.out = &count_shape,
};

enum err_code devices_list(struct req *rq, struct res *rs, struct err *e)
{
	struct freshness fresh = { 0 };
	struct provider p = { 0 };
	enum err_code code = ERR_NONE;

	if (rq->cfg->fritzbox.enabled)
		code = provider_get(rq->db, PROVIDER_FRITZBOX, rq->arena, &p, e);
	if (code)
		return code;
	if (!p.devices_at.is || rq->now - p.devices_at.s > DEVICES_USABLE_S)
		return err_set(e, ERR_UNAVAILABLE,
			       "Device data not available - router may be unreachable");
	fresh.fetched_at.s = p.devices_at.s;
	fresh.is_stale = provider_is_stale(rq->cfg, fresh.fetched_at.s, rq->now);
	return res_page(rq, rs, &q_list, &q_count, rq->args, &fresh, e);
}
