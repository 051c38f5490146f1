// On or off, in colour and in words.
import type { ComponentChildren } from "preact";

export function Pill({ isOn, children }: { isOn: boolean; children: ComponentChildren }) {
	return <span class={isOn ? "pill on" : "pill off"}>{children}</span>;
}
