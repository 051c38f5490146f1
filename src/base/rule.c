/* rule.c: see rule.h */
#include "base/rule.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "base/text.h"

enum {
	MAX_HOST = 253,	       /* RFC 1035 */
	MAX_TOPIC = 1024,      /* bytes */
	MAX_ENTRY_SHOWN = 100, /* bytes of a wrong entry that a message repeats */
	MAX_ENTRIES = 256,     /* of a list whose rule does not say less */
};

static const char invalid[] = "Invalid value";
static const char not_url[] = "Must be an http(s) URL";

#define ALPHA "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool is_host(const char *s)
{
	size_t n = strlen(s);
	struct address a;

	if (parse_address(s, &a))
		return true;
	if (n == 0 || n > MAX_HOST || strspn(s, ALPHA DIGIT "._-") != n)
		return false;
	/* labels of 1-63 characters, a dot at the end is fine */
	for (const char *p = s; *p;) {
		size_t label = strcspn(p, ".");

		if (label == 0 || label > 63 || p[0] == '-' || p[label - 1] == '-')
			return false;
		p += label + (p[label] == '.');
	}
	return true;
}

const char *rule_host(const char *value, struct arena *a, const char **out)
{
	(void)a;
	(void)out;
	return is_host(value) ? NULL : invalid;
}

/* Link-local and unspecified: where clouds serve credentials, and what means "this machine" by
 * accident. */
static bool is_refused_address(const struct address *a)
{
	static const char refused[] = "169.254.0.0/16, fe80::/10, 0.0.0.0/32, ::/128";

	return network_list_has(refused, a);
}

/* The parts of an http(s) URL; host without brackets. false when it is none or goes where none may
 * go. */
static bool parse_url(const char *url, char host[MAX_HOST + 1], const char **rest)
{
	const char *p, *end, *colon;
	struct in_addr loose;
	struct address a;
	size_t n;

	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}#", *c))
			return false;
	if (strncasecmp(url, "http://", 7) == 0)
		p = url + 7;
	else if (strncasecmp(url, "https://", 8) == 0)
		p = url + 8;
	else
		return false;
	end = p + strcspn(p, "/?");
	if (memchr(p, '@', (size_t)(end - p)))
		return false;
	if (*p == '[') {
		const char *close = memchr(p, ']', (size_t)(end - p));

		if (!close)
			return false;
		n = (size_t)(close - p) - 1;
		p++;
		colon = close + 1;
	} else {
		colon = memchr(p, ':', (size_t)(end - p));
		if (!colon)
			colon = end;
		n = (size_t)(colon - p);
	}
	if (n == 0 || n > MAX_HOST)
		return false;
	memcpy(host, p, n);
	host[n] = '\0';
	if (colon != end) {
		long port = 0;

		if (*colon++ != ':' || colon == end || end - colon > 5)
			return false;
		for (; colon < end; colon++) {
			if (*colon < '0' || *colon > '9')
				return false;
			port = port * 10 + (*colon - '0');
		}
		if (port < 1 || port > 65535)
			return false;
	}
	*rest = end;
	if (p[-1] == '[')
		return parse_address(host, &a) && strchr(host, ':') && !is_refused_address(&a);
	if (host[n - 1] == '.')
		host[--n] = '\0'; /* "0.0.0.0." is an address to resolvers */
	if (!is_host(host) || strchr(host, ':'))
		return false;
	if (parse_address(host, &a))
		return !is_refused_address(&a);
	return !inet_aton(host, &loose); /* 2852039166 and 0xa9fe are addresses to curl */
}

const char *rule_url(const char *value, struct arena *a, const char **out)
{
	char host[MAX_HOST + 1];
	const char *rest;
	size_t n = strlen(value);

	if (!parse_url(value, host, &rest))
		return not_url;
	if (!strchr(rest, '?'))
		while (n > (size_t)(rest - value) && value[n - 1] == '/')
			n--;
	*out = arena_strndup(a, value, n);
	return NULL;
}

const char *rule_base_url(const char *value, struct arena *a, const char **out)
{
	return strchr(value, '?') ? not_url : rule_url(value, a, out);
}

const char *rule_https_url(const char *value, struct arena *a, const char **out)
{
	return strncasecmp(value, "https://", 8) != 0 ? not_url : rule_url(value, a, out);
}

static bool is_email(const char *s)
{
	const char *at = strrchr(s, '@');
	struct address a;

	if (!at || at == s || at - s > 64 || strlen(s) > 254)
		return false;
	if (strspn(s, ALPHA DIGIT "!#$%&'*+/=?^_`{|}~.-") != (size_t)(at - s))
		return false;
	return is_host(at + 1) && !parse_address(at + 1, &a);
}

const char *rule_email(const char *value, struct arena *a, const char **out)
{
	(void)a;
	(void)out;
	return is_email(value) ? NULL : invalid;
}

