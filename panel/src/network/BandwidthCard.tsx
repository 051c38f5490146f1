// Live rates, and their course over an hour, a day or a week.
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, type Bandwidth, type BandwidthSeries, type Wan } from "../api";
import { clock, dayClock, fullTime, megabits, megabitsShort, rate } from "../format";
import { Icon } from "../icons";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { capital } from "../text";
import { Card } from "../ui/Card";
import { Chart, type Line } from "../ui/Chart";
import { Segments } from "../ui/Choice";
import { countGaps, figures } from "../ui/course";
import { Empty, Resource, Skeleton } from "../ui/State";
import { addLive, join, toLive, type Live, type Traffic } from "./traffic";

type Hours = keyof typeof t.network.bandwidth.hours;

const RANGES: { hours: Hours; everyS: number }[] = [
	{ hours: 1, everyS: 60 },
	{ hours: 24, everyS: 300 },
	{ hours: 168, everyS: 900 },
];
const LIVE_EVERY_S = 10;
const HOUR_S = 3600;
const MIN_TOP_BPS = 1e6;

interface RateProps {
	direction: "down" | "up";
	label: string;
	bps: number | null;
	maxBps: number;
}

function Rate({ direction, label, bps, maxBps }: RateProps) {
	const texts = t.network.bandwidth;
	const share = bps !== null && maxBps > 0 ? Math.min(bps / maxBps, 1) : 0;
	return (
		<div class={`rate ${direction}`}>
			<span class="rate-label">
				<Icon name={direction} size={16} />
				{label}
			</span>
			<span class="rate-value">
				{bps === null ? <span class="muted">–</span> : megabits(bps)} <small>{t.app.megabits}</small>
			</span>
			<span class="rate-bar" aria-hidden="true">
				{bps !== null && <span style={{ width: `${share * 100}%` }} />}
			</span>
			{maxBps > 0 && <span class="rate-max">{texts.ofLine(`${megabitsShort(maxBps)} ${t.app.megabits}`)}</span>}
		</div>
	);
}

function summaryOf(traffic: Traffic, period: string): string {
	const down = figures(traffic.down, traffic.downPeak);
	const up = figures(traffic.up, traffic.upPeak);
	return t.network.bandwidth.summary({
		period: capital(period),
		downMean: rate(down.mean),
		downPeak: rate(down.highest),
		upMean: rate(up.mean),
		upPeak: rate(up.highest),
		gaps: t.chart.gaps(countGaps(traffic.down)),
	});
}

function Course({ series, live, period }: { series: BandwidthSeries; live: Live[]; period: string }) {
	const texts = t.network.bandwidth;
	const traffic = useMemo(() => join(series, live), [series, live]);
	const lines = useMemo<Line[]>(
		() => [
			{ key: "downPeak", values: traffic.downPeak, fill: "down-faint" },
			{ key: "upPeak", values: traffic.upPeak, fill: "up-faint" },
			{ key: "down", values: traffic.down, stroke: "down", fill: "down-fill" },
			{ key: "up", values: traffic.up, stroke: "up", fill: "up-fill" },
		],
		[traffic],
	);
	if (traffic.down.every((value) => value === null))
		return <Empty icon="clock" title={texts.none} text={texts.noneText} />;

	const timeOf = (index: number) => new Date((traffic.times[index] ?? 0) * 1000);
	const placeText = (index: number) =>
		`${fullTime(timeOf(index))}: ${texts.download} ${rate(traffic.down[index])}, ${texts.upload} ${rate(traffic.up[index])}`;
	const tipRow = (direction: "down" | "up", values: (number | null)[], peaks: (number | null)[], index: number) => {
		const value = values[index];
		const peak = peaks[index];
		return (
			<span class={`tip-row ${direction}`}>
				<Icon name={direction} size={14} />
				{rate(value)}
				{value != null && peak != null && peak > value * 1.05 && (
					<small>
						{texts.peak} {megabits(peak)}
					</small>
				)}
			</span>
		);
	};
	return (
		<Chart
			label={texts.chart(period)}
			summary={summaryOf(traffic, period)}
			from={traffic.from}
			to={traffic.to}
			times={traffic.times}
			lines={lines}
			axisText={megabitsShort}
			placeText={placeText}
			minTop={MIN_TOP_BPS}
			tip={(index) => (
				<>
					<b>{traffic.to - traffic.from > HOUR_S ? dayClock(timeOf(index)) : clock(timeOf(index))}</b>
					{tipRow("down", traffic.down, traffic.downPeak, index)}
					{tipRow("up", traffic.up, traffic.upPeak, index)}
				</>
			)}
		/>
	);
}

function useLive(): { now: Bandwidth | null; points: Live[] } {
	const poll = usePoll("network live", LIVE_EVERY_S, api.bandwidth);
	const [points, setPoints] = useState<Live[]>([]);
	const { data } = poll;
	useEffect(() => {
		if (data && !data.is_stale) setPoints((known) => addLive(known, toLive(data)));
	}, [data]);
	return { now: data && !data.is_stale && !poll.error ? data : null, points };
}

const NO_POINTS: Live[] = [];

export function BandwidthCard({ wan }: { wan: Wan | null }) {
	const texts = t.network.bandwidth;
	const [range, setRange] = useState(RANGES[0]!);
	const live = useLive();
	const series = usePoll(`network bandwidth ${range.hours}`, range.everyS, (signal) => api.bandwidthSeries(range.hours, signal));
	const isHour = range.hours === 1;

	return (
		<Card
			title={texts.title}
			class="bandwidth"
			tools={
				<>
					<Segments
						legend={texts.range}
						value={String(range.hours)}
						onChange={(hours) => setRange(RANGES.find((known) => String(known.hours) === hours) ?? range)}
						options={RANGES.map(({ hours }) => ({ value: String(hours), label: texts.hours[hours] }))}
					/>
					<a
						class="icon-button"
						href={api.bandwidthCsvUrl(range.hours)}
						download
						aria-label={texts.csv}
						title={texts.csv}
					>
						<Icon name="save" size={18} />
					</a>
				</>
			}
		>
			<div class="rates">
				<Rate
					direction="down"
					label={texts.download}
					bps={live.now?.downstream_bps ?? null}
					maxBps={wan?.max_downstream_bps ?? 0}
				/>
				<Rate
					direction="up"
					label={texts.upload}
					bps={live.now?.upstream_bps ?? null}
					maxBps={wan?.max_upstream_bps ?? 0}
				/>
			</div>
			<Resource poll={series} skeleton={<Skeleton lines={5} />}>
				{(data) => (
					<Course
						series={data}
						live={isHour && !series.pending ? live.points : NO_POINTS}
						period={texts.hoursLong[range.hours]}
					/>
				)}
			</Resource>
		</Card>
	);
}
