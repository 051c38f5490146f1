// What the panel derives from a server, and the paths of servers and guests.
import type { Server, ServerSource } from "../api";
import { percent } from "../format";
import { hearthNow } from "../http";
import { t } from "../i18n";
import { isSilent } from "../ui/outdated";
import type { PillTone } from "../ui/Pill";

/** From here on, in percent, a part of a server is too busy or too full. */
export const HIGH = { cpu: 85, memory: 92, disk: 90 };

/** Guests may use up what they were given: from the outside their caches look like need. */
export const GUEST_HIGH = { cpu: 95, memory: 98, disk: 90 };

export const ROOT = "/servers";

export function serverPath(id: string): string {
	return `${ROOT}/${encodeURIComponent(id)}`;
}

export function guestPath(id: string, vmid: number): string {
	return `${serverPath(id)}/${vmid}`;
}

/** A whole cluster's servers carry the id of their source and the name of their node. */
export function sourceOf(server: Server, sources: ServerSource[]): ServerSource | undefined {
	return sources.find(({ id }) => server.id === id) ?? sources.find(({ id }) => server.id.startsWith(`${id}-`));
}

/** Causes that say nothing about the machine: it may well be running, Hearth just cannot read it. */
const UNREADABLE = new Set(["auth_failed", "not_allowed", "tls_failed", "pin_mismatch", "bad_answer", "too_large"]);

export type Condition = "ok" | "busy" | "stale" | "offline" | "waiting";

export function conditionOf(server: Server, sources: ServerSource[]): Condition {
	const source = sourceOf(server, sources);
	if (!server.online) {
		if (source?.state === "never") return "waiting";
		if (source && isSilent(source, hearthNow())) return "stale";
		return UNREADABLE.has(source?.error_code ?? "") ? "stale" : "offline";
	}
	if (server.is_stale) return "stale";
	return loads(server).length > 0 ? "busy" : "ok";
}

/** What is too busy or too full, in words. */
export function loads(server: Server): string[] {
	const parts: [string, number | null, number][] = [
		[t.servers.cpu, server.cpu, HIGH.cpu],
		[t.servers.memory, server.memory_percent, HIGH.memory],
		[t.servers.disk, server.disk_percent, HIGH.disk],
	];
	return parts.flatMap(([name, value, high]) => (value !== null && value >= high ? [`${name} ${percent(value)}`] : []));
}

export const PILLS: Record<Condition, PillTone> = {
	ok: "on",
	busy: "warn",
	stale: "warn",
	offline: "bad",
	waiting: "off",
};

/** Nobody knows which guests run on a server that does not answer. */
export function guestCounts(servers: Server[]): { running: number; total: number; unknown: number } {
	const counts = { running: 0, total: 0, unknown: 0 };
	for (const { online, vms_running, cts_running, vms_total, cts_total } of servers) {
		if (online) counts.running += vms_running + cts_running;
		counts[online ? "total" : "unknown"] += vms_total + cts_total;
	}
	return counts;
}

export function guestsText(server: Server): string {
	const { running, total, unknown } = guestCounts([server]);
	return server.online ? t.servers.runningOf(running, total) : t.servers.guests.unknownCount(unknown);
}
