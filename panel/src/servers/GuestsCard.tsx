// The virtual machines and containers of a server: search, filter, sort.
import { useMemo, useState } from "preact/hooks";
import { api, type Guest, type GuestList } from "../api";
import { bytes, duration, percent } from "../format";
import { Icon } from "../icons";
import { locale, t } from "../i18n";
import { usePoll } from "../poll";
import { useStore } from "../store";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Segments } from "../ui/Choice";
import { Meter } from "../ui/Meter";
import { Pill } from "../ui/Pill";
import { sortRows, type Column, type Sort } from "../ui/sort";
import { Empty, Resource, Skeleton, Stale } from "../ui/State";
import { Table } from "../ui/Table";
import { isRunning, matches, statusText, statusTone } from "./guest";
import { GUEST_HIGH, guestPath } from "./server";
import { Tags } from "./Tags";

type Filter = "all" | "running" | "stopped";

const EVERY_S = 10;
const FIRST_ROWS = 100;

function columnsFor(serverId: string): Column<Guest>[] {
	const texts = t.servers.guests;
	return [
		{
			key: "name",
			label: texts.name,
			sortBy: ({ name }) => name,
			cell: ({ name, type, vmid }) => (
				<span class="device-name">
					<span class="device-icon">
						<Icon name={type === "lxc" ? "box" : "computer"} size={18} />
					</span>
					<a class="device-title" href={`#${guestPath(serverId, vmid)}`}>
						{name}
					</a>
				</span>
			),
		},
		{
			key: "status",
			label: texts.status,
			sortBy: (guest) => `${isRunning(guest) ? 0 : 1} ${guest.status} ${guest.name}`,
			cell: ({ status }) => <Pill tone={statusTone(status)}>{statusText(status)}</Pill>,
		},
		{
			key: "vmid",
			label: texts.vmid,
			sortBy: ({ vmid }) => vmid,
			cell: ({ vmid }) => <span class="code">{vmid}</span>,
		},
		{
			key: "type",
			label: texts.type,
			sortBy: ({ type, name }) => `${type} ${name}`,
			cell: ({ type }) => texts.types[type],
		},
		{
			key: "cpu",
			label: t.servers.cpu,
			sortBy: (guest) => (isRunning(guest) ? -guest.cpu : 1),
			cell: (guest) =>
				isRunning(guest) ? (
					<Meter label={t.servers.cpu} value={percent(guest.cpu)} percent={guest.cpu} highFrom={GUEST_HIGH.cpu} />
				) : (
					<span class="muted">–</span>
				),
		},
		{
			key: "memory",
			label: t.servers.memory,
			sortBy: (guest) => (isRunning(guest) ? -guest.memory_used : 1),
			cell: (guest) =>
				isRunning(guest) ? (
					<Meter
						label={t.servers.memory}
						value={bytes(guest.memory_used)}
						percent={guest.memory_percent}
						highFrom={GUEST_HIGH.memory}
					/>
				) : (
					<span class="muted">–</span>
				),
		},
		{
			key: "uptime",
			label: t.servers.uptime,
			sortBy: ({ uptime }) => -uptime,
			cell: (guest) => (isRunning(guest) ? duration(guest.uptime) : <span class="muted">–</span>),
		},
		{
			key: "tags",
			label: texts.tags,
			sortBy: ({ tags }) => (tags.length > 0 ? `0 ${tags.join(" ")}` : "1"),
			cell: ({ tags }) => <Tags tags={tags} />,
		},
	];
}

function Guests({ serverId, guests }: { serverId: string; guests: Guest[] }) {
	const texts = t.servers.guests;
	const language = useStore(locale);
	const [query, setQuery] = useState("");
	const [filter, setFilter] = useState<Filter>("all");
	const [sort, setSort] = useState<Sort>({ key: "status", isDescending: false });
	const [rowLimit, setRowLimit] = useState(FIRST_ROWS);

	const columns = columnsFor(serverId);
	const running = guests.filter(isRunning).length;
	const rows = useMemo(() => {
		const found = guests
			.filter((guest) => filter === "all" || isRunning(guest) === (filter === "running"))
			.filter((guest) => matches(guest, query));
		return sortRows(found, columns, sort, language);
	}, [guests, filter, query, sort, language]);

	if (guests.length === 0) return <Empty icon="box" title={texts.none} text={texts.noneText} />;
	const reset = () => {
		setQuery("");
		setFilter("all");
	};
	const count = (label: string, value: number) => (
		<>
			{label} <small>{value}</small>
		</>
	);
	return (
		<>
			<div class="toolbar">
				<label class="search">
					<span class="hidden">{texts.search}</span>
					<Icon name="search" size={18} />
					<input
						type="search"
						value={query}
						placeholder={texts.search}
						onInput={(event) => setQuery(event.currentTarget.value)}
					/>
				</label>
				<Segments<Filter>
					legend={texts.filter}
					value={filter}
					onChange={setFilter}
					options={[
						{ value: "all", label: count(texts.all, guests.length) },
						{ value: "running", label: count(texts.running, running) },
						{ value: "stopped", label: count(texts.stopped, guests.length - running) },
					]}
				/>
			</div>
			<p class="hidden" role="status">
				{texts.count(rows.length)}
			</p>
			{rows.length === 0 ? (
				<Empty icon="search" title={texts.noMatch} text={texts.noMatchText}>
					<Button onClick={reset}>{texts.reset}</Button>
				</Empty>
			) : (
				<Table
					caption={texts.title}
					columns={columns}
					rows={rows.slice(0, rowLimit)}
					rowKey={({ vmid }) => vmid}
					sort={sort}
					onSort={setSort}
				/>
			)}
			{rows.length > rowLimit && (
				<div class="more">
					<Button onClick={() => setRowLimit(Infinity)}>{texts.reset}</Button>
				</div>
			)}
		</>
	);
}

export function GuestsCard({ id }: { id: string }) {
	const texts = t.servers.guests;
	const poll = usePoll<GuestList>(`guests ${id}`, EVERY_S, (signal) => api.guests(id, signal));
	return (
		<Card title={texts.title} class="guests" note={poll.data && texts.count(poll.data.total)}>
			<Resource poll={poll} skeleton={<Skeleton lines={8} />}>
				{({ vms, is_stale, fetched_at }) => (
					<>
						{is_stale && fetched_at && <Stale at={new Date(fetched_at)} reason={t.servers.noAnswer} />}
						<Guests serverId={id} guests={vms} />
					</>
				)}
			</Resource>
		</Card>
	);
}