const char *rule_timezone(const char *value, struct arena *a, const char **out)
{
	char magic[4] = "";
	bool known;
	int fd;

	(void)out;
	if (strcmp(value, "UTC") == 0)
		return NULL;
	if (strspn(value, ALPHA DIGIT "_+/-") != strlen(value) || *value == '/')
		return "Unknown time zone";
	fd = open(arena_printf(a, "/usr/share/zoneinfo/%s", value), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return "Unknown time zone";
	known = read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
	close(fd);
	return known ? NULL : "Unknown time zone";
}

const char *rule_date(const char *value, struct arena *a, const char **out)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, used = 0;

	(void)a;
	(void)out;
	if (strlen(value) != 10 || strspn(value, DIGIT "-") != 10 ||
	    sscanf(value, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || used != 10)
		return invalid;
	if (year < 2000 || year > 2100 || month < 1 || month > 12 || day < 1)
		return invalid;
	if (month == 2 && day == 29)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? NULL : invalid;
	return day <= month_days[month - 1] ? NULL : invalid;
}

const char *rule_topic(const char *value, struct arena *a, const char **out)
{
	(void)a;
	(void)out;
	return strlen(value) > MAX_TOPIC || strpbrk(value, "+#") || *value == '$' ? invalid : NULL;
}

const char *rule_object_prefix(const char *value, struct arena *a, const char **out)
{
	(void)a;
	(void)out;
	return *value == '/' || strstr(value, "..") ? invalid : NULL;
}

const char *rule_invoice_pattern(const char *value, struct arena *a, const char **out)
{
	static const char *const words[] = {
		"{SEQ}", "{PREFIX}", "{YYYY}", "{YY}", "{MM}", "{DD}"
	};
	int sequences = 0;

	(void)a;
	(void)out;
	for (const char *p = value; *p;) {
		size_t i = 0, n = sizeof(words) / sizeof(words[0]);

		if (*p == '}')
			return invalid;
		if (*p != '{') {
			p++;
			continue;
		}
		while (i < n && strncmp(p, words[i], strlen(words[i])) != 0)
			i++;
		if (i == n)
			return invalid;
		sequences += i == 0;
		p += strlen(words[i]);
	}
	return sequences == 1 ? NULL : invalid;
}

/* ---- lists ---- */

static const char *wrong_entry(struct arena *a, const char *entry)
{
	return arena_printf(a, "Invalid entry: %s",
			    text_clean(a, entry, strlen(entry), MAX_ENTRY_SHOWN));
}

static const char *list(const char *value, struct arena *a, const char **out,
			bool (*is_entry)(const char *), size_t max)
{
	char *normal = arena_alloc(a, 2 * strlen(value) + 1), *end = normal;
	size_t count = 0;

	for (const char *p = value; *p;) {
		size_t n = strcspn(p, ",\n");
		const char *entry = text_trim(a, arena_strndup(a, p, n));

		p += n + (p[n] != '\0');
		if (!*entry)
			continue;
		if (++count > max || !is_entry(entry))
			return wrong_entry(a, entry);
		end += sprintf(end, "%s%s", count > 1 ? ", " : "", entry);
	}
	*out = normal;
	return NULL;
}

const char *rule_email_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_email, 10);
}

static bool is_origin(const char *s)
{
	char host[MAX_HOST + 1];
	const char *rest;

	return parse_url(s, host, &rest) && !*rest;
}

const char *rule_origin_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_origin, 32);
}

static bool is_network(const char *s)
{
	struct network n;

	return parse_network(s, &n);
}

const char *rule_network_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_network, 32);
}

static bool is_trusted_network(const char *s)
{
	struct network n;

	return parse_network(s, &n) && n.prefix >= (n.base.family == AF_INET ? 8 : 32);
}

const char *rule_trusted_network_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_trusted_network, 32);
}

static bool is_provider(const char *s)
{
	static const char *const names[] = { "ipify", "icanhazip", "ifconfig.me", "aws" };
	char host[MAX_HOST + 1];
	const char *rest;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return strncasecmp(s, "https://", 8) == 0 && parse_url(s, host, &rest);
}

const char *rule_provider_list(const char *value, struct arena *a, const char **out)
{
	const char *normal = "", *wrong = list(value, a, &normal, is_provider, 8);
	size_t n;

	if (wrong)
		return wrong;
	if (!*normal)
		return invalid;
	for (const char *p = normal; *p; p += n + (p[n] ? 2 : 0)) {
		n = strcspn(p, ",");
		for (const char *q = p + n; *q;) {
			size_t m;

			q += 2;
			m = strcspn(q, ",");
			if (m == n && strncmp(p, q, n) == 0)
				return wrong_entry(a, arena_strndup(a, q, m));
			q += m;
		}
	}
	*out = normal;
	return NULL;
}

/* MQTT 5, 4.7: '#' is the whole last level, '+' a whole level */
static bool is_filter(const char *s)
{
	if (strlen(s) > MAX_TOPIC)
		return false;
	for (const char *p = s; *p; p++) {
		bool alone = (p == s || p[-1] == '/') && (p[1] == '\0' || p[1] == '/');

		if ((*p == '#' && (!alone || p[1])) || (*p == '+' && !alone))
			return false;
	}
	return true;
}

const char *rule_filter_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_filter, 32);
}

static bool is_glob(const char *s)
{
	return strlen(s) <= MAX_TOPIC;
}

const char *rule_glob_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_glob, MAX_ENTRIES);
}

static bool is_directory(const char *s)
{
	return *s == '/' && !strstr(s, "/../") && strlen(s) < 1024;
}

const char *rule_directory_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_directory, MAX_ENTRIES);
}

static bool is_tool(const char *s)
{
	size_t n = strspn(s, ALPHA DIGIT "_-");

	/* "Bash(git log:*)" */
	return n > 0 && (!s[n] || (s[n] == '(' && s[strlen(s) - 1] == ')'));
}

const char *rule_tool_list(const char *value, struct arena *a, const char **out)
{
	return list(value, a, out, is_tool, MAX_ENTRIES);
}
