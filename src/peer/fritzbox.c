/* fritzbox.c: what one polling round asks; see fritzbox.h
 *
 * A box has two trees. TR-064 ("urn:dslforum-org") wants a login; IGD ("urn:schemas-upnp-org")
 * wants none, has the better counters, and can be switched off by itself. At most FRITZ_MAX_CALLS
 * calls a round, strictly one after the other on one connection:
 *
 *   part      first choice           else
 *   hosts     list path, list        number of entries, and the entries when all else is done
 *   traffic   IGD GetAddonInfos      TR-064 totals sent, totals received
 *   WAN       IGD GetStatusInfo      TR-064 GetInfo of the PPP or IP connection
 *
 * Calls that are left go, in this order, to the model when asked for; the address (IGD) when it may
 * have changed; the link when it is due; the online monitor for smoother rates, but not in the first
 * round and not beside the model; else the address.
 *
 * What earlier rounds said about address and link stands in the memory, and so does what the box
 * lacks. */
#include "peer/fritzbox.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/field.h"
#include "base/text.h"
#include "json/jsonr.h"
#include "json/jsonw.h"
#include "peer/fritzbox_parse.h"
#include "peer/fritzbox_soap.h"

enum {
	LINK_ROUNDS = 10,     /* between two looks at a link that is up */
	ADDRESS_ROUNDS = 2,   /* between two looks at an address that should not have changed */
	RETRY_ROUNDS = 120,   /* until what the box lacked is tried again: an hour at 30 s */
	BOX_TEXT_BYTES = 128, /* of model and firmware */
};

enum connection { CONNECTION_UNKNOWN, CONNECTION_PPP, CONNECTION_IP };

/* clang-format off */
static const struct fritz_service
	hosts_service =      { "/upnp/control/hosts",              "Hosts:1",                    false },
	box_service =        { "/upnp/control/deviceinfo",         "DeviceInfo:1",               false },
	common_service =     { "/upnp/control/wancommonifconfig1", "WANCommonInterfaceConfig:1", false },
	ppp_service =        { "/upnp/control/wanpppconn1",        "WANPPPConnection:1",         false },
	ip_service =         { "/upnp/control/wanipconnection1",   "WANIPConnection:1",          false },
	igd_common_service = { "/igdupnp/control/WANCommonIFC1",   "WANCommonInterfaceConfig:1", true },
	igd_ip_service =     { "/igdupnp/control/WANIPConn1",      "WANIPConnection:1",          true };
/* clang-format on */

/* What is kept between rounds. */
struct memory {
	int64_t rounds;	    /* made so far */
	int64_t polled_s;   /* when the last one was, 0 = never */
	bool by_entry;	    /* hosts one by one: the box refuses the list */
	bool traffic_tr064; /* no IGD for counters and link */
	bool wan_tr064;	    /* no IGD for status and address */
	int64_t connection; /* enum connection, to ask first in TR-064 */
	bool no_monitor;
	bool connected, ip_known, link_known, linked;
	int64_t uptime_s, max_up_bps, max_down_bps;
	const char *external_ip; /* "" = the box has none */
};

/* clang-format off */
static const struct field memory_fields[] = {
	{ FIELD(struct memory, rounds) },
	{ FIELD(struct memory, polled_s) },
	{ FIELD(struct memory, by_entry) },
	{ FIELD(struct memory, traffic_tr064) },
	{ FIELD(struct memory, wan_tr064) },
	{ FIELD(struct memory, connection) },
	{ FIELD(struct memory, no_monitor) },
	{ FIELD(struct memory, connected) },
	{ FIELD(struct memory, ip_known) },
	{ FIELD(struct memory, link_known) },
	{ FIELD(struct memory, linked) },
	{ FIELD(struct memory, uptime_s) },
	{ FIELD(struct memory, max_up_bps) },
	{ FIELD(struct memory, max_down_bps) },
	{ FIELD(struct memory, external_ip) },
	{ .key = NULL },
};
/* clang-format on */
static const struct shape memory_shape = { "FritzMemory", sizeof(struct memory), memory_fields };

