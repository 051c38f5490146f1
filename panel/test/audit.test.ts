// How entries of the audit trail and events of actions are told: in words, never as raw data.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser";
import { tell } from "../src/account/audit";
import type { AuditEntry } from "../src/api";
import { tell as tellEvent } from "../src/events/event";

function entry(change: Partial<AuditEntry>): AuditEntry {
	return { id: 1, time: "2026-03-01T12:00:00Z", actor: "admin", action: "guest.stop", subject: "nas/100", data: {}, ...change };
}

const told = (data: object, change: Partial<AuditEntry> = {}) => tell(entry({ data: data as AuditEntry["data"], ...change }));

test("an action is told with the guest's name and its end", () => {
	const done = told({ action: "stop", name: "web", result: "ok", upid: "UPID:pve:1" });
	assert.equal(done.title, "Stop guest: web");
	assert.equal(done.detail, "by admin · done");
	const failed = told({ action: "stop", name: "web", result: "failed", reason: "VM is locked (backup)", upid: null });
	assert.equal(failed.detail, "by admin · failed: VM is locked (backup)");
	assert.equal(failed.tone, "bad");
});

test("a guest without a name is told by its number and server", () => {
	assert.equal(told({ result: "lost" }).title, "Stop guest: 100 on nas");
});

test("settings, keys and unknown actions are told without raw data", () => {
	const config = told({ keys: ["FRITZBOX_HOST", "FRITZBOX_PORT"] }, { action: "config.update", subject: null });
	assert.equal(config.title, "Configuration changed");
	assert.equal(config.detail, "by admin · FRITZBOX_HOST, FRITZBOX_PORT");
	assert.equal(told({}, { action: "api_key.create", subject: "1" }).title, "API key created: no. 1");
	assert.equal(told({ odd: { deep: [1] } }, { action: "new.thing", subject: "x" }).detail, "by admin");
});

test("a failed action is told in the reader's language", () => {
	const event = (data: object) =>
		tellEvent({ id: 1, time: "2026-03-01T12:00:00Z", kind: "guest.action_failed", subject: "nas/100", data } as never);
	assert.equal(event({ action: "shutdown", name: "web", result: "failed", exit_status: "timeout" }).detail, "Shut down: timeout");
	assert.equal(event({ action: "stop", name: "web", result: "lost", exit_status: null }).detail, "Stop: outcome unknown");
	assert.equal(event({ action: "stop", name: "web" }).title, "Action on web failed");
});
