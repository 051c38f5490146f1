/* device.c: devices with the times they were there, and what people call them */
#include "auth/audit.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "house/routes.h"
#include "http/req.h"
#include "network/provider.h"

struct list_args {
	int64_t limit, offset;
};

static const struct field list_arg_fields[] = {
	PAGE_FIELDS(struct list_args, 1000, "100"),
	{ .key = NULL },
};
const struct shape house_devices_args = { "HouseDevicesArgs", sizeof(struct list_args),
					  list_arg_fields };

struct device_args {
	int64_t id;
};

static const struct field device_arg_fields[] = {
	{ FIELD(struct device_args, id), .required = true },
	{ .key = NULL },
};
const struct shape house_device_args = { "HouseDeviceArgs", sizeof(struct device_args),
					 device_arg_fields };

struct label {
	const char *custom_name, *device_type;
};

static const struct field label_fields[] = {
	{ FIELD(struct label, custom_name), .max = 64, .trim = true, .nullable = true,
	  .null_is_empty = true, .example = "Kitchen radio" },
	{ FIELD(struct label, device_type), .max = 32, .trim = true, .nullable = true,
	  .null_is_empty = true, .example = "phone" },
	{ .key = NULL },
};
const struct shape house_device_body = { "DeviceLabel", sizeof(struct label), label_fields };

struct device {
	int64_t id;
	const char *ip, *name, *mac;
	int64_t status;
	const char *custom_name, *device_type, *interface_type, *address_source;
	struct stamp first_seen_at;
	struct maybe_stamp last_seen_at;
	const char *presence;
	const char *identity;
};

#define SPANS \
	"\"type\":\"array\",\"items\":{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{\"type\":\"integer\"," \
	"\"format\":\"int64\"}}"

static const struct field device_fields[] = {
	{ FIELD(struct device, id) },
	{ FIELD(struct device, ip), .doc = "Empty when it has none", .example = "192.168.178.25" },
	{ FIELD(struct device, name), .doc = "As the router says", .example = "iPhone-12" },
	{ FIELD(struct device, mac), .doc = "Empty for VPN clients",
	  .example = "AA:BB:CC:DD:EE:FF" },
	{ FIELD(struct device, status), .doc = "1 online, 0 offline" },
	{ FIELD(struct device, custom_name), .nullable = true, .doc = "Name given in Hearth" },
	{ FIELD(struct device, device_type), .nullable = true, .doc = "Kind given in Hearth" },
	{ FIELD(struct device, interface_type), .nullable = true, .doc = "Ethernet, 802.11" },
	{ FIELD(struct device, address_source), .nullable = true, .doc = "DHCP, Static" },
	{ FIELD(struct device, first_seen_at) },
	{ FIELD(struct device, last_seen_at), .doc = "null when it was never online" },
	{ FIELD(struct device, presence), .json = true, .schema = SPANS,
	  .doc = "[from, to] in Unix seconds: when it was there in the last 24 hours",
	  .example = "[[1770990000,1770993600]]" },
	{ FIELD(struct device, identity), .hidden = true },
	{ .key = NULL },
};
const struct shape house_device_shape = { "NetworkDevice", sizeof(struct device), device_fields };

/* since: start of the 24 hours of presence; last_poll: until when those are known that are there. */
struct binds {
	int64_t id, limit, offset, since;
	struct maybe_stamp last_poll;
	const char *identity, *custom_name, *device_type;
};

static const struct field bind_fields[] = {
	{ FIELD(struct binds, id) },
	{ FIELD(struct binds, limit) },
	{ FIELD(struct binds, offset) },
	{ FIELD(struct binds, since) },
	{ FIELD(struct binds, identity) },
	{ FIELD(struct binds, custom_name) },
	{ FIELD(struct binds, device_type) },
	{ FIELD(struct binds, last_poll) },
	{ .key = NULL },
};
static const struct shape bind_shape = { "HouseDeviceBinds", sizeof(struct binds), bind_fields };

/* The interval that began last before the 24 hours may reach into them. An open one ends with what
 * is known. */