struct poll {
	struct fritz_soap soap;
	struct arena *arena;
	struct fritz_round *out;
	struct memory memory;
	int64_t now_s;
	int64_t entries;      /* hosts to ask one by one, -1: none */
	bool link_by_traffic; /* GetAddonInfos said the rates of the link, in 64 bits */
};

static struct memory memory_read(struct arena *a, const struct fritz_memory *from)
{
	struct memory m = { 0 };

	if (from && from->text && *from->text) {
		struct faults faults;

		faults_init(&faults, a);
		jsonr_shape(&memory_shape, &m, from->text, strlen(from->text), &faults);
		if (faults.count)
			m = (struct memory){ 0 };
	}
	if (!m.external_ip)
		m.external_ip = "";
	return m;
}

static const char *memory_write(struct arena *a, const struct memory *m)
{
	struct buf text = { 0 };
	struct jsonw w;
	const char *copy;

	jsonw_init(&w, &text, NULL);
	jsonw_shape(&w, &memory_shape, m);
	copy = arena_strndup(a, text.data, text.size);
	buf_done(&text);
	return copy;
}

/* Once in RETRY_ROUNDS what the box lacked is tried again. */
static bool is_retry(const struct poll *p)
{
	return p->memory.rounds % RETRY_ROUNDS == 0;
}

static bool may_call(const struct poll *p)
{
	return p->soap.stopped == PEER_OK && p->soap.calls < FRITZ_MAX_CALLS;
}

/* The first failure gives the round its error text. */
static enum peer_state noted(struct poll *p, enum peer_state state)
{
	if (state != PEER_OK && !p->out->error[0])
		memcpy(p->out->error, p->soap.detail, sizeof(p->out->error));
	return state;
}

/* The service or the action is not there for us: another way may be. */
static bool is_refusal(enum peer_state state)
{
	return state == PEER_NOT_FOUND || state == PEER_NOT_ALLOWED;
}

/* Numbers come as text; a missing one is 0. */
static uint64_t count_of(const char *text)
{
	uint64_t v;

	return fritz_parse_count(text, &v) ? v : 0;
}

static int64_t signed_count_of(const char *text)
{
	uint64_t v = count_of(text);

	return v <= INT64_MAX ? (int64_t)v : 0;
}

/* Hosts */

static enum peer_state hosts_fetch_list(struct poll *p, const char *path)
{
	const char *text;
	enum peer_state state = fritz_soap_fetch(&p->soap, path, "host list", &text);

	if (state != PEER_OK)
		return state;
	state = fritz_parse_hosts(p->arena, text, strlen(text), &p->out->hosts);
	if (state != PEER_OK)
		snprintf(p->soap.detail, sizeof(p->soap.detail),
			 "host list: not the XML of a list");
	return state;
}

/* Asks how many entries there are; hosts_finish() asks for them when all else is done, as they may
 * take all the time. */
static enum peer_state hosts_count(struct poll *p)
{
	static const char *const names[] = { "NewHostNumberOfEntries", NULL };
	const char *values[1];
	uint64_t n;
	enum peer_state state = fritz_soap_call(&p->soap, &hosts_service, "GetHostNumberOfEntries",
						"", names, values);

	if (state == PEER_OK && !fritz_parse_count(values[0], &n)) {
		snprintf(p->soap.detail, sizeof(p->soap.detail),
			 "GetHostNumberOfEntries: no number");
		state = PEER_BAD_ANSWER;
	}
	if (state == PEER_OK)
		p->entries = (int64_t)(n < FRITZ_MAX_ENTRIES ? n : FRITZ_MAX_ENTRIES);
	if (state == PEER_OK && n > FRITZ_MAX_ENTRIES && !p->out->error[0])
		snprintf(p->out->error, sizeof(p->out->error), "only %d of the hosts are asked for",
			 FRITZ_MAX_ENTRIES);
	if (state == PEER_OK || is_refusal(state))
		p->memory.by_entry = state == PEER_OK;
	return state;
}

