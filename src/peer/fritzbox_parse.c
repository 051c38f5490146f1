/* fritzbox_parse.c: see fritzbox_parse.h */
#include "peer/fritzbox_parse.h"

#include <string.h>
#include <sys/socket.h>

#include "base/net.h"
#include "base/text.h"
#include "peer/xml.h"

/* Of the texts that a box sends; ADDRESS_BYTES: the longest IPv6 address. */
enum { PATH_BYTES = 512, TYPE_BYTES = 32, ADDRESS_BYTES = 45 };

/* Bytes a second: what is more is no rate, and an hour's sum of it would not fit into 64 bits. */
static const uint64_t MAX_RATE = (uint64_t)1 << 47;

const char *fritz_parse_readable(struct arena *a, const char *xml, size_t n)
{
	char *copy = arena_strndup(a, xml, n);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)copy[i] < ' ')
			copy[i] = ' ';
	return is_utf8(copy, n) ? copy : text_clean(a, copy, n, n);
}

/* SOAP: Envelope / Body / <action>Response or Fault / values */

struct soap_scan {
	struct arena *arena;
	const char *action;
	const char *const *names;
	const char **values;
	bool body, response, fault; /* inside of */
	int value;		    /* inside of: index of the name, -1 none */
	bool answered, failed;	    /* has seen */
	int code;
};

static bool is_response(const char *name, const char *action)
{
	size_t n = strlen(action);

	return strncmp(name, action, n) == 0 && strcmp(name + n, "Response") == 0;
}

static int index_of(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static bool soap_open(void *arg, int depth, const char *name)
{
	struct soap_scan *scan = arg;

	switch (depth) {
	case 1:
		return strcmp(name, "Envelope") == 0;
	case 2:
		scan->body = strcmp(name, "Body") == 0;
		return true;
	case 3:
		scan->fault = scan->body && strcmp(name, "Fault") == 0;
		scan->response = scan->body && is_response(name, scan->action);
		scan->failed = scan->failed || scan->fault;
		scan->answered = scan->answered || scan->response;
		return true;
	case 4:
		scan->value = scan->response ? index_of(scan->names, name) : -1;
		return true;
	default:
		return scan->value < 0; /* no elements in a value that was asked for */
	}
}

static bool soap_close(void *arg, int depth, const char *name, const char *text, size_t n)
{
	struct soap_scan *scan = arg;
	int64_t code;

	if (scan->fault && strcmp(name, "errorCode") == 0 && parse_int(text, &code) && code > 0 &&
	    code < 1000)
		scan->code = (int)code;
	if (depth == 4 && scan->value >= 0) {
		if (!scan->values[scan->value])
			scan->values[scan->value] = arena_strndup(scan->arena, text, n);
		scan->value = -1;
	}
	if (depth == 3)
		scan->fault = scan->response = false;
	return true;
}

static enum peer_state state_of_fault(int code)
{
	switch (code) {
	case FRITZ_FAULT_ACTION:
	case FRITZ_FAULT_INDEX:
	case 714: /* no such entry */
		return PEER_NOT_FOUND;
	case FRITZ_FAULT_RIGHT:
	case 866: /* a second factor is wanted, blocked, busy */
	case 867:
	case 868:
		return PEER_NOT_ALLOWED;
	default:
		return PEER_HTTP_ERROR;
	}
}

enum peer_state fritz_parse_value(struct arena *a, const char *xml, size_t n, const char *action,
				  const char *const *names, const char **values, int *fault)
{
	static const struct xml_visitor visitor = { .open = soap_open, .close = soap_close };
	struct soap_scan scan = {
		.arena = a, .action = action, .names = names, .values = values, .value = -1
	};

	*fault = 0;
	for (int i = 0; names[i]; i++)
		values[i] = NULL;
	if (!xml_visit(xml, n, &visitor, &scan))
		return PEER_BAD_ANSWER;
	if (scan.failed) {
		*fault = scan.code;
		return state_of_fault(scan.code);
	}
	return scan.answered ? PEER_OK : PEER_BAD_ANSWER;
}

/* Host list: List / Item / fields */

struct list_scan {
	struct arena *arena;
	struct fritz_hosts *hosts;
	struct fritz_host_words words;
	bool item; /* inside of */
	int items;
};

static bool list_open(void *arg, int depth, const char *name)
{
	struct list_scan *scan = arg;

	if (depth == 1)
		return strcmp(name, "List") == 0;
	if (depth == 2) {
		scan->item = strcmp(name, "Item") == 0 && scan->items < FRITZ_MAX_ITEMS;
		scan->items += scan->item;
		scan->words = (struct fritz_host_words){ 0 };
	}
	return true;
}

static bool list_close(void *arg, int depth, const char *name, const char *text, size_t n)
{
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{ "IPAddress", offsetof(struct fritz_host_words, ip) },
		{ "MACAddress", offsetof(struct fritz_host_words, mac) },
		{ "Active", offsetof(struct fritz_host_words, active) },
		{ "HostName", offsetof(struct fritz_host_words, name) },
		{ "X_AVM-DE_FriendlyName", offsetof(struct fritz_host_words, friendly_name) },
		{ "InterfaceType", offsetof(struct fritz_host_words, interface_type) },
	};
	struct list_scan *scan = arg;

	if (depth == 3 && scan->item) {
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (strcmp(name, fields[i].name) == 0)
				*(const char **)((char *)&scan->words + fields[i].offset) =
					arena_strndup(scan->arena, text, n);
	} else if (depth == 2 && scan->item) {
		fritz_parse_host(scan->arena, &scan->words, scan->hosts);
	}
	return true;
}