#define COLUMNS \
	"d.id, d.ip, d.name, d.mac, 1 - d.offline AS status, d.custom_name, d.device_type, d.interface_type," \
	" d.address_source, d.first_seen AS first_seen_at," \
	" CASE WHEN d.offline = 1 THEN nullif(d.last_seen, 0) ELSE :last_poll" \
	" END AS last_seen_at, d.identity," \
	" (SELECT json_group_array(json_array(max(from_at, :since), ifnull(to_at, :last_poll)))" \
	" FROM series.net_presence p WHERE p.device = d.id AND p.from_at >= ifnull((SELECT max(from_at)" \
	" FROM series.net_presence WHERE device = d.id AND from_at < :since), 0)" \
	" AND ifnull(to_at, :last_poll) > :since) AS presence"

QUERY(q_list) = {
	.sql = "SELECT " COLUMNS " FROM series.net_device d WHERE listed = 1"
	       " ORDER BY offline, ip_key, mac LIMIT :limit OFFSET :offset",
	.in = &bind_shape,
	.out = &house_device_shape,
};

QUERY(q_count) = {
	.sql = "SELECT ifnull((SELECT devices FROM series.net_provider WHERE name = 'fritzbox'), 0) AS n",
	.out = &count_shape,
};

QUERY(q_get) = {
	.sql = "SELECT " COLUMNS " FROM series.net_device d WHERE id = :id",
	.in = &bind_shape,
	.out = &house_device_shape,
};

QUERY(q_label_put) = {
	.sql = "REPLACE INTO net_device_label (identity, custom_name, device_type)"
	       " VALUES (:identity, :custom_name, :device_type)",
	.in = &bind_shape,
};

QUERY(q_label_drop) = {
	.sql = "DELETE FROM net_device_label WHERE identity = :identity",
	.in = &bind_shape,
};

QUERY(q_label_repeat) = {
	.sql = "UPDATE series.net_device SET custom_name = :custom_name, device_type = :device_type WHERE id = :id",
	.in = &bind_shape,
};

static enum err_code last_poll(struct req *rq, struct binds *in, struct err *e)
{
	struct provider p;
	enum err_code code = provider_get(rq->db, PROVIDER_FRITZBOX, rq->arena, &p, e);

	if (!code)
		in->last_poll = p.devices_at;
	return code;
}

enum err_code house_devices(struct req *rq, struct res *rs, struct err *e)
{
	const struct list_args *args = rq->args;
	struct binds in = { .limit = args->limit,
			    .offset = args->offset,
			    .since = rq->now - DAY_S };
	enum err_code code = last_poll(rq, &in, e);

	return code ? code : res_page(rq, rs, &q_list, &q_count, &in, NULL, e);
}

/* The given label, the one that was there, or none. */
static const char *changed(const char *given, const char *was)
{
	if (!given)
		return was;
	return *given ? given : NULL;
}

static enum err_code put_label(struct req *rq, const struct binds *in, struct err *e)
{
	enum err_code code = db_run(
		rq->db, in->custom_name || in->device_type ? &q_label_put : &q_label_drop, in, e);

	if (!code)
		code = db_run(rq->db, &q_label_repeat, in, e);
	return code ? code
		    : audit_add(rq->db, rq->now, rq->who, "network.device_label", in->identity,
				NULL, e);
}

static void check(struct req *rq, const char *name, const char *value, const char *text)
{
	if (value && has_control(value))
		fault_rule(rq->faults, IN_BODY, name, text);
}

enum err_code house_device_label(struct req *rq, struct res *rs, struct err *e)
{
	const struct device_args *args = rq->args;
	const struct label *body = rq->body;
	struct binds in = { .id = args->id, .since = rq->now - DAY_S };
	struct device device = { 0 };
	enum err_code code;

	check(rq, "custom_name", body->custom_name,
	      "custom_name must not contain control characters");
	check(rq, "device_type", body->device_type,
	      "device_type must not contain control characters");
	if (rq->faults->count)
		return err_code_set(e, ERR_INVALID);
	code = last_poll(rq, &in, e);
	if (!code)
		code = db_get(rq->db, &q_get, &in, &device, rq->arena, e);
	if (code == ERR_NOT_FOUND)
		return err_set(e, code, "Device %lld not found", (long long)args->id);
	if (code)
		return code;
	in.identity = device.identity;
	in.custom_name = device.custom_name = changed(body->custom_name, device.custom_name);
	in.device_type = device.device_type = changed(body->device_type, device.device_type);
	code = put_label(rq, &in, e);
	if (!code)
		res_object(rq, rs, &device);
	return code;
}
