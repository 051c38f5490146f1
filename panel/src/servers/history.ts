// A stored history as the charts draw it: which charts there are, and the part of the time that is looked at.
import type { History } from "../api";
import { bitRate, bytes, percent } from "../format";
import { t } from "../i18n";

type Course = (number | null)[];

/** One quantity in a chart. */
export interface Trace {
	key: string;
	name: string;
	/** Name of its colour. */
	hue: "down" | "up";
	values: Course;
	/** Lowest and highest of each step, where the steps hold several samples. */
	band?: { low: Course; high: Course };
}

export interface Plot {
	key: string;
	title: string;
	unit: (value: number | null | undefined) => string;
	traces: Trace[];
	minTop: number;
	increments?: number[];
}

export interface Zoom {
	from: number;
	to: number;
}

const MIN_TOP_PERCENT = 10;
const MIN_TOP_BYTES_PER_S = 12_500;
const KIB = 1024;
/** Marks of a memory axis: 1 KiB, 2 KiB, 4 KiB … */
const BINARY = Array.from({ length: 40 }, (_, power) => KIB * 2 ** power);
/** Marks of a traffic axis: bytes a second that are round numbers of bits. */
const BITS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((factor) => (factor * 10 ** power) / 8)).flat();
/** A zoom shows at least so many steps. */
const MIN_STEPS = 8;

function hasBand(values: Course, low: Course, high: Course): boolean {
	return values.some((value, index) => value !== null && (low[index] !== value || high[index] !== value));
}

function trace(key: string, name: string, hue: Trace["hue"], values: Course, low = values, high = values): Trace {
	return { key, name, hue, values, ...(hasBand(values, low, high) && { band: { low, high } }) };
}

/** `diskTotal` is null for guests whose disk only they themselves can look into. */
export function plotsOf(history: History, diskTotal: number | null): Plot[] {
	const texts = t.servers;
	const cpu = trace("cpu", texts.cpu, "down", history.cpu, history.cpu_min, history.cpu_max);
	const memory = trace("memory", texts.memory, "down", history.memory, history.memory_min, history.memory_max);
	return [
		{ key: "cpu", title: texts.cpu, unit: percent, traces: [cpu], minTop: MIN_TOP_PERCENT },
		{
			key: "memory",
			title: texts.memory,
			unit: bytes,
			traces: [memory],
			minTop: history.memory_total ?? KIB,
			increments: BINARY,
		},
		{
			key: "network",
			title: texts.network,
			unit: bitRate,
			traces: [
				trace("in", texts.received, "down", history.network_in),
				trace("out", texts.sent, "up", history.network_out),
			],
			minTop: MIN_TOP_BYTES_PER_S,
			increments: BITS,
		},
		{
			key: "disk",
			title: texts.disk,
			unit: bytes,
			traces: [trace("disk", texts.disk, "down", history.disk_used)],
			minTop: diskTotal ?? KIB,
			increments: BINARY,
		},
	];
}

export function isEmpty(plot: Plot): boolean {
	return plot.traces.every(({ values }) => values.every((value) => value === null));
}

/** Keeps a wish within the history; null is the whole of it. */
export function clampZoom({ from, to }: Zoom, history: History): Zoom | null {
	const whole = history.to - history.from;
	const span = Math.max(to - from, MIN_STEPS * history.step);
	if (span >= whole) return null;
	const start = Math.min(Math.max((from + to - span) / 2, history.from), history.to - span);
	return { from: start, to: start + span };
}

/** The part of a history that a zoom shows. */
export function cut(history: History, { from, to }: Zoom): History {
	const first = history.timestamps.findIndex((ts) => ts >= from);
	const start = first < 0 ? history.timestamps.length : first;
	const after = history.timestamps.findIndex((ts) => ts > to);
	const end = after < 0 ? history.timestamps.length : after;
	const part = <T>(list: T[]) => list.slice(start, end);
	return {
		...history,
		from,
		to,
		timestamps: part(history.timestamps),
		cpu: part(history.cpu),
		cpu_min: part(history.cpu_min),
		cpu_max: part(history.cpu_max),
		memory: part(history.memory),
		memory_min: part(history.memory_min),
		memory_max: part(history.memory_max),
		network_in: part(history.network_in),
		network_out: part(history.network_out),
		disk_used: part(history.disk_used),
	};
}
