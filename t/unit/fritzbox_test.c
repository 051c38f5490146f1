/* fritzbox_test.c: what a Fritz!Box sends, read from files; and a round without a box */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer/fritzbox.h"
#include "peer/fritzbox_parse.h"
#include "peer/xml.h"

enum { FILE_BYTES = 64 * 1024 };

struct file {
	char text[FILE_BYTES];
	size_t size;
};

static struct arena *arena;
static struct file file;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void read_path(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		fail_msg("%s cannot be read", path);
	file.size = fread(file.text, 1, sizeof(file.text), f);
	fclose(f);
}

/* HEARTH_FIXTURES is the folder t/fixtures; without it that of the source tree. */
static void read_fixture(const char *name)
{
	const char *folder = getenv("HEARTH_FIXTURES"), *top = getenv("srcdir");
	char path[512];

	if (folder)
		snprintf(path, sizeof(path), "%s/fritzbox/%s", folder, name);
	else
		snprintf(path, sizeof(path), "%s/t/fixtures/fritzbox/%s", top ? top : ".", name);
	read_path(path);
}

/* Answers of real boxes are not part of the source; tests that want them do nothing without. */
static bool has_captures(void)
{
	return getenv("HEARTH_CAPTURES") != NULL;
}

static void read_capture(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/fritz/%s", getenv("HEARTH_CAPTURES"), name);
	read_path(path);
}

static struct fritz_hosts hosts(void)
{
	struct fritz_hosts list;

	assert_int_equal(fritz_parse_hosts(arena, file.text, file.size, &list), PEER_OK);
	return list;
}

static struct fritz_hosts fixture_hosts(const char *name)
{
	read_fixture(name);
	return hosts();
}

static enum peer_state parse_one(const char *action, const char *name, const char **value,
				 int *fault)
{
	const char *names[] = { name, NULL };

	return fritz_parse_value(arena, file.text, file.size, action, names, value, fault);
}

static void assert_value(const char *action, const char *name, const char *expected)
{
	const char *value;
	int fault;

	assert_int_equal(parse_one(action, name, &value, &fault), PEER_OK);
	assert_int_equal(fault, 0);
	if (expected)
		assert_string_equal(value, expected);
	else
		assert_null(value);
}

static void lists_are_read(void **state)
{
	struct fritz_hosts list = fixture_hosts("hostlist_plain.xml");

	(void)state;
	assert_int_equal(list.n, 3);
	assert_string_equal(list.rows[1].ip, "192.168.178.24");
	assert_string_equal(list.rows[1].mac, "02:11:22:33:44:11");
	assert_string_equal(list.rows[1].name, "nas");
	assert_string_equal(list.rows[1].interface_type, "Ethernet");
	assert_null(list.rows[1].address_source);
	assert_true(list.rows[1].active);
	assert_false(list.rows[2].active);
	assert_null(list.rows[2].interface_type);
	assert_int_equal(fixture_hosts("hostlist_one_line.xml").n, 3);
	assert_int_equal(fixture_hosts("hostlist_empty.xml").n, 0);
	assert_int_equal(fixture_hosts("hostlist_empty_short.xml").n, 0);
	assert_int_equal(fixture_hosts("hostlist_item_empty.xml").n, 1);
}

static void of_one_mac_twice_the_better_entry_counts(void **state)
{
	struct fritz_hosts list = fixture_hosts("hostlist_duplicate_mac.xml");

	(void)state;
	assert_int_equal(list.n, 2);
	assert_string_equal(list.rows[0].name, "neu");
	assert_string_equal(list.rows[0].ip, "192.168.178.31");
	assert_string_equal(list.rows[1].name, "mit");
}

static void hosts_without_mac_are_known_by_address(void **state)
{
	struct fritz_hosts list = fixture_hosts("hostlist_no_mac.xml");

	(void)state;
	assert_int_equal(list.n, 3);
	assert_string_equal(list.rows[0].mac, "");
	assert_string_equal(list.rows[0].name, "VPN mit Adresse");
	assert_string_equal(list.rows[1].name, "192.168.178.40");
	assert_string_equal(list.rows[2].name, "02:11:22:33:44:23");
	assert_string_equal(list.rows[2].ip, "");
}

