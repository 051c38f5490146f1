// How an entry of the audit trail is told.
import type { AuditEntry } from "../api";
import type { IconName } from "../icons";
import { t } from "../i18n";
import type { Happening } from "../ui/DayList";

/** By the part of the action before the dot. */
const ICONS: Record<string, IconName> = {
	session: "account",
	user: "account",
	password: "key",
	api_key: "key",
	token: "key",
	config: "pencil",
	network: "pencil",
	guest: "server",
};

function valueText(value: unknown): string {
	return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** An action this panel does not know yet is shown by its own name. */
export function tell({ id, time, actor, action, subject, data }: AuditEntry): Happening {
	const texts = t.audit;
	const known = Object.hasOwn(texts.actions, action) ? texts.actions[action as keyof typeof texts.actions] : action;
	const details = Object.entries(data).map(([key, value]) => `${key}: ${valueText(value)}`);
	return {
		id,
		time,
		icon: ICONS[action.split(".", 1)[0] ?? ""] ?? "clock",
		tone: action.startsWith("guest.") && data["success"] === false ? "bad" : "",
		title: [known, subject].filter(Boolean).join(": "),
		detail: [texts.by(actor), ...details].join(" · "),
	};
}
