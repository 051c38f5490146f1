// What the servers page derives: verdicts, charts and their zoom, what may be done with a guest and when it is done.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser";
import type { Guest, History, LastAction, Server, ServerSource } from "../src/api";
import { actionsFor, endOf, hasHappened, isUp, matches, partOf } from "../src/servers/guest";
import { clampZoom, cut, isEmpty, plotsOf } from "../src/servers/history";
import { conditionOf, guestsText, sourceOf } from "../src/servers/server";
import { judge, problemsOf } from "../src/servers/verdict";
import { runsOf } from "../src/ui/Spark";

function server(change: Partial<Server> = {}): Server {
	return {
		id: "pve",
		name: "pve",
		ip: "192.0.2.1",
		node: "pve",
		online: true,
		uptime: 3600,
		cpu: 10,
		memory_used: 4,
		memory_total: 8,
		memory_percent: 50,
		disk_used: 1,
		disk_total: 10,
		disk_percent: 10,
		network_in: 1,
		network_out: 1,
		load_average: [0.1, 0.2, 0.3],
		vms_running: 1,
		vms_total: 2,
		cts_running: 0,
		cts_total: 1,
		is_stale: false,
		fetched_at: "2026-03-01T12:00:00Z",
		...change,
	};
}

const lost = { online: false, is_stale: true, cpu: null, memory_percent: null, disk_percent: null };

function source(change: Partial<ServerSource> = {}): ServerSource {
	return {
		id: "pve",
		name: "pve",
		url: "https://pve.lan:8006",
		state: "ok",
		slot: 1,
		last_success_at: "2026-03-01T12:00:00Z",
		last_attempt_at: new Date().toISOString(),
		next_attempt_at: null,
		failures: 0,
		error_code: null,
		error_text: null,
		...change,
	};
}

function guest(change: Partial<Guest> = {}): Guest {
	return {
		vmid: 100,
		name: "web",
		type: "qemu",
		status: "running",
		cpu: 1,
		memory_used: 1,
		memory_total: 2,
		memory_percent: 50,
		disk_used: 0,
		disk_total: 10,
		uptime: 500,
		server_id: "pve",
		node: "pve",
		cpus: 2,
		disk_read: 0,
		disk_write: 0,
		network_in: 0,
		network_out: 0,
		tags: ["Critical"],
		template: false,
		...change,
	};
}

function history(cpu: (number | null)[], change: Partial<History> = {}): History {
	const none = cpu.map(() => null);
	return {
		from: 0,
		to: cpu.length * 60,
		step: 60,
		timestamps: cpu.map((_, index) => index * 60),
		cpu,
		cpu_min: cpu,
		cpu_max: cpu,
		memory: none,
		memory_min: none,
		memory_max: none,
		memory_total: null,
		network_in: none,
		network_out: none,
		disk_used: none,
		...change,
	};
}

test("a server's source is found by its id, a cluster's node by the id before its own name", () => {
	const sources = [source({ id: "pve" }), source({ id: "lab" })];
	assert.equal(sourceOf(server({ id: "lab-n1" }), sources)?.id, "lab");
	assert.equal(sourceOf(server({ id: "labor" }), sources), undefined);
});

test("a server is well, busy, offline, or merely not to be read", () => {
	assert.equal(conditionOf(server(), [source()]), "ok");
	assert.equal(conditionOf(server({ memory_percent: 95 }), [source()]), "busy");
	assert.equal(conditionOf(server(lost), [source()]), "offline");
	assert.equal(conditionOf(server(lost), [source({ state: "failing", error_code: "timeout" })]), "offline");
	assert.equal(conditionOf(server(lost), [source({ state: "failing", error_code: "auth_failed" })]), "stale");
	assert.equal(conditionOf(server({ ...lost, fetched_at: null }), [source({ state: "never" })]), "waiting");
});

test("the worst server decides the verdict", () => {
	const tone = (servers: Server[], sources = [source()]) => judge(servers, sources).tone;
	assert.equal(tone([server(), server()]), "good");
	assert.equal(tone([server(), server({ cpu: 99 })]), "warn");
	assert.equal(tone([server({ cpu: 99 }), server(lost)]), "bad");
	assert.equal(tone([], [source({ state: "never" })]), "idle");
	assert.equal(tone([], [source({ state: "never", error_code: "auth_failed" })]), "bad");
	assert.match(judge([server(), server({ cpu: 99 })], [source()]).advice ?? "", /2 of 6/);
});

test("when nobody asks any more, no server is said to be well, or to be offline", () => {
	const old = source({ last_attempt_at: "2026-03-01T12:00:00Z" });
	assert.equal(conditionOf(server(lost), [old]), "stale");
	assert.equal(judge([server()], [old]).tone, "warn");
	assert.match(judge([server(lost)], [old]).title, /^Nothing new since/);
});

test("guests of a server that does not answer are neither running nor stopped", () => {
	const silent = server({ ...lost, vms_running: 0, vms_total: 9, cts_total: 0 });
	assert.match(judge([server(), silent], [source()]).advice ?? "", /^1 of 3 guests are running\. The state of 9 guests is unknown\.$/);
	assert.equal(guestsText(silent), "9 guests, state unknown");
});

test("each Proxmox that cannot be read is told with its cause, known or not", () => {
	const told = problemsOf([
		source(),
		source({ id: "a", state: "failing", error_code: "auth_failed" }),
		source({ id: "b", state: "never", last_success_at: null, error_code: "something_new", url: "no address" }),
		source({ id: "c", state: "never", last_success_at: null }),
	]);
	assert.deepEqual(
		told.map(({ key }) => key),
		["a", "b"],
	);
	assert.match(told[0]?.title ?? "", /^pve\.lan:8006: login refused since/);
	assert.equal(told[1]?.title, "no address: unknown cause");
});

