// A state in colour and in words.
import type { ComponentChildren } from "preact";

export type PillTone = "on" | "off" | "warn" | "bad";

export function Pill({ tone, children }: { tone: PillTone; children: ComponentChildren }) {
	return <span class={`pill ${tone}`}>{children}</span>;
}
