// Lines over time (uPlot), readable by mouse, touch, arrow keys and screen reader.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { clock, dayMonth, weekdayDay } from "../format";
import { locale } from "../i18n";
import { useStore } from "../store";
import { watchColours } from "../theme";

export interface Line {
	key: string;
	values: (number | null)[];
	/** Names of CSS custom properties. */
	stroke?: string;
	fill?: string;
}

interface ChartProps {
	label: string;
	/** What the picture shows, in words. */
	summary: string;
	from: number;
	to: number;
	/** Unix seconds, ascending; null values in the lines are gaps and stay gaps. */
	times: number[];
	lines: Line[];
	axisText: (value: number) => string;
	/** The values at one place, in words. */
	placeText: (index: number) => string;
	tip: (index: number) => ComponentChildren;
	/** Smallest top of the value axis, so that silence does not look like noise. */
	minTop: number;
}

interface Cursor {
	index: number;
	x: number;
}

const DAY_S = 86_400;
const PAGE_STEP = 10;

/** The colour a custom property has here and now, in a form that a canvas understands. */
function colour(host: HTMLElement, property: string): string {
	const probe = document.createElement("span");
	probe.style.color = `var(--${property})`;
	host.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}

function timeLabels(splits: number[], stepS: number): string[] {
	return splits.map((ts) => {
		const date = new Date(ts * 1000);
		if (stepS >= DAY_S) return weekdayDay(date);
		return date.getHours() + date.getMinutes() === 0 ? dayMonth(date) : clock(date);
	});
}

/** Values between two gaps draw no line; they are shown as points. */
function lonely(values: ArrayLike<number | null | undefined>): number[] | null {
	const found: number[] = [];
	Array.from(values).forEach((value, index) => {
		if (value != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
	});
	return found.length > 0 ? found : null;
}

export function Chart(props: ChartProps) {
	const { label, summary, from, to, times, lines, placeText, tip } = props;
	const host = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	const latest = useRef(props);
	latest.current = props;
	const language = useStore(locale);
	const [cursor, setCursor] = useState<Cursor | null>(null);
	const shape = lines.map((line) => line.key).join(" ");

	useLayoutEffect(() => {
		const box = host.current!;
		const { fontFamily } = getComputedStyle(box);
		const axis = {
			font: `12px ${fontFamily}`,
			stroke: () => colour(box, "muted"),
			grid: { stroke: () => colour(box, "line"), width: 1 },
			ticks: { show: false },
		};
		const chart = new uPlot(
			{
				width: box.clientWidth,
				height: box.clientHeight,
				legend: { show: false },
				padding: [8, 8, 0, 0],
				cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, width: 2 } },
				scales: {
					x: { range: () => [latest.current.from, latest.current.to] },
					y: { range: (_, __, top) => [0, Math.max((top ?? 0) * 1.08, latest.current.minTop)] },
				},
				axes: [
					{ ...axis, grid: { show: false }, space: 64, size: 30, values: (_, splits, __, ___, step) => timeLabels(splits, step) },
					{ ...axis, size: 48, space: 44, values: (_, splits) => splits.map((value) => latest.current.axisText(value)) },
				],
				series: [
					{},
					...latest.current.lines.map(({ stroke, fill }): uPlot.Series => ({
						width: stroke ? 1.75 : 0,
						...(stroke && { stroke: () => colour(box, stroke) }),
						...(fill && { fill: () => colour(box, fill) }),
						points: {
							show: false,
							size: 4,
							filter: (chart, index) => (stroke ? lonely(chart.data[index] ?? []) : null),
						},
					})),
				],
				hooks: {
					setCursor: [
						({ cursor: { idx, left = -1 } }) => setCursor(idx == null || left < 0 ? null : { index: idx, x: left }),
					],
				},
			},
			[latest.current.times, ...latest.current.lines.map((line) => line.values)],
			box,
		);
		plot.current = chart;

		const resize = new ResizeObserver(() =>
			chart.setSize({ width: box.clientWidth, height: box.clientHeight }),
		);
		resize.observe(box);
		const unwatch = watchColours(() => chart.redraw(false));
		return () => {
			unwatch();
			resize.disconnect();
			chart.destroy();
		};
	}, [shape]);

	useEffect(() => {
		plot.current?.setData([times, ...lines.map((line) => line.values)]);
	}, [times, lines, from, to, language]);

	const last = times.length - 1;
	const place = Math.min(cursor?.index ?? last, last);

	function moveTo(index: number): void {
		const chart = plot.current;
		const ts = times[Math.min(Math.max(index, 0), last)];
		if (!chart || ts === undefined) return;
		chart.setCursor({ left: Math.max(chart.valToPos(ts, "x"), 0), top: 0 });
	}

	function onKeyDown(event: KeyboardEvent): void {
		const goals: Record<string, number> = {
			ArrowLeft: place - 1,
			ArrowDown: place - 1,
			ArrowRight: place + 1,
			ArrowUp: place + 1,
			PageDown: place - PAGE_STEP,
			PageUp: place + PAGE_STEP,
			Home: 0,
			End: last,
		};
		if (event.key === "Escape") plot.current?.setCursor({ left: -10, top: -10 });
		const goal = goals[event.key];
		if (goal === undefined) return;
		event.preventDefault();
		moveTo(goal);
	}

	const isLeft = cursor !== null && host.current !== null && cursor.x < host.current.clientWidth / 2;
	return (
		<figure class="chart">
			<figcaption class="hidden">{summary}</figcaption>
			<div
				class="chart-box"
				role="slider"
				tabIndex={0}
				aria-label={label}
				aria-valuemin={0}
				aria-valuemax={Math.max(last, 0)}
				aria-valuenow={Math.max(place, 0)}
				aria-valuetext={last < 0 ? summary : placeText(place)}
				onKeyDown={onKeyDown}
				onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
			>
				<div class="chart-plot" ref={host} />
				{cursor && cursor.index <= last && (
					<div class={isLeft ? "chart-tip right" : "chart-tip left"} style={{ left: `${cursor.x + 48}px` }}>
						{tip(cursor.index)}
					</div>
				)}
			</div>
		</figure>
	);
}