static enum peer_state hosts_begin(struct poll *p)
{
	static const char *const names[] = { "NewX_AVM-DE_HostListPath", NULL };
	const char *values[1];
	enum peer_state state;

	if (p->memory.by_entry && !is_retry(p))
		return hosts_count(p);
	state = fritz_soap_call(&p->soap, &hosts_service, "X_AVM-DE_GetHostListPath", "", names,
				values);
	if (is_refusal(state))
		return hosts_count(p);
	if (state != PEER_OK)
		return state;
	p->memory.by_entry = false;
	if (!fritz_parse_list_path(values[0])) {
		snprintf(p->soap.detail, sizeof(p->soap.detail),
			 "X_AVM-DE_GetHostListPath: no path on this box");
		return PEER_BAD_ANSWER;
	}
	return hosts_fetch_list(p, values[0]);
}

static enum peer_state hosts_finish(struct poll *p)
{
	static const char *const names[] = {
		"NewIPAddress",	    "NewMACAddress",	"NewActive", "NewHostName",
		"NewInterfaceType", "NewAddressSource", NULL
	};
	const char *v[6];

	for (int64_t i = 0; i < p->entries; i++) {
		const char *index = arena_printf(p->arena, "<NewIndex>%d</NewIndex>", (int)i);
		enum peer_state state;

		state = fritz_soap_call(&p->soap, &hosts_service, "GetGenericHostEntry", index,
					names, v);
		if (p->soap.fault ==
		    FRITZ_FAULT_INDEX) /* the list has become shorter since it was counted */
			break;
		if (state !=
		    PEER_OK) { /* half a list is none: the other half would seem to have gone */
			p->out->hosts = (struct fritz_hosts){ 0 };
			return state;
		}
		fritz_parse_host(p->arena,
				 &(struct fritz_host_words){
					 .ip = v[0],
					 .mac = v[1],
					 .active = v[2],
					 .name = v[3],
					 .interface_type = v[4],
					 .address_source = v[5],
				 },
				 &p->out->hosts);
	}
	return PEER_OK;
}

/* Traffic */

static enum peer_state traffic_igd(struct poll *p)
{
	enum { UP, DOWN, SENT, RECEIVED, SENT64, RECEIVED64, MAX_UP64, MAX_DOWN64, VALUES };
	static const char *const names[VALUES + 1] = {
		[UP] = "NewByteSendRate",
		[DOWN] = "NewByteReceiveRate",
		[SENT] = "NewTotalBytesSent",
		[RECEIVED] = "NewTotalBytesReceived",
		[SENT64] = "NewX_AVM_DE_TotalBytesSent64",
		[RECEIVED64] = "NewX_AVM_DE_TotalBytesReceived64",
		[MAX_UP64] = "NewX_AVM_DE_Layer1UpstreamMaxBitRate64",
		[MAX_DOWN64] = "NewX_AVM_DE_Layer1DownstreamMaxBitRate64",
	};
	struct fritz_traffic *t = &p->out->traffic;
	const char *v[VALUES];
	int64_t max_up, max_down;
	enum peer_state state =
		fritz_soap_call(&p->soap, &igd_common_service, "GetAddonInfos", "", names, v);

	if (state != PEER_OK)
		return state;
	if (!fritz_parse_rate(v[UP], &t->up_bps))
		t->up_bps = -1;
	if (!fritz_parse_rate(v[DOWN], &t->down_bps))
		t->down_bps = -1;
	t->wide = fritz_parse_count(v[SENT64], &t->sent) &&
		  fritz_parse_count(v[RECEIVED64], &t->received);
	if (!t->wide) {
		t->sent = count_of(v[SENT]);
		t->received = count_of(v[RECEIVED]);
	}
	max_up = signed_count_of(v[MAX_UP64]);
	max_down = signed_count_of(v[MAX_DOWN64]);
	if (max_up && max_down) { /* GetCommonLinkProperties has 32 bits, too few for fibre */
		p->link_by_traffic = true;
		p->memory.max_up_bps = max_up;
		p->memory.max_down_bps = max_down;
	}
	return PEER_OK;
}

