// How full something is: a bar under its name and value.
interface MeterProps {
	label: string;
	value: string;
	/** Of 100; null when unknown. */
	percent: number | null;
	/** From here on it is too much. */
	highFrom: number;
}

export function Meter({ label, value, percent, highFrom }: MeterProps) {
	return (
		<div class={percent !== null && percent >= highFrom ? "meter high" : "meter"}>
			<span class="meter-label">{label}</span>
			<span class="meter-value">{value}</span>
			<span class="meter-bar" aria-hidden="true">
				{percent !== null && percent > 0 && <span style={{ width: `${Math.min(percent, 100)}%` }} />}
			</span>
		</div>
	);
}
