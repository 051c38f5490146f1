// A state in colour and in words; what may be old has no colour.
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { Outdated } from "./outdated";

export type PillTone = "on" | "off" | "warn" | "bad";

export function Pill({ tone, children }: { tone: PillTone; children: ComponentChildren }) {
	const isOld = useContext(Outdated) !== null;
	return <span class={`pill ${isOld ? "off" : tone}`}>{children}</span>;
}