static enum peer_state traffic_tr064(struct poll *p)
{
	static const char *const sent[] = { "NewTotalBytesSent", NULL };
	static const char *const received[] = { "NewTotalBytesReceived", NULL };
	struct fritz_traffic *t = &p->out->traffic;
	const char *value[1];
	enum peer_state state;

	state = fritz_soap_call(&p->soap, &common_service, "GetTotalBytesSent", "", sent, value);
	if (state != PEER_OK)
		return state;
	t->sent = count_of(value[0]);
	state = fritz_soap_call(&p->soap, &common_service, "GetTotalBytesReceived", "", received,
				value);
	t->received = state == PEER_OK ? count_of(value[0]) : 0;
	return state;
}

static enum peer_state traffic(struct poll *p)
{
	enum peer_state state;

	p->out->traffic = (struct fritz_traffic){ .up_bps = -1, .down_bps = -1 };
	if (!p->memory.traffic_tr064 || is_retry(p)) {
		state = traffic_igd(p);
		if (!is_refusal(state)) {
			if (state == PEER_OK && is_retry(p))
				p->memory.traffic_tr064 = p->memory.wan_tr064 = false;
			return state;
		}
	}
	state = traffic_tr064(p);
	if (state == PEER_OK) /* most likely all of IGD is off, and it is worth no further call */
		p->memory.traffic_tr064 = p->memory.wan_tr064 = true;
	else if (is_refusal(state))
		p->memory.traffic_tr064 = false;
	return state;
}

/* How many samples of the monitor have come since the last round; 1 when that is unknown. */
static int fresh_samples(const struct poll *p)
{
	int64_t passed_s = p->memory.polled_s ? p->now_s - p->memory.polled_s : 0;

	if (passed_s < FRITZ_SAMPLE_S)
		return 1;
	return passed_s < FRITZ_SAMPLES * FRITZ_SAMPLE_S ? (int)(passed_s / FRITZ_SAMPLE_S)
							 : FRITZ_SAMPLES;
}

/* The mean since the last round instead of the rate of this moment; without it the latter stays. */
static void monitor(struct poll *p)
{
	static const char *const names[] = { "Newus_current_bps", "Newds_current_bps", NULL };
	const char *v[2];
	int64_t up, down;
	enum peer_state state =
		fritz_soap_call(&p->soap, &common_service, "X_AVM-DE_GetOnlineMonitor",
				"<NewSyncGroupIndex>0</NewSyncGroupIndex>", names, v);

	p->memory.no_monitor = is_refusal(state) || p->soap.fault == FRITZ_FAULT_ARGS;
	if (state != PEER_OK) {
		if (!p->memory.no_monitor)
			noted(p, state);
		return;
	}
	/* "bps" are bytes per second here */
	if (fritz_parse_samples(v[0], fresh_samples(p), &up) &&
	    fritz_parse_samples(v[1], fresh_samples(p), &down)) {
		p->out->traffic.up_bps = up;
		p->out->traffic.down_bps = down;
	}
}

/* WAN */

static void wan_status_is(struct poll *p, const char *status, const char *uptime)
{
	struct fritz_wan *wan = &p->out->wan;
	struct memory *m = &p->memory;

	wan->connected = status && strcmp(status, "Connected") == 0;
	wan->uptime_s = wan->connected ? signed_count_of(uptime) : 0;
	if (!wan->connected || !m->connected || wan->uptime_s < m->uptime_s)
		m->ip_known = m->link_known = false;
	m->connected = wan->connected;
	m->uptime_s = wan->uptime_s;
}

static void wan_address_is(struct poll *p, const char *text)
{
	p->memory.ip_known = true;
	p->memory.external_ip = fritz_parse_ipv4(text) ? text : "";
}

static enum peer_state wan_igd(struct poll *p)
{
	static const char *const names[] = { "NewConnectionStatus", "NewUptime", NULL };
	const char *v[2];
	enum peer_state state =
		fritz_soap_call(&p->soap, &igd_ip_service, "GetStatusInfo", "", names, v);

