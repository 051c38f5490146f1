// Processor, memory, network and disk over an hour up to a year; all charts show the same part of the time.
import { useMemo, useState } from "preact/hooks";
import type { History, HistoryRange } from "../api";
import { clock, dayClock, fullTime, moment } from "../format";
import { Icon } from "../icons";
import { locale, t } from "../i18n";
import { usePoll } from "../poll";
import { useStore } from "../store";
import { capital } from "../text";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Chart, type Line } from "../ui/Chart";
import { Segments } from "../ui/Choice";
import { countGaps, figures } from "../ui/course";
import { Empty, Resource, Skeleton } from "../ui/State";
import { clampZoom, cut, isEmpty, plotsOf, type Plot, type Trace, type Zoom } from "./history";

const RANGES: { range: HistoryRange; everyS: number }[] = [
	{ range: "1h", everyS: 60 },
	{ range: "6h", everyS: 60 },
	{ range: "24h", everyS: 300 },
	{ range: "7d", everyS: 900 },
	{ range: "30d", everyS: 1800 },
	{ range: "1y", everyS: 1800 },
];
const DAY_S = 86_400;
const AXIS_WIDTH = 70;

function lineOf({ key, hue, values, band }: Trace): Line {
	return {
		key,
		values,
		stroke: hue,
		...(band ? { band: { ...band, fill: `${hue}-fill` } } : { fill: `${hue}-faint` }),
	};
}

function summaryOf({ traces, unit }: Plot, period: string): string {
	const parts = traces.map(({ name, values, band }) => {
		const { mean, lowest, highest } = figures(values, band?.high, band?.low);
		return t.chart.figures({ name, mean: unit(mean), lowest: unit(lowest), highest: unit(highest) });
	});
	return `${capital(period)}: ${parts.join("; ")}. ${t.chart.gaps(countGaps(traces[0]?.values ?? []))}`;
}

interface PlotProps {
	plot: Plot;
	history: History;
	period: string;
	onZoom: (from: number, to: number) => void;
}

function PlotFigure({ plot, history, period, onZoom }: PlotProps) {
	const { traces, unit, title } = plot;
	const lines = useMemo(() => traces.map(lineOf), [traces]);
	const timeOf = (index: number) => new Date((history.timestamps[index] ?? 0) * 1000);
	const valueOf = ({ values, band }: Trace, index: number) => {
		const [low, high] = [band?.low[index], band?.high[index]];
		const spread = low != null && high != null && high > low ? ` (${t.chart.spread(unit(low), unit(high))})` : "";
		return `${unit(values[index])}${spread}`;
	};
	const newest = ({ values }: Trace) => unit(values.findLast((value) => value !== null));
	const isLong = history.to - history.from > DAY_S / 2;

	return (
		<section class="plot">
			<header class="plot-head">
				<h3>{title}</h3>
				{traces.map((trace) => (
					<span key={trace.key} class={`plot-now ${trace.hue}`}>
						{traces.length > 1 && (
							<>
								<Icon name={trace.hue} size={14} />
								<span class="hidden">{trace.name}</span>
							</>
						)}
						{newest(trace)}
					</span>
				))}
			</header>
			{isEmpty(plot) ? (
				<p class="plot-none">{t.servers.charts.none}</p>
			) : (
				<Chart
					label={t.chart.label(title, period)}
					summary={summaryOf(plot, period)}
					from={history.from}
					to={history.to}
					times={history.timestamps}
					lines={lines}
					axisText={unit}
					axisWidth={AXIS_WIDTH}
					minTop={plot.minTop}
					increments={plot.increments}
					onZoom={onZoom}
					placeText={(index) =>
						`${fullTime(timeOf(index))}: ${traces.map((trace) => `${trace.name} ${valueOf(trace, index)}`).join(", ")}`
					}
					tip={(index) => (
						<>
							<b>{isLong ? dayClock(timeOf(index)) : clock(timeOf(index))}</b>
							{traces.map((trace) => (
								<span key={trace.key} class={`tip-row ${trace.hue}`}>
									{traces.length > 1 && <Icon name={trace.hue} size={14} />}
									{valueOf(trace, index)}
								</span>
							))}
						</>
					)}
				/>
			)}
		</section>
	);
}

interface PlotsProps {
	history: History;
	diskTotal: number | null;
	period: string;
	zoom: Zoom | null;
	onZoom: (zoom: Zoom | null) => void;
}

function Plots({ history, diskTotal, period, zoom, onZoom }: PlotsProps) {
	const language = useStore(locale);
	const shown = useMemo(() => (zoom ? cut(history, zoom) : history), [history, zoom]);
	const plots = useMemo(() => {
		const known = plotsOf(history, diskTotal).map((plot) => !isEmpty(plot));
		return plotsOf(shown, diskTotal).filter((_, index) => known[index]);
	}, [history, shown, diskTotal, language]);
	if (plots.length === 0) return <Empty icon="clock" title={t.servers.charts.none} text={t.servers.charts.noneText} />;
	const shownPeriod = zoom
		? t.chart.fromTo(moment(new Date(zoom.from * 1000)), moment(new Date(zoom.to * 1000)))
		: period;
	return (
		<>
			{zoom && (
				<div class="zoomed" role="status">
					<Icon name="search" size={18} />
					<span>{shownPeriod}</span>
					<Button onClick={() => onZoom(null)}>{t.chart.whole}</Button>
				</div>
			)}
			<div class="plots">
				{plots.map((plot) => (
					<PlotFigure
						key={plot.key}
						plot={plot}
						history={shown}
						period={shownPeriod}
						onZoom={(from, to) => onZoom(clampZoom({ from, to }, history))}
					/>
				))}
			</div>
		</>
	);
}

interface ChartsCardProps {
	/** Names the thing whose history `load` brings. */
	id: string;
	diskTotal: number | null;
	load: (range: HistoryRange, signal: AbortSignal) => Promise<History>;
}

export function ChartsCard({ id, diskTotal, load }: ChartsCardProps) {
	const texts = t.servers.charts;
	const [chosen, setChosen] = useState(RANGES[0]!);
	const [zoom, setZoom] = useState<Zoom | null>(null);
	const poll = usePoll(`history ${id} ${chosen.range}`, chosen.everyS, (signal) => load(chosen.range, signal));

	const choose = (range: HistoryRange) => {
		setChosen(RANGES.find((known) => known.range === range) ?? chosen);
		setZoom(null);
	};
	return (
		<Card
			title={texts.title}
			class="charts"
			tools={
				<Segments<HistoryRange>
					legend={texts.range}
					value={chosen.range}
					onChange={choose}
					options={RANGES.map(({ range }) => ({ value: range, label: texts.ranges[range], title: texts.periods[range] }))}
				/>
			}
		>
			<Resource poll={poll} skeleton={<Skeleton lines={8} />}>
				{(history) => (
					<Plots
						history={history}
						diskTotal={diskTotal}
						period={texts.periods[chosen.range]}
						zoom={poll.pending ? null : zoom}
						onZoom={setZoom}
					/>
				)}
			</Resource>
			<p class="chart-hint">{texts.hint}</p>
		</Card>
	);
}
