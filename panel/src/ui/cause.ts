// Why another system could not be asked; the codes are those of the API.
import { t } from "../i18n";

export type Cause = keyof typeof t.cause;

/** The other side has answered, and does not want Hearth. */
export function isRefusal(cause: Cause): boolean {
	return cause === "auth_failed" || cause === "not_allowed";
}

/** The other side has said nothing at all. */
export function isSilence(cause: Cause): boolean {
	return cause === "connect_failed" || cause === "resolve_failed" || cause === "timeout";
}

export function causeOf(code: string | null): Cause {
	return code !== null && Object.hasOwn(t.cause, code) ? (code as Cause) : "unknown";
}
