// Figures of values over time, where null is a gap.

export interface Figures {
	mean: number | null;
	lowest: number | null;
	highest: number | null;
}

function extreme(values: (number | null)[], choose: (a: number, b: number) => number): number | null {
	return values.reduce<number | null>(
		(found, value) => (value === null ? found : found === null ? value : choose(found, value)),
		null,
	);
}

export function figures(values: (number | null)[], highs = values, lows = values): Figures {
	const known = values.filter((value) => value !== null);
	return {
		mean: known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null,
		lowest: extreme(lows, Math.min),
		highest: extreme(highs, Math.max),
	};
}

/** Silence before the first value is no gap. */
export function countGaps(values: (number | null)[]): number {
	const first = values.findIndex((value) => value !== null);
	return values.filter((value, index) => index > first && value === null && values[index - 1] !== null).length;
}
