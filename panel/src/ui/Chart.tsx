// Lines over time (uPlot), readable by mouse, touch, arrow keys and screen reader.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { clock, dayMonth, weekdayDay } from "../format";
import { locale } from "../i18n";
import { useStore } from "../store";
import { watchColours } from "../theme";
import { fitting } from "./fitting";

export interface Line {
	key: string;
	values: (number | null)[];
	/** Names of CSS custom properties. */
	stroke?: string;
	fill?: string;
	/** Drawn behind the line, from lowest to highest. */
	band?: { low: (number | null)[]; high: (number | null)[]; fill: string };
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
	/** Room for the marks of the value axis, in px. */
	axisWidth?: number;
	/** Distances the marks of the value axis may have; without them round decimal numbers. */
	increments?: number[] | undefined;
	/** A part of the time is asked for, in Unix seconds; it may reach beyond `from` and `to`. */
	onZoom?: (from: number, to: number) => void;
}

interface Cursor {
	index: number;
	x: number;
}

const DAY_S = 86_400;
const PAGE_STEP = 10;
const PADDING_RIGHT = 12;

/** The colour a custom property has here and now, in a form that a canvas understands. */
function colour(host: HTMLElement, property: string): string {
	const probe = document.createElement("span");
	probe.style.color = `var(--${property})`;
	host.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}

/** Only lines get a point under the cursor, not the edges of what is filled. */
function pointSize(chart: uPlot, index: number): number {
	return chart.series[index]?.width ? 8 : 0;
}

function timeLabels(splits: number[], stepS: number): string[] {
	return splits.map((ts) => {
		const date = new Date(ts * 1000);
		if (stepS >= DAY_S) return stepS > 2 * DAY_S ? dayMonth(date) : weekdayDay(date);
		return date.getHours() + date.getMinutes() === 0 ? dayMonth(date) : clock(date);
	});
}

/** Width of a letter in a label, of the size of the page's text. */
const LETTER = 0.44;