	if (state == PEER_OK)
		wan_status_is(p, v[0], v[1]);
	return state;
}

struct wan_info {
	const char *status, *uptime, *ip;
};

/* PEER_NOT_FOUND also for the connection that the line does not use. */
static enum peer_state wan_info(struct poll *p, enum connection connection, struct wan_info *out)
{
	static const char *const names[] = { "NewConnectionStatus", "NewUptime",
					     "NewExternalIPAddress", NULL };
	const struct fritz_service *service =
		connection == CONNECTION_PPP ? &ppp_service : &ip_service;
	const char *v[3];
	enum peer_state state = fritz_soap_call(&p->soap, service, "GetInfo", "", names, v);

	if (state == PEER_OK) {
		*out = (struct wan_info){ v[0], v[1], v[2] };
		if (!v[0] || !*v[0] || strcmp(v[0], "Unconfigured") == 0) {
			snprintf(p->soap.detail, sizeof(p->soap.detail),
				 "GetInfo: connection is not configured");
			state = PEER_NOT_FOUND;
		}
	}
	/* an unused service answers with one fault or another */
	return p->soap.fault && p->soap.fault != FRITZ_FAULT_RIGHT ? PEER_NOT_FOUND : state;
}

/* The box has two connection services and uses one, by the kind of line: the one that worked, else
 * the other. */
static enum peer_state wan_tr064(struct poll *p)
{
	enum connection first =
		p->memory.connection == CONNECTION_IP ? CONNECTION_IP : CONNECTION_PPP;
	enum connection other = first == CONNECTION_IP ? CONNECTION_PPP : CONNECTION_IP;
	struct wan_info info = { 0 };
	enum peer_state state = wan_info(p, first, &info);

	if (state == PEER_NOT_FOUND && may_call(p)) {
		state = wan_info(p, other, &info);
		if (state == PEER_OK)
			first = other;
	} else if (state == PEER_NOT_FOUND && p->soap.stopped == PEER_OK) {
		p->memory.connection = other; /* no call is left: the next round begins with it */
		return state;
	}
	if (state == PEER_OK)
		p->memory.connection = first;
	else if (state == PEER_NOT_FOUND && info.status)
		state = PEER_OK; /* neither is configured: the box is not connected */
	if (is_refusal(state))
		p->memory.wan_tr064 = false;
	if (state != PEER_OK)
		return state;
	p->memory.wan_tr064 = true;
	wan_status_is(p, info.status, info.uptime);
	wan_address_is(p, info.ip);
	return PEER_OK;
}

static enum peer_state wan(struct poll *p)
{
	if (!p->memory.wan_tr064) {
		enum peer_state state = wan_igd(p);

		if (!is_refusal(state) || !may_call(p))
			return state;
	}
	return wan_tr064(p);
}

/* The value is remembered from round to round; the part fails only when there is nothing to
 * remember. */
static enum peer_state address(struct poll *p)
{
	static const char *const names[] = { "NewExternalIPAddress", NULL };
	const char *value[1];
	enum peer_state state = fritz_soap_call(&p->soap, &igd_ip_service, "GetExternalIPAddress",
						"", names, value);

	if (state == PEER_OK || is_refusal(state)) {
		wan_address_is(p, state == PEER_OK ? value[0] : NULL);
		return PEER_OK;
	}
	return p->memory.ip_known ? PEER_OK : state;
}

static enum peer_state link_properties(struct poll *p)
{
	static const char *const names[] = { "NewPhysicalLinkStatus", "NewLayer1UpstreamMaxBitRate",
					     "NewLayer1DownstreamMaxBitRate", NULL };
	const struct fritz_service *service =
		p->memory.traffic_tr064 ? &common_service : &igd_common_service;
	struct memory *m = &p->memory;
	const char *v[3];
	enum peer_state state =
		fritz_soap_call(&p->soap, service, "GetCommonLinkProperties", "", names, v);