static void macs_and_addresses_are_checked(void **state)
{
	struct fritz_hosts list = fixture_hosts("hostlist_lowercase_mac.xml");

	(void)state;
	assert_int_equal(list.n, 5);
	assert_string_equal(list.rows[0].mac, "02:AB:CD:EF:00:01");
	assert_string_equal(list.rows[1].mac, "");
	assert_string_equal(list.rows[2].mac, "");
	assert_string_equal(list.rows[3].ip, "");
	assert_string_equal(list.rows[4].ip, "fe80::1");
}

static void names_are_chosen_and_cleaned(void **state)
{
	struct fritz_hosts list = fixture_hosts("hostlist_friendly_names.xml");

	(void)state;
	assert_string_equal(list.rows[0].name, "Küche & Büro");
	assert_string_equal(list.rows[1].name, "tv");
	assert_string_equal(list.rows[2].name, "Анна");
	assert_string_equal(fixture_hosts("hostlist_control_references.xml").rows[0].name,
			    "tablinec1rlo\u202e"
			    "end");
	list = fixture_hosts("hostlist_long_name.xml");
	for (size_t i = 0; i < list.n; i++)
		assert_in_range(strlen(list.rows[i].name), 250, FRITZ_NAME_BYTES);
}

static void broken_lists_are_refused(void **state)
{
	static const char *const names[] = { "hostlist_truncated.xml",
					     "hostlist_unclosed.xml",
					     "hostlist_control_characters.xml",
					     "hostlist_invalid_utf8.xml",
					     "page_login.html",
					     "page_404.html",
					     "bad_other_root.xml",
					     "bad_entity_bomb.xml",
					     NULL };

	(void)state;
	for (int i = 0; names[i]; i++) {
		struct fritz_hosts list;

		read_fixture(names[i]);
		assert_int_equal(fritz_parse_hosts(arena, file.text, file.size, &list),
				 PEER_BAD_ANSWER);
		assert_int_equal(list.n, 0);
	}
}

static void an_odd_name_does_not_hide_the_others(void **state)
{
	static const char *const names[] = { "hostlist_control_characters.xml",
					     "hostlist_invalid_utf8.xml", NULL };

	(void)state;
	for (int i = 0; names[i]; i++) {
		struct fritz_hosts list;
		const char *text;

		read_fixture(names[i]);
		text = fritz_parse_readable(arena, file.text, file.size);
		assert_int_equal(fritz_parse_hosts(arena, text, strlen(text), &list), PEER_OK);
		assert_in_range(list.n, 1, 10);
	}
}

static void the_number_of_hosts_has_a_limit(void **state)
{
	struct fritz_hosts list = { 0 };

	(void)state;
	for (int i = 0; i < FRITZ_MAX_HOSTS + 10; i++) {
		struct fritz_host_words words = {
			.mac = arena_printf(arena, "02:00:00:00:%02x:%02x", i / 256, i % 256)
		};

		fritz_parse_host(arena, &words, &list);
	}
	assert_int_equal(list.n, FRITZ_MAX_HOSTS);
	fritz_parse_host(arena,
			 &(struct fritz_host_words){ .mac = "00:00:00:00:00:00", .ip = "0.0.0.0" },
			 &list);
	fritz_parse_host(arena,
			 &(struct fritz_host_words){ .mac = "02:00:00:00:00:00", .active = "1" },
			 &list);
	assert_int_equal(list.n, FRITZ_MAX_HOSTS);
	assert_true(list.rows[0].active);
}