/** Values between two gaps draw no line; they are shown as points. */
function lonely(values: ArrayLike<number | null | undefined>): number[] | null {
	const found: number[] = [];
	Array.from(values).forEach((value, index) => {
		if (value != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
	});
	return found.length > 0 ? found : null;
}

/** What uPlot draws of the lines; the edges of a band come before their line, so that it lies on top. */
function seriesOf(lines: Line[], box: HTMLElement): uPlot.Series[] {
	const edge: uPlot.Series = { width: 0, points: { show: false } };
	return lines.flatMap(({ stroke, fill, band }): uPlot.Series[] => [
		...(band ? [{ ...edge }, { ...edge }] : []),
		{
			width: stroke ? 1.75 : 0,
			...(stroke && { stroke: () => colour(box, stroke) }),
			...(fill && { fill: () => colour(box, fill) }),
			points: {
				show: false,
				size: 4,
				filter: (chart, index) => (stroke ? lonely(chart.data[index] ?? []) : null),
			},
		},
	]);
}

function bandsOf(lines: Line[], box: HTMLElement): uPlot.Band[] {
	let next = 1;
	return lines.flatMap(({ band }): uPlot.Band[] => {
		const first = next;
		next += band ? 3 : 1;
		return band ? [{ series: [first, first + 1], fill: () => colour(box, band.fill) }] : [];
	});
}

function dataOf(times: number[], lines: Line[]): uPlot.AlignedData {
	return [times, ...lines.flatMap(({ values, band }) => (band ? [band.high, band.low, values] : [values]))];
}

const MOUSE_EVENTS: Record<string, string> = {
	pointerdown: "mousedown",
	pointermove: "mousemove",
	pointerup: "mouseup",
};

/** uPlot knows only the mouse: a finger that moves sideways does the same. */
function followFinger(chart: uPlot): void {
	const relay = (event: PointerEvent) => {
		const type = MOUSE_EVENTS[event.type];
		if (event.pointerType === "mouse" || type === undefined) return;
		const { clientX, clientY } = event;
		chart.over.dispatchEvent(new MouseEvent(type, { clientX, clientY, movementX: 1, bubbles: true }));
	};
	for (const type of Object.keys(MOUSE_EVENTS)) chart.over.addEventListener(type as "pointerdown", relay);
	chart.over.addEventListener("pointercancel", () => {
		chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
		chart.over.dispatchEvent(new MouseEvent("mouseup", { clientX: -10, clientY: -10, bubbles: true }));
	});
}

export function Chart(props: ChartProps) {
	const { label, summary, from, to, times, lines, placeText, tip, axisWidth = 48 } = props;
	const host = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	const latest = useRef(props);
	latest.current = props;
	const language = useStore(locale);
	const [cursor, setCursor] = useState<Cursor | null>(null);
	const shape = lines.map(({ key, band }) => (band ? `${key}~` : key)).join(" ");
	const canZoom = props.onZoom !== undefined;

	useLayoutEffect(() => {
		const box = host.current!;
		const { fontFamily } = getComputedStyle(box);
		const rootPx = parseFloat(getComputedStyle(document.documentElement).fontSize);
		const axis = {
			font: `${0.75 * rootPx}px ${fontFamily}`,
			stroke: () => colour(box, "muted"),
			grid: { stroke: () => colour(box, "line"), width: 1 },
			ticks: { show: false },
		};
		const chart = new uPlot(
			{
				width: box.clientWidth,
				height: box.clientHeight,
				legend: { show: false },
				padding: [8, PADDING_RIGHT, 0, 0],
				cursor: { y: false, drag: { x: canZoom, y: false, setScale: false, dist: 6 }, points: { size: pointSize, width: (chart, index) => pointSize(chart, index) / 4 } },
				bands: bandsOf(latest.current.lines, box),
				scales: {
					x: { range: () => [latest.current.from, latest.current.to] },
					y: { range: (_, __, top) => [0, Math.max((top ?? 0) * 1.08, latest.current.minTop)] },
				},
				axes: [
					{
						...axis,
						grid: { show: false },
						space: 64,
						size: 30,
						values: (chart, splits, _, __, step) =>
							fitting(
								timeLabels(splits, step),
								splits.map((ts) => chart.valToPos(ts, "x")),
								chart.bbox.width / devicePixelRatio + PADDING_RIGHT,
								LETTER * rootPx,
							),
					},
					{ ...axis, size: axisWidth, space: 44, ...(props.increments && { incrs: props.increments }), values: (_, splits) => splits.map((value) => latest.current.axisText(value)) },
				],
				series: [
					{},
					...seriesOf(latest.current.lines, box),
				],
				hooks: {
					setCursor: [
						({ cursor: { idx, left = -1 } }) => setCursor(idx == null || left < 0 ? null : { index: idx, x: left }),
					],
					setSelect: [
						(chart) => {
							const { left, width } = chart.select;
							if (width === 0) return;
							chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
							latest.current.onZoom?.(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
						},
					],
				},
			},
			dataOf(latest.current.times, latest.current.lines),
			box,
		);
		plot.current = chart;
		if (canZoom) followFinger(chart);

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
	}, [shape, canZoom]);

	useEffect(() => {
		plot.current?.setData(dataOf(times, lines));
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
		const span = to - from;
		const middle = times[place] ?? from + span / 2;
		if (event.key === "+") props.onZoom?.(middle - span / 4, middle + span / 4);
		if (event.key === "-") props.onZoom?.(middle - span, middle + span);
		if (event.key === "Escape") plot.current?.setCursor({ left: -10, top: -10 });
		const goal = goals[event.key];
		if (goal === undefined) return;
		event.preventDefault();
		moveTo(goal);
	}

	const isLeft = cursor !== null && host.current !== null && cursor.x < host.current.clientWidth / 2;
	return (
		<div class="chart">
			<p class="hidden">{summary}</p>
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
					<div class={isLeft ? "chart-tip right" : "chart-tip left"} style={{ left: `${cursor.x + axisWidth}px` }}>
						{tip(cursor.index)}
					</div>
				)}
			</div>
		</div>
	);
}