	if (state != PEER_OK && !is_refusal(state))
		return m->link_known ? PEER_OK : state;
	m->link_known = true;
	m->linked = state == PEER_OK && v[0] && strcmp(v[0], "Up") == 0;
	if (state == PEER_OK && !p->link_by_traffic) {
		m->max_up_bps = signed_count_of(v[1]);
		m->max_down_bps = signed_count_of(v[2]);
	}
	return PEER_OK;
}

static void wan_fill(struct poll *p)
{
	struct fritz_wan *wan = &p->out->wan;
	const struct memory *m = &p->memory;

	wan->linked =
		wan->connected || m->linked; /* some boxes do not tell the state of the link */
	wan->external_ip = wan->connected && *m->external_ip ? m->external_ip : NULL;
	wan->max_up_bps = m->max_up_bps;
	wan->max_down_bps = m->max_down_bps;
}

/* Box */

static enum peer_state box(struct poll *p)
{
	static const char *const names[] = { "NewModelName", "NewSoftwareVersion", "NewUpTime",
					     NULL };
	const char *v[3];
	enum peer_state state = fritz_soap_call(&p->soap, &box_service, "GetInfo", "", names, v);

	if (state != PEER_OK)
		return state;
	for (int i = 0; i < 2; i++) {
		v[i] = v[i] ? text_clean(p->arena, v[i], strlen(v[i]), BOX_TEXT_BYTES) : NULL;
		if (v[i] && !*v[i])
			v[i] = NULL;
	}
	p->out->box = (struct fritz_box){ v[0], v[1], signed_count_of(v[2]) };
	return PEER_OK;
}

/* Calls beyond the three parts, as many as are left, the most wanted first. */
static void extras(struct poll *p, bool want_box)
{
	struct fritz_round *out = p->out;
	struct memory *m = &p->memory;
	bool igd_address = out->wan_state == PEER_OK && !m->wan_tr064 && out->wan.connected;
	bool link_due = !m->link_known || !out->wan.connected || m->rounds % LINK_ROUNDS == 0;
	bool asked = false;

	if (want_box && p->soap.calls < FRITZ_MAX_CALLS) {
		out->box_asked = true;
		out->box_state = noted(p, box(p));
	}
	if (igd_address && !m->ip_known && may_call(p)) {
		out->wan_state = noted(p, address(p));
		asked = true;
	}
	if (out->wan_state == PEER_OK && link_due && may_call(p)) {
		out->wan_state = noted(p, link_properties(p));
		asked = true;
	}
	if (out->traffic_state == PEER_OK && m->rounds > 0 && !want_box &&
	    (!m->no_monitor || is_retry(p)) && may_call(p))
		monitor(p);
	if (igd_address && !asked && m->rounds % ADDRESS_ROUNDS == 0 && may_call(p))
		out->wan_state = noted(p, address(p));
}

void fritz_poll(const struct fritz_account *account, const struct fritz_memory *memory,
		bool want_box, struct arena *a, struct fritz_round *out)
{
	struct poll p = {
		.arena = a,
		.out = out,
		.memory = memory_read(a, memory),
		.now_s = clock_now(),
		.entries = -1,
	};

	*out = (struct fritz_round){ 0 };
	fritz_soap_init(&p.soap, account, a);
	out->hosts_state = noted(&p, hosts_begin(&p));
	out->traffic_state = noted(&p, traffic(&p));
	out->wan_state = noted(&p, wan(&p));
	extras(&p, want_box);
	out->calls = p.soap.calls;
	if (p.entries >= 0)
		out->hosts_state = noted(&p, hosts_finish(&p));
	out->entry_calls = p.soap.calls - out->calls;
	fritz_soap_done(&p.soap);
	if (out->wan_state == PEER_OK)
		wan_fill(&p);
	else
		out->wan = (struct fritz_wan){ 0 };

	p.memory.rounds++;
	if (out->traffic_state == PEER_OK)
		p.memory.polled_s = p.now_s;
	out->memory.text = memory_write(a, &p.memory);
}
