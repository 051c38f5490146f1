// How an event is told: sentence, detail and icon.
import type { HouseEvent } from "../api";
import type { IconName } from "../icons";
import { t } from "../i18n";
import { isolate } from "../text";
import type { Happening } from "../ui/DayList";

type Kind = keyof typeof t.events.text;

const ICONS: Record<Kind, IconName> = {
	"router.down": "alert",
	"router.up": "router",
	"router.auth_failed": "alert",
	"wan.down": "alert",
	"wan.up": "globe",
	"wan.reconnected": "globe",
	"wan.ip_changed": "globe",
	"device.new": "plus",
	"device.online": "wifi",
	"device.offline": "wifi",
	"counter.reset": "clock",
	"server.online": "server",
	"server.offline": "alert",
	"guest.started": "play",
	"guest.stopped": "stop",
	"guest.restarted": "restart",
	"guest.appeared": "plus",
	"guest.disappeared": "close",
	"guest.action_failed": "alert",
	"source.auth_failed": "alert",
	"auth.login_throttled": "alert",
};

const TONES: Partial<Record<Kind, string>> = {
	"router.down": "bad",
	"router.auth_failed": "bad",
	"wan.down": "bad",
	"router.up": "good",
	"wan.up": "good",
	"device.new": "new",
	"device.online": "good",
	"device.offline": "off",
	"server.online": "good",
	"server.offline": "bad",
	"guest.started": "good",
	"guest.stopped": "off",
	"guest.appeared": "new",
	"guest.action_failed": "bad",
	"source.auth_failed": "bad",
	"auth.login_throttled": "bad",
};

function isKind(kind: string): kind is Kind {
	return Object.hasOwn(ICONS, kind);
}

function text(value: unknown): string {
	return typeof value === "string" ? value : "";
}

/** Which action it was, and the end of it in Proxmox's words. */
function failureOf(data: HouseEvent["data"]): string {
	const { names } = t.servers.actions;
	const action = text(data["action"]);
	const name = Object.hasOwn(names, action) ? names[action as keyof typeof names] : action;
	const words = data["result"] === "lost" ? t.audit.outcomes.lost : text(data["exit_status"]);
	return [name, words].filter(Boolean).join(": ");
}

function detailOf(event: HouseEvent): string {
	const texts = t.events;
	const data = event.data ?? {};
	if (event.kind === "wan.ip_changed")
		return texts.ipChange(text(data["old"]) || texts.noAddress, text(data["new"]) || texts.noAddress);
	if (event.kind === "guest.action_failed") return failureOf(data);
	return ["ip", "mac", "username"].map((key) => text(data[key])).filter(Boolean).join(" · ");
}

/** A kind this panel does not know yet is shown by its own name. */
export function tell(event: HouseEvent): Happening {
	const { id, time, kind } = event;
	const subject = isolate(text(event.data?.["name"]) || (event.subject ?? ""));
	if (!isKind(kind)) return { id, time, title: `${kind} ${subject}`.trim(), detail: "", icon: "clock", tone: "" };
	return {
		id,
		time,
		title: t.events.text[kind](subject),
		detail: detailOf(event),
		icon: ICONS[kind],
		tone: TONES[kind] ?? "",
	};
}
