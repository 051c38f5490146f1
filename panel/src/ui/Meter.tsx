// How full something is: a bar under its name and value; pale where it may be old.
import { useContext } from "preact/hooks";
import { Outdated } from "./outdated";

interface MeterProps {
	label: string;
	value: string;
	/** Of 100; null when unknown. */
	percent: number | null;
	/** From here on it is too much. */
	highFrom: number;
}

export function Meter({ label, value, percent, highFrom }: MeterProps) {
	const isOld = useContext(Outdated) !== null;
	const isHigh = percent !== null && percent >= highFrom;
	return (
		<div class={isOld ? "meter old" : isHigh ? "meter high" : "meter"}>
			<span class="meter-label">{label}</span>
			<span class="meter-value">{value}</span>
			<span class="meter-bar" aria-hidden="true">
				{percent !== null && percent > 0 && <span style={{ width: `${Math.min(percent, 100)}%` }} />}
			</span>
		</div>
	);
}
