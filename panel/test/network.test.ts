// What the network page says: verdicts of a line, of silence, of refusals; and what it makes of names.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser";
import type { NetworkStatus, Wan } from "../src/api";
import { parse } from "../src/http";
import { dictionaries } from "../src/i18n";
import { judge, outdatedSince } from "../src/network/verdict";
import { capital, isolate } from "../src/text";
import { fitting } from "../src/ui/fitting";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

function status(change: Partial<NetworkStatus> = {}): NetworkStatus {
	return {
		...{ enabled: true, state: "ok", failures: 0, error_code: null, error_text: null, model: null, firmware: null },
		...{ last_success_at: ago(10), last_attempt_at: ago(10), next_attempt_at: ago(-20) },
		...{ host: "fritz.box", poll_seconds: 30 },
		...change,
	};
}

function wan(change: Partial<Wan> = {}): Wan {
	return {
		...{ external_ip: "192.0.2.1", is_connected: true, is_linked: true, uptime: 3600 },
		...{ max_upstream_bps: 1, max_downstream_bps: 1, is_stale: false, fetched_at: ago(10) },
		...change,
	};
}

const silent = { last_success_at: ago(9000), last_attempt_at: ago(9000), next_attempt_at: ago(8970) };

test("a line that is up is good, one that is down is bad", () => {
	assert.equal(judge(status(), wan(), NOW).tone, "good");
	assert.equal(judge(status(), wan({ is_connected: false }), NOW).tone, "bad");
	assert.equal(outdatedSince(status(), wan(), NOW), null);
});

test("old data is never told as good", () => {
	assert.match(judge(status(silent), wan(), NOW).title, /^Nothing new since/);
	assert.equal(judge(status(silent), wan(), NOW).tone, "warn");
	assert.match(judge(status(), wan({ is_stale: true, fetched_at: ago(900) }), NOW).title, /^Nothing new about the internet/);
	assert.match(judge(status(), wan({ is_stale: true }), NOW).title, /^Nothing new since/);
	assert.equal(outdatedSince(status(silent), wan(), NOW), NOW - 9_000_000);
});

test("a long pause after a refusal is not taken for silence", () => {
	const held = status({ state: "failing", error_code: "auth_failed", last_attempt_at: ago(800), next_attempt_at: ago(-100) });
	assert.match(judge(held, wan(), NOW).title, /^The router has refused Hearth since .*: login refused$/);
});

test("each cause has a heading that is true", () => {
	const title = (error_code: string, last_success_at: string | null = ago(600)) =>
		judge(status({ state: "failing", error_code, last_success_at }), null, NOW).title;
	assert.match(title("timeout"), /^Router not answering since/);
	assert.match(title("bad_answer"), /^No data from the router since/);
	assert.match(title("pin_mismatch"), /^No data from the router since/);
	assert.equal(title("not_allowed", null), "The router refuses Hearth: not permitted");
	assert.equal(title("timeout", null), "The router fritz.box has not answered yet: no answer in time");
});

test("characters that turn the text are taken out, however JSON writes them", () => {
	assert.deepEqual(parse('{"name":"Neu \\u202eabc","\u2066x":["\u202Dy\u2069"]}'), { name: "Neu abc", "\u2066x": ["y"] });
	assert.deepEqual(parse('{"name":"\\\\u202e"}'), { name: "\\u202e" });
});

test("names from right to left are fenced in, others are left alone", () => {
	assert.equal(isolate("שלום"), "\u2068שלום\u2069");
	assert.equal(isolate("Küche 🏠"), "Küche 🏠");
	assert.equal(capital("äpfel"), "Äpfel");
});

test("a label that would be cut at the edge is left out", () => {
	assert.deepEqual(fitting(["00:30", "00:45", "01:00"], [100, 200, 300], 310, 7), ["00:30", "00:45", ""]);
	assert.deepEqual(fitting(["01:00"], [300], 320, 7), ["01:00"]);
});

test("a time since another day is told as each language tells it", () => {
	assert.equal(dictionaries.de.app.sinceDay("15. November", "18:59"), "dem 15. November, 18:59");
	assert.equal(dictionaries.de.network.verdict.silentSince("00:59"), "Der Router antwortet seit 00:59 nicht");
});
