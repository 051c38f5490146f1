// How an entry of the audit trail is told.
import type { AuditEntry } from "../api";
import type { IconName } from "../icons";
import { t } from "../i18n";
import { isolate } from "../text";
import type { Happening } from "../ui/DayList";

/** By the part of the action before the dot. */
const ICONS: Record<string, IconName> = {
	session: "account",
	panel: "account",
	user: "account",
	password: "key",
	api_key: "key",
	token: "key",
	config: "pencil",
	network: "pencil",
	guest: "server",
};

const BAD = new Set(["failed", "refused", "lost"]);

function textOf(value: unknown): string {
	return typeof value === "string" ? value : "";
}

function subjectOf({ action, subject, data }: AuditEntry): string {
	const name = textOf(data["name"]);
	if (name) return isolate(name);
	const [server = "", vmid] = subject?.split("/") ?? [];
	if (action.startsWith("guest.") && vmid) return t.audit.guest(vmid, server);
	return subject && /^(api_key|token)\./.test(action) ? t.audit.number(subject) : isolate(subject ?? "");
}

/** What became of it, in words; what Proxmox said of a failure in its own. */
function outcomeOf({ action, data }: AuditEntry): string {
	if (!action.startsWith("guest.")) return "";
	const { outcomes } = t.audit;
	const result = textOf(data["result"]);
	const known = Object.hasOwn(outcomes, result) ? outcomes[result as keyof typeof outcomes] : result;
	const reason = textOf(data["reason"]);
	return reason ? `${known}: ${isolate(reason)}` : known;
}

function settingsOf({ data }: AuditEntry): string {
	const keys: unknown = data["keys"];
	return Array.isArray(keys) ? keys.map(textOf).filter(Boolean).join(", ") : "";
}

/** An action this panel does not know yet is shown by its own name. */
export function tell(entry: AuditEntry): Happening {
	const { id, time, actor, action, data } = entry;
	const { actions, by } = t.audit;
	const known = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : action;
	return {
		id,
		time,
		icon: ICONS[action.split(".", 1)[0] ?? ""] ?? "clock",
		tone: action.startsWith("guest.") && BAD.has(textOf(data["result"])) ? "bad" : "",
		title: [known, subjectOf(entry)].filter(Boolean).join(": "),
		detail: [by(actor), outcomeOf(entry), settingsOf(entry)].filter(Boolean).join(" · "),
	};
}
