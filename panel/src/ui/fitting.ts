// Labels of an axis that fit where they are to stand.

/** A mark near the right edge goes without its label rather than with half of it. All measures in px. */
export function fitting(labels: string[], places: number[], edge: number, letter: number): string[] {
	return labels.map((label, index) => ((places[index] ?? 0) + (label.length * letter) / 2 > edge ? "" : label));
}
