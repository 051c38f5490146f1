// A strip of time with bars where something was on, four quarters marked.

interface StripProps {
	from: number;
	to: number;
	spans: number[][];
	label: string;
}

const WIDTH = 144;
const HEIGHT = 12;

export function Strip({ from, to, spans, label }: StripProps) {
	const position = (ts: number) => (Math.min(Math.max((ts - from) / (to - from), 0), 1) * WIDTH);
	return (
		<svg class="strip" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
			<title>{label}</title>
			<rect class="strip-ground" width={WIDTH} height={HEIGHT} />
			{spans.map(([start = 0, end = 0]) => {
				const x = position(start);
				return (
					<rect key={start} class="strip-on" x={x} width={Math.max(position(end) - x, 0.7)} height={HEIGHT} />
				);
			})}
			{[1, 2, 3].map((quarter) => (
				<rect key={quarter} class="strip-mark" x={(quarter * WIDTH) / 4} width={0.6} height={HEIGHT} />
			))}
		</svg>
	);
}
