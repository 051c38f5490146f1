// A small curve without axes; gaps stay gaps.

interface SparkProps {
	values: (number | null)[];
	/** The top of the picture, unless a value is higher. */
	minTop: number;
	label: string;
}

const WIDTH = 240;
const HEIGHT = 48;

/** Runs of neighbouring values as [index, value] pairs. */
export function runsOf(values: (number | null)[]): [number, number][][] {
	const runs: [number, number][][] = [];
	values.forEach((value, index) => {
		if (value === null) return;
		const isNew = index === 0 || values[index - 1] === null;
		if (isNew) runs.push([]);
		runs.at(-1)?.push([index, value]);
	});
	return runs;
}

export function Spark({ values, minTop, label }: SparkProps) {
	const runs = runsOf(values);
	const top = Math.max(minTop, ...runs.flat().map(([, value]) => value));
	const x = (index: number) => ((index * WIDTH) / Math.max(values.length - 1, 1)).toFixed(1);
	const y = (value: number) => (HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1);
	const lineOf = (run: [number, number][]) => run.map(([index, value]) => `${x(index)} ${y(value)}`).join("L");
	return (
		<svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
			<title>{label}</title>
			{runs.map((run) => {
				const [[first] = [0]] = run;
				const [last] = run.at(-1) ?? [0];
				const line = lineOf(run);
				return (
					<g key={first}>
						<path class="spark-area" d={`M${x(first)} ${HEIGHT}L${line}L${x(last)} ${HEIGHT}Z`} />
						<path class="spark-line" d={`M${line}`} />
					</g>
				);
			})}
		</svg>
	);
}
