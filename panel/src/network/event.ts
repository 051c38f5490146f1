// How an event is told: sentence, detail and icon.
import type { HouseEvent } from "../api";
import type { IconName } from "../icons";
import { t } from "../i18n";

type Kind = keyof typeof t.network.events.text;

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
};

function isKind(kind: string): kind is Kind {
	return Object.hasOwn(ICONS, kind);
}

function text(value: unknown): string {
	return typeof value === "string" ? value : "";
}

function detailOf(event: HouseEvent): string {
	const texts = t.network.events;
	const data = event.data ?? {};
	if (event.kind === "wan.ip_changed")
		return texts.ipChange(text(data["old"]) || texts.noAddress, text(data["new"]) || texts.noAddress);
	return [text(data["ip"]), text(data["mac"])].filter(Boolean).join(" · ");
}

export interface Told {
	title: string;
	detail: string;
	icon: IconName;
	tone: string;
}

/** A kind this panel does not know yet is shown by its own name. */
export function tell(event: HouseEvent): Told {
	const { kind } = event;
	const subject = text(event.data?.["name"]) || (event.subject ?? "");
	if (!isKind(kind)) return { title: `${kind} ${subject}`.trim(), detail: "", icon: "clock", tone: "" };
	return {
		title: t.network.events.text[kind](subject),
		detail: detailOf(event),
		icon: ICONS[kind],
		tone: TONES[kind] ?? "",
	};
}
