// Why another system could not be asked; the codes are those of the API.
import { t } from "../i18n";

export type Cause = keyof typeof t.cause;

export function causeOf(code: string | null): Cause {
	return code !== null && Object.hasOwn(t.cause, code) ? (code as Cause) : "unknown";
}
