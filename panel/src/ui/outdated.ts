// Whether what is shown may be old: pills lose their colour, verdicts say so.
import { createContext } from "preact";

/** Since when, in ms, nothing newer is known of what stands below; null while it is fresh. */
export const Outdated = createContext<number | null>(null);

/** Of anything that the collector asks: how its polling goes. */
export interface Polling {
	last_attempt_at: string | null;
	next_attempt_at: string | null;
}

const SILENCE_MS = 90_000;

/** The collector should have asked again long ago: it does not run, or hangs. */
export function isSilent({ last_attempt_at, next_attempt_at }: Polling, nowMs: number): boolean {
	const due = Math.max(...[last_attempt_at, next_attempt_at].map((time) => (time === null ? 0 : Date.parse(time))));
	return due > 0 && nowMs - due > SILENCE_MS;
}