static void answers_are_read(void **state)
{
	static const struct {
		const char *file, *action, *name, *value;
	} cases[] = {
		{ "hosts_getnumber.xml", "GetHostNumberOfEntries", "NewHostNumberOfEntries", "87" },
		{ "hosts_getgeneric_padded.xml", "GetGenericHostEntry", "NewMACAddress",
		  "02:11:22:33:44:06" },
		{ "hosts_getgeneric_vpn.xml", "GetGenericHostEntry", "NewMACAddress", "" },
		{ "igd_addon_32bit.xml", "GetAddonInfos", "NewX_AVM_DE_TotalBytesSent64", NULL },
		{ "igd_addon_64_empty.xml", "GetAddonInfos", "NewX_AVM_DE_TotalBytesSent64", "" },
		{ "igd_ip_dslite_short.xml", "GetExternalIPAddress", "NewExternalIPAddress", "" },
		{ "igd_ip_blank.xml", "GetExternalIPAddress", "NewExternalIPAddress", "" },
		{ "odd_bom.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_no_prolog.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_crlf.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_cdata.xml", "GetStatusInfo", "NewConnectionStatus", "Connected" },
		{ "odd_comments.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_instruction.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_prefixes.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_attribute_gt.xml", "GetStatusInfo", "NewUptime", "42" },
		{ "odd_header.xml", "GetStatusInfo", "NewUptime", "42" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_fixture(cases[i].file);
		assert_value(cases[i].action, cases[i].name, cases[i].value);
	}
}

static void faults_have_a_code_and_a_state(void **state)
{
	static const struct {
		const char *file;
		int fault;
		enum peer_state state;
	} cases[] = {
		{ "fault_401_tr064.xml", 401, PEER_NOT_FOUND },
		{ "fault_401_igd.xml", 401, PEER_NOT_FOUND },
		{ "fault_401_lower_case.xml", 401, PEER_NOT_FOUND },
		{ "fault_402_tr064.xml", 402, PEER_HTTP_ERROR },
		{ "fault_501_igd.xml", 501, PEER_HTTP_ERROR },
		{ "fault_606_tr064.xml", 606, PEER_NOT_ALLOWED },
		{ "fault_713_padded.xml", 713, PEER_NOT_FOUND },
		{ "fault_820_prefixes.xml", 820, PEER_HTTP_ERROR },
		{ "fault_866_tr064.xml", 866, PEER_NOT_ALLOWED },
		{ "fault_and_answer.xml", 501, PEER_HTTP_ERROR },
		{ "fault_no_detail.xml", 0, PEER_HTTP_ERROR },
		{ "fault_bad_code.xml", 0, PEER_HTTP_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *value;
		int fault;

		read_fixture(cases[i].file);
		assert_int_equal(parse_one("GetStatusInfo", "NewUptime", &value, &fault),
				 cases[i].state);
		assert_int_equal(fault, cases[i].fault);
	}
}

static void bad_answers_are_refused(void **state)
{
	static const char *const names[] = {
		"bad_attribute.xml",
		"bad_attribute_twice.xml",
		"bad_blank.xml",
		"bad_cdata.xml",
		"bad_comment.xml",
		"bad_crossed.xml",
		"bad_deep.xml",
		"bad_doctype.xml",
		"bad_doctype_external.xml",
		"bad_empty.xml",
		"bad_entity_bomb.xml",
		"bad_entity_external.xml",
		"bad_entity_loop.xml",
		"bad_entity_open.xml",
		"bad_entity_parameter.xml",
		"bad_entity_quadratic.xml",
		"bad_entity_unknown.xml",
		"bad_mismatched.xml",
		"bad_no_body.xml",
		"bad_nul.xml",
		"bad_other_action.xml",
		"bad_other_root.xml",
		"bad_prolog_only.xml",
		"bad_reference_nul.xml",
		"bad_reference_overflow.xml",
		"bad_reference_range.xml",
		"bad_reference_surrogate.xml",
		"bad_text.xml",
		"bad_trailing_text.xml",
		"bad_truncated_envelope.xml",
		"bad_truncated_tag.xml",
		"bad_truncated_value.xml",
		"bad_two_roots.xml",
		"bad_utf16.xml",
		"bad_utf8.xml",
		"bad_utf8_overlong.xml",
		"odd_nested_value.xml",
		"page_401_denied.html",
		"page_404.html",
		NULL,
	};

	(void)state;
	for (int i = 0; names[i]; i++) {
		const char *value;
		int fault;

		read_fixture(names[i]);
		if (parse_one("GetStatusInfo", "NewUptime", &value, &fault) != PEER_BAD_ANSWER)
			fail_msg("%s was not refused", names[i]);
	}
}

static void large_documents_are_refused(void **state)
{
	static const struct xml_visitor visitor = { 0 };
	size_t n = XML_MAX_BYTES + 1;
	char *text = arena_alloc(arena, n);

	(void)state;
	memset(text, ' ', n);
	memcpy(text + n - 7, "<List/>", 7);
	assert_false(xml_visit(text, n, &visitor, NULL));
	assert_true(xml_visit(text + 1, n - 1, &visitor, NULL));
}

static void list_paths_stay_on_the_box(void **state)
{
	static const struct {
		const char *file;
		bool good;
	} cases[] = {
		{ "hosts_listpath.xml", true },
		{ "hosts_listpath_absolute.xml", false },
		{ "hosts_listpath_relative.xml", false },
		{ "hosts_listpath_double_slash.xml", false },
		{ "hosts_listpath_backslash.xml", false },
		{ "hosts_listpath_injected.xml", false },
		{ "hosts_listpath_empty.xml", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path;
		int fault;

		read_fixture(cases[i].file);
		assert_int_equal(parse_one("X_AVM-DE_GetHostListPath", "NewX_AVM-DE_HostListPath",
					   &path, &fault),
				 PEER_OK);
		assert_int_equal(fritz_parse_list_path(path), cases[i].good);
	}
	assert_false(fritz_parse_list_path(NULL));
}

static void numbers_are_strict(void **state)
{
	static const char *const bad[] = { "",	 "-1", "+1",  "0x10",
					   " 1", "1 ", "n/a", "18446744073709551616",
					   NULL };
	uint64_t n = 7;
	int64_t bps = 7;

	(void)state;
	for (int i = 0; bad[i]; i++)
		assert_false(fritz_parse_count(bad[i], &n));
	assert_false(fritz_parse_count(NULL, &n));
	assert_int_equal(n, 7);
	assert_true(fritz_parse_count("18446744073709551615", &n));
	assert_true(n == UINT64_MAX);
	assert_false(fritz_parse_rate("1152921504606846976", &bps));
	assert_false(fritz_parse_rate("140737488355329", &bps));
	assert_true(fritz_parse_rate("140737488355328", &bps));
	assert_true(fritz_parse_rate("125000", &bps));
	assert_int_equal(bps, 1000000);
}

static void samples_are_bytes_and_newest_first(void **state)
{
	int64_t bps = 7;

	(void)state;
	assert_true(fritz_parse_samples("100,200,600", 1, &bps));
	assert_int_equal(bps, 800);
	assert_true(fritz_parse_samples("100,200,600", 2, &bps));
	assert_int_equal(bps, 1200);
	assert_true(fritz_parse_samples("100,200,600", 20, &bps));
	assert_int_equal(bps, 2400);
	assert_true(fritz_parse_samples("12,,x7, 9,-4", 20, &bps));
	assert_int_equal(bps, 96);
	assert_false(fritz_parse_samples("999999999999999", 20, &bps));
	assert_false(fritz_parse_samples("", 20, &bps));
	assert_false(fritz_parse_samples(NULL, 20, &bps));
	assert_false(fritz_parse_samples("99999999999999999999", 20, &bps));
}

static void addresses_are_ipv4_or_none(void **state)
{
	(void)state;
	assert_true(fritz_parse_ipv4("203.0.113.7"));
	assert_true(fritz_parse_ipv4("100.64.0.1"));
	assert_false(fritz_parse_ipv4("0.0.0.0"));
	assert_false(fritz_parse_ipv4(""));
	assert_false(fritz_parse_ipv4(NULL));
	assert_false(fritz_parse_ipv4("2001:db8::1"));
	assert_false(fritz_parse_ipv4("::ffff:192.0.2.1"));
	assert_false(fritz_parse_ipv4("203.0.113.256"));
}

/* Nobody listens on port 1 of this computer. */
static void a_round_without_a_box_says_so(void **state)
{
	struct fritz_account account = { .host = "127.0.0.1",
					 .username = "anna",
					 .password = "geheim",
					 .tls_pin = "",
					 .port = 1,
					 .timeout_ms = 1000,
					 .deadline_ms = 2000 };
	struct fritz_memory memory = { "{\"rounds\":" };
	struct fritz_round round;

	(void)state;
	fritz_poll(&account, &memory, true, arena, &round);
	assert_int_equal(round.hosts_state, PEER_CONNECT_FAILED);
	assert_int_equal(round.traffic_state, PEER_CONNECT_FAILED);
	assert_int_equal(round.wan_state, PEER_CONNECT_FAILED);
	assert_int_equal(round.box_state, PEER_CONNECT_FAILED);
	assert_true(round.box_asked);
	assert_int_equal(round.calls, 1);
	assert_int_equal(round.hosts.n, 0);
	assert_non_null(strstr(round.memory.text, "\"rounds\":1,"));
	assert_null(strstr(round.memory.text, "geheim"));
	assert_null(strchr(round.memory.text, '\n'));

	account.host = "box/../x";
	fritz_poll(&account, &round.memory, false, arena, &round);
	assert_int_equal(round.hosts_state, PEER_RESOLVE_FAILED);
	assert_int_equal(round.calls, 0);
	assert_non_null(strstr(round.memory.text, "\"rounds\":2,"));
}

static void every_state_has_words(void **state)
{
	(void)state;
	for (int s = 0; s < PEER_STATES; s++) {
		assert_non_null(peer_state_name((enum peer_state)s));
		assert_non_null(peer_state_text((enum peer_state)s));
	}
	assert_int_equal(peer_state_of_status(204), PEER_OK);
	assert_int_equal(peer_state_of_status(302), PEER_HTTP_ERROR);
	assert_int_equal(peer_state_of_status(401), PEER_AUTH_FAILED);
}

static void a_real_list_is_read(void **state)
{
	struct fritz_hosts list;

	(void)state;
	if (!has_captures())
		return;
	read_capture("kbr_devicehostlist.xml");
	list = hosts();
	assert_int_equal(list.n, 4);
	assert_string_equal(list.rows[2].name, "someones-HUAWEI");
	assert_false(list.rows[2].active);
	read_capture("hand_hostlist_modern_fields.xml");
	list = hosts();
	assert_int_equal(list.n, 1);
	assert_string_equal(list.rows[0].name, "Küche & Büro");
}

static void real_answers_are_read(void **state)
{
	static const struct {
		const char *file, *action, *name, *value;
	} cases[] = {
		{ "addoninfos_dsl_7590.xml", "GetAddonInfos", "NewX_AVM_DE_TotalBytesSent64",
		  "30680066212" },
		{ "addoninfos_old_no64.xml", "GetAddonInfos", "NewX_AVM_DE_TotalBytesSent64",
		  NULL },
		{ "deviceinfo_getinfo_7490.xml", "GetInfo", "NewModelName", "FRITZ!Box 7490" },
		{ "ipconn_externalip.xml", "GetExternalIPAddress", "NewExternalIPAddress",
		  "203.0.113.34" },
		{ "ipconn_statusinfo_connected.xml", "GetStatusInfo", "NewUptime", "1234567" },
		{ "link_props_igd_dsl.xml", "GetCommonLinkProperties", "NewPhysicalLinkStatus",
		  "Up" },
		{ "ppp_getinfo_unconfigured.xml", "GetInfo", "NewConnectionStatus",
		  "Unconfigured" },
		{ "hand_generic_host_entry_unicode.xml", "GetGenericHostEntry", "NewHostName",
		  "Küche & Büro „Süd“" },
	};
	const char *samples;
	int64_t bps;
	int fault;

	(void)state;
	if (!has_captures())
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_capture(cases[i].file);
		assert_value(cases[i].action, cases[i].name, cases[i].value);
	}
	read_capture("onlinemonitor_cable.xml");
	assert_int_equal(
		parse_one("X_AVM-DE_GetOnlineMonitor", "Newds_current_bps", &samples, &fault),
		PEER_OK);
	assert_true(fritz_parse_samples(samples, 2, &bps));
	assert_int_equal(bps, (1711 + 2287) / 2 * 8);
	read_capture("fault_606_tr064.xml");
	assert_int_equal(parse_one("GetInfo", "NewUptime", &samples, &fault), PEER_NOT_ALLOWED);
	read_capture("http_401_challenge_and_html.http");
	assert_int_equal(parse_one("GetInfo", "NewUptime", &samples, &fault), PEER_BAD_ANSWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(of_one_mac_twice_the_better_entry_counts),
		cmocka_unit_test(hosts_without_mac_are_known_by_address),
		cmocka_unit_test(macs_and_addresses_are_checked),
		cmocka_unit_test(names_are_chosen_and_cleaned),
		cmocka_unit_test(broken_lists_are_refused),
		cmocka_unit_test(an_odd_name_does_not_hide_the_others),
		cmocka_unit_test(the_number_of_hosts_has_a_limit),
		cmocka_unit_test(answers_are_read),
		cmocka_unit_test(faults_have_a_code_and_a_state),
		cmocka_unit_test(bad_answers_are_refused),
		cmocka_unit_test(large_documents_are_refused),
		cmocka_unit_test(list_paths_stay_on_the_box),
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(samples_are_bytes_and_newest_first),
		cmocka_unit_test(addresses_are_ipv4_or_none),
		cmocka_unit_test(a_round_without_a_box_says_so),
		cmocka_unit_test(every_state_has_words),
		cmocka_unit_test(a_real_list_is_read),
		cmocka_unit_test(real_answers_are_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