test("a band is drawn only where steps hold several samples", () => {
	const [plain] = plotsOf(history([1, 2]), null);
	const [banded] = plotsOf(history([1, 2], { cpu_max: [1, 9] }), null);
	assert.equal(plain?.traces[0]?.band, undefined);
	assert.deepEqual(banded?.traces[0]?.band?.high, [1, 9]);
});

test("charts without any value are known as such", () => {
	assert.deepEqual(
		plotsOf(history([null, 5]), null).filter((plot) => !isEmpty(plot)).map(({ key }) => key),
		["cpu"],
	);
});

test("a zoom stays within the history, is never narrower than a few steps, and ends at the whole", () => {
	const whole = history(Array.from({ length: 60 }, () => 1));
	assert.deepEqual(clampZoom({ from: 600, to: 1800 }, whole), { from: 600, to: 1800 });
	assert.deepEqual(clampZoom({ from: -500, to: 700 }, whole), { from: 0, to: 1200 });
	assert.deepEqual(clampZoom({ from: 1000, to: 1010 }, whole), { from: 765, to: 1245 });
	assert.equal(clampZoom({ from: -Infinity, to: Infinity }, whole), null);
});

test("a cut keeps what lies in it", () => {
	const part = cut(history([1, 2, 3, 4, 5]), { from: 60, to: 180 });
	assert.deepEqual(part.timestamps, [60, 120, 180]);
	assert.deepEqual(part.cpu, [2, 3, 4]);
	assert.deepEqual(cut(history([1, 2]), { from: 500, to: 600 }).cpu, []);
});

test("only what makes sense is offered", () => {
	assert.deepEqual(actionsFor(guest({ status: "stopped" })), ["start"]);
	assert.ok(actionsFor(guest()).includes("reset"));
	assert.deepEqual(actionsFor(guest({ type: "lxc" })), ["shutdown", "restart", "stop"]);
	assert.deepEqual(actionsFor(guest({ status: "paused" })), ["resume", "stop", "reset"]);
	assert.deepEqual(actionsFor(guest({ status: "unknown" })), []);
	assert.deepEqual(actionsFor(guest({ template: true, status: "stopped" })), []);
});

test("an action has happened when the stored state shows it", () => {
	assert.equal(hasHappened("shutdown", guest(), guest()), false);
	assert.equal(hasHappened("shutdown", guest(), guest({ status: "stopped" })), true);
	assert.equal(hasHappened("restart", guest(), guest({ uptime: 510 })), false);
	assert.equal(hasHappened("restart", guest(), guest({ uptime: 3 })), true);
	assert.equal(hasHappened("suspend", guest(), guest({ status: "paused" })), true);
});

function last(change: Partial<LastAction> = {}): LastAction {
	return {
		...{ action: "stop", result: "accepted", reason: null, upid: "UPID:1" },
		...{ asked_at: "2026-03-01T12:00:00Z", ended_at: null },
		...change,
	};
}

test("an action is done only when its own task has ended well", () => {
	const asked = { action: "stop" as const, before: guest(), upid: "UPID:1" };
	const [before, stopped, nowMs] = [guest(), guest({ status: "stopped" }), Date.parse("2026-03-01T12:00:05Z")];
	const ended = { result: "ok" as const, ended_at: "2026-03-01T12:00:02Z" };
	assert.equal(endOf(asked, stopped, last(), nowMs), null);
	assert.equal(endOf(asked, stopped, last(ended), nowMs), "done");
	assert.equal(endOf(asked, before, last(ended), nowMs), null);
	assert.equal(endOf(asked, before, last(ended), nowMs + 60_000), "done");
	assert.equal(endOf(asked, stopped, last({ ...ended, upid: "UPID:0" }), nowMs), null);
	assert.equal(endOf(asked, stopped, last({ result: "failed" }), nowMs), "failed");
	assert.equal(endOf(asked, before, last({ result: "lost" }), nowMs), "lost");
});

test("without a task the state is what counts, but not that of a reset", () => {
	const asked = { action: "stop" as const, before: guest(), upid: null };
	assert.equal(endOf(asked, guest(), last({ upid: null }), 0), null);
	assert.equal(endOf(asked, guest({ status: "stopped" }), last({ upid: null }), 0), "done");
	assert.equal(endOf({ ...asked, action: "reset" }, guest(), last({ action: "reset" }), 0), null);
});

test("paused guests hold memory, templates never run, and unknown is not stopped", () => {
	assert.deepEqual(
		["running", "paused", "suspended", "prelaunch", "stopped", "unknown"].map((status) => partOf(guest({ status }))),
		["running", "paused", "paused", "paused", "stopped", "unknown"],
	);
	assert.equal(partOf(guest({ template: true, status: "stopped" })), "template");
	assert.equal(isUp(guest({ status: "paused" })), true);
	assert.equal(isUp(guest({ status: "stopped" })), false);
	assert.equal(isUp(guest({ status: "unknown" })), true);
	assert.equal(isUp(guest({ status: "unknown", uptime: 0 })), false);
});

test("guests are found by name, number and tag", () => {
	assert.ok(matches(guest(), "WEB"));
	assert.ok(matches(guest(), "10"));
	assert.ok(matches(guest(), "critical"));
	assert.ok(!matches(guest(), "mail"));
});

test("a curve is broken at gaps", () => {
	assert.deepEqual(runsOf([null, 1, 2, null, 3]), [
		[
			[1, 1],
			[2, 2],
		],
		[[4, 3]],
	]);
});