enum peer_state fritz_parse_hosts(struct arena *a, const char *xml, size_t n,
				  struct fritz_hosts *out)
{
	static const struct xml_visitor visitor = { .open = list_open, .close = list_close };
	struct list_scan scan = { .arena = a, .hosts = out };

	*out = (struct fritz_hosts){ 0 };
	if (xml_visit(xml, n, &visitor, &scan))
		return PEER_OK;
	*out = (struct fritz_hosts){ 0 };
	return PEER_BAD_ANSWER;
}

/* One host */

static const char *clean(struct arena *a, const char *s, size_t max_bytes)
{
	return s ? text_clean(a, s, strlen(s), max_bytes) : "";
}

static const char *clean_or_null(struct arena *a, const char *s, size_t max_bytes)
{
	const char *text = clean(a, s, max_bytes);

	return *text ? text : NULL;
}

/* "AA:BB:CC:DD:EE:FF", or "" when it is none or all zeros. */
static const char *clean_mac(struct arena *a, const char *s)
{
	char *mac;
	bool zeros = true;

	if (!s || strlen(s) != 17)
		return "";
	mac = arena_strdup(a, s);
	for (int i = 0; i < 17; i++) {
		if (mac[i] >= 'a' && mac[i] <= 'f')
			mac[i] = (char)(mac[i] - 'a' + 'A');
		if (i % 3 == 2 ? mac[i] != ':' : !strchr("0123456789ABCDEF", mac[i]))
			return "";
		if (mac[i] != '0' && mac[i] != ':')
			zeros = false;
	}
	return zeros ? "" : mac;
}

static const char *clean_ip(struct arena *a, const char *s)
{
	struct address address;

	if (!s || strlen(s) > ADDRESS_BYTES || !parse_address(s, &address) ||
	    strcmp(s, "0.0.0.0") == 0)
		return "";
	return arena_strdup(a, s);
}

static bool same_host(const struct fritz_host *one, const struct fritz_host *other)
{
	if (*one->mac || *other->mac)
		return strcmp(one->mac, other->mac) == 0;
	return strcmp(one->ip, other->ip) == 0;
}

static bool is_better(const struct fritz_host *fresh, const struct fritz_host *known)
{
	if (fresh->active != known->active)
		return fresh->active;
	return *fresh->ip && !*known->ip;
}

void fritz_parse_host(struct arena *a, const struct fritz_host_words *words,
		      struct fritz_hosts *out)
{
	struct fritz_host host = {
		.ip = clean_ip(a, words->ip),
		.mac = clean_mac(a, words->mac),
		.active = words->active && strcmp(words->active, "1") == 0,
		.interface_type = clean_or_null(a, words->interface_type, TYPE_BYTES),
		.address_source = clean_or_null(a, words->address_source, TYPE_BYTES),
	};

	if (!*host.ip && !*host.mac)
		return;
	host.name = clean(a, words->friendly_name, FRITZ_NAME_BYTES);
	if (!*host.name)
		host.name = clean(a, words->name, FRITZ_NAME_BYTES);
	if (!*host.name)
		host.name = *host.ip ? host.ip : host.mac;
	for (size_t i = 0; i < out->n; i++) {
		if (!same_host(&host, &out->rows[i]))
			continue;
		if (is_better(&host, &out->rows[i]))
			out->rows[i] = host;
		return;
	}
	if (out->n == FRITZ_MAX_HOSTS)
		return;
	if (!out->rows)
		out->rows = ARENA_ARRAY(a, struct fritz_host, FRITZ_MAX_HOSTS);
	out->rows[out->n++] = host;
}

/* Values */

bool fritz_parse_list_path(const char *text)
{
	if (!text || text[0] != '/' || text[1] == '/' || strlen(text) > PATH_BYTES)
		return false;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '#' || *p == '\\')
			return false;
	return true;
}

bool fritz_parse_count(const char *text, uint64_t *out)
{
	uint64_t v = 0;

	if (!text || !*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (unsigned)(*text - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

bool fritz_parse_rate(const char *text, int64_t *bps)
{
	uint64_t bytes;

	if (!fritz_parse_count(text, &bytes) || bytes > MAX_RATE)
		return false;
	*bps = (int64_t)bytes * 8;
	return true;
}

bool fritz_parse_samples(const char *text, int newest, int64_t *bps)
{
	uint64_t sum = 0;
	int n = 0;

	if (!text)
		return false;
	while (n < newest && n < FRITZ_SAMPLES) {
		size_t size = strcspn(text, ",");
		char number[16]; /* a petabyte a second */
		uint64_t v;

		if (size >= sizeof(number))
			return false;
		memcpy(number, text, size);
		number[size] = '\0';
		if (!fritz_parse_count(number, &v))
			break;
		sum += v;
		n++;
		text += size;
		if (*text == ',')
			text++;
	}
	if (!n || sum / (unsigned)n > MAX_RATE)
		return false;
	*bps = (int64_t)(sum / (unsigned)n * 8);
	return true;
}

bool fritz_parse_ipv4(const char *text)
{
	struct address address;

	return text && strlen(text) <= 15 && parse_address(text, &address) &&
	       address.family == AF_INET && strchr(text, ':') == NULL &&
	       strcmp(text, "0.0.0.0") != 0;
}
