// What the panel derives from a guest: its state in words, what may be done with it.
import type { Guest, GuestAction, LastAction } from "../api";
import type { IconName } from "../icons";
import { t } from "../i18n";
import type { PillTone } from "../ui/Pill";

export const ICONS: Record<GuestAction, IconName> = {
	start: "play",
	shutdown: "power",
	restart: "restart",
	suspend: "pause",
	resume: "play",
	stop: "zap",
	reset: "zap",
};

/** Those that act as a pulled plug does. */
const DANGEROUS = new Set<GuestAction>(["stop", "reset"]);

export function isDangerous(action: GuestAction): boolean {
	return DANGEROUS.has(action);
}

export function isRunning(guest: Guest): boolean {
	return guest.status === "running";
}

/** What makes sense in the present state. Containers know no reset, and their suspension mostly fails. */
export function actionsFor(guest: Guest): GuestAction[] {
	const isVm = guest.type === "qemu";
	if (guest.template) return [];
	if (guest.status === "stopped") return ["start"];
	if (guest.status === "running")
		return isVm ? ["shutdown", "restart", "suspend", "stop", "reset"] : ["shutdown", "restart", "stop"];
	if (guest.status === "paused" || guest.status === "suspended") return ["resume", "stop", ...(isVm ? ["reset" as const] : [])];
	return guest.status === "unknown" ? [] : ["stop", ...(isVm ? ["reset" as const] : [])];
}

/** Whether the stored state shows that `action`, asked for when the guest was as `before`, has come about. */
export function hasHappened(action: GuestAction, before: Guest, now: Guest): boolean {
	switch (action) {
		case "start":
		case "resume":
			return isRunning(now);
		case "stop":
		case "shutdown":
			return now.status === "stopped";
		case "suspend":
			return !isRunning(now);
		case "restart":
			return isRunning(now) && now.uptime < before.uptime;
		// A reset leaves the virtual machine's process, and with it the uptime, as they are.
		case "reset":
			return true;
	}
}

/** A guest that uses something: also one that is paused keeps its memory. */
export function isUp({ status, template, uptime }: Guest): boolean {
	return !template && status !== "stopped" && (status !== "unknown" || uptime > 0);
}

/** The state, where a template is a state of its own: it never runs. */
export function stateOf({ status, template }: Guest): string {
	return template ? "template" : status;
}

export type Part = "running" | "paused" | "stopped" | "unknown" | "template";

/** What the list of guests is divided into; everything between running and stopped counts as paused. */
export function partOf(guest: Guest): Part {
	const state = stateOf(guest);
	return state === "running" || state === "stopped" || state === "unknown" || state === "template" ? state : "paused";
}

/** A task may end a moment before the state shows it. */
const SETTLE_MS = 15_000;

interface Asked {
	action: GuestAction;
	before: Guest;
	upid: string | null;
}

/** How what was asked for has ended; null while it has not, or while `last` tells of something else. */
export function endOf(asked: Asked, now: Guest, last: LastAction, nowMs: number): "done" | "failed" | "lost" | null {
	if (last.action !== asked.action || last.upid !== asked.upid) return null;
	const isSeen = hasHappened(asked.action, asked.before, now);
	switch (last.result) {
		case "ok":
			return isSeen || (last.ended_at !== null && nowMs - Date.parse(last.ended_at) > SETTLE_MS) ? "done" : null;
		case "failed":
		case "refused":
			return "failed";
		case "lost":
			return "lost";
		// Where Proxmox gave no task, the state is all there is.
		default:
			return last.upid === null && last.result === "accepted" && isSeen ? "done" : null;
	}
}

export function statusText(status: string): string {
	const { statuses } = t.servers.guests;
	return Object.hasOwn(statuses, status) ? statuses[status as keyof typeof statuses] : status;
}

export function statusTone(status: string): PillTone {
	if (status === "running") return "on";
	return status === "stopped" || status === "unknown" || status === "template" ? "off" : "warn";
}

export function matches(guest: Guest, query: string): boolean {
	const wanted = query.trim().toLocaleLowerCase();
	return [guest.name, String(guest.vmid), ...guest.tags].some((text) => text.toLocaleLowerCase().includes(wanted));
}
