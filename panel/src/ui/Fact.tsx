// A name and its value, a line of a `dl`.
import type { ComponentChildren } from "preact";

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
	return (
		<div class="fact">
			<dt>{label}</dt>
			<dd>{children}</dd>
		</div>
	);
}
