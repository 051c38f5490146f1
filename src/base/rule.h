/* rule.h: tests of single values that a range or a pattern cannot say: addresses, URLs, lists */
#ifndef BASE_RULE_H
#define BASE_RULE_H

#include "base/arena.h"

/* Tests a trimmed value that is not empty. NULL: it is fine, and *out is set to its normal form in
 * the arena where that differs. Otherwise what is wrong, for people (static or in the arena). */
typedef const char *rule_fn(const char *value, struct arena *a, const char **out);

/* Host name or address, without a port. */
rule_fn rule_host;
/* http or https, a host, no user, no fragment; not a link-local or unspecified address, in whatever
 * spelling, because cloud machines serve their secrets there. Loses slashes at the end. */
rule_fn rule_url;
/* The same, without a query and with https only. */
rule_fn rule_base_url, rule_https_url;
/* One mail address. */
rule_fn rule_email;
/* IANA name that the system knows. */
rule_fn rule_timezone;
/* YYYY-MM-DD */
rule_fn rule_date;
/* An MQTT topic without wildcards. */
rule_fn rule_topic;
/* Beginning of object names: no leading slash, no "..". */
rule_fn rule_object_prefix;
/* {SEQ} once, {PREFIX} {YYYY} {YY} {MM} {DD} as wanted, else text without braces. */
rule_fn rule_invoice_pattern;

/* Lists, separated by comma or newline; normal form "a, b". An entry that is wrong, or one too
 * many, is named. */
rule_fn rule_email_list;	   /* at most 10 */
rule_fn rule_origin_list;	   /* scheme://host[:port] */
rule_fn rule_network_list;	   /* addresses and networks, at most 32 */
rule_fn rule_trusted_network_list; /* the same; no network larger than /8, IPv6 /32 */
rule_fn rule_provider_list;  /* 1-8 public address providers by name or https URL, no repeats */
rule_fn rule_filter_list;    /* MQTT filters, at most 32 */
rule_fn rule_glob_list;	     /* patterns where * is any text */
rule_fn rule_directory_list; /* absolute */
rule_fn rule_tool_list;	     /* names of tools, as the claude program spells them */

#endif
