// Stored series and live measurements, joined into what one chart draws.
import type { Bandwidth, BandwidthSeries } from "../api";

export interface Traffic {
	from: number;
	to: number;
	times: number[];
	down: (number | null)[];
	downPeak: (number | null)[];
	up: (number | null)[];
	upPeak: (number | null)[];
}

export interface Live {
	ts: number;
	down: number;
	up: number;
}

/** More than an hour of measurements ten seconds apart. */
const MAX_LIVE = 400;

export function toLive(bandwidth: Bandwidth): Live {
	return {
		ts: Math.floor(Date.parse(bandwidth.fetched_at) / 1000),
		down: bandwidth.downstream_bps,
		up: bandwidth.upstream_bps,
	};
}

export function addLive(known: Live[], next: Live): Live[] {
	const last = known.at(-1);
	return last && next.ts <= last.ts ? known : [...known, next].slice(-MAX_LIVE);
}

function fromSeries(series: BandwidthSeries): Traffic {
	return {
		from: series.from,
		to: series.to,
		times: [...series.timestamps],
		down: [...series.downstream],
		downPeak: [...series.downstream_max],
		up: [...series.upstream],
		upPeak: [...series.upstream_max],
	};
}

function push(traffic: Traffic, ts: number, down: number | null, up: number | null): void {
	traffic.times.push(ts);
	traffic.down.push(down);
	traffic.downPeak.push(down);
	traffic.up.push(up);
	traffic.upPeak.push(up);
}

function dropLast(traffic: Traffic): void {
	for (const list of [traffic.times, traffic.down, traffic.downPeak, traffic.up, traffic.upPeak]) list.pop();
}

/** Appends the live measurements that are newer than the last stored value; a long silence stays a gap. */
export function join(series: BandwidthSeries, live: Live[]): Traffic {
	const traffic = fromSeries(series);
	const { step } = series;
	// The newest steps are empty because they are not over yet: no gap, if something live follows.
	while (live.length > 0 && traffic.times.length > 0 && traffic.down.at(-1) == null) dropLast(traffic);
	for (const point of live) {
		const last = traffic.times.at(-1) ?? 0;
		if (point.ts <= last) continue;
		if (point.ts - last > 3 * step) push(traffic, last + step, null, null);
		push(traffic, point.ts, point.down, point.up);
	}
	const span = series.to - series.from;
	traffic.to = Math.max(series.to, live.at(-1)?.ts ?? 0);
	traffic.from = traffic.to - span;
	return traffic;
}
