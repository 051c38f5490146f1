// The virtual machines and containers of a server: search, filter, sort.
import { useContext } from "preact/hooks";
import { api, type Guest, type GuestList } from "../api";
import { bytes, duration, percent } from "../format";
import { Icon } from "../icons";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { Card } from "../ui/Card";
import { Finder } from "../ui/Finder";
import { Meter } from "../ui/Meter";
import { Outdated } from "../ui/outdated";
import { Pill } from "../ui/Pill";
import type { Column } from "../ui/sort";
import { Empty, Resource, Skeleton, Stale } from "../ui/State";
import { isRunning, isUp, matches, partOf, stateOf, statusText, statusTone, type Part } from "./guest";
import { GUEST_HIGH, guestPath } from "./server";
import { Tags } from "./Tags";

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
						<bdi>{name}</bdi>
					</a>
				</span>
			),
		},
		{
			key: "status",
			label: texts.status,
			sortBy: (guest) => `${isRunning(guest) ? 0 : 1} ${guest.status} ${guest.name}`,
			cell: (guest) => <Pill tone={statusTone(stateOf(guest))}>{statusText(stateOf(guest))}</Pill>,
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
			sortBy: (guest) => (isUp(guest) ? -guest.cpu : 1),
			cell: (guest) =>
				isUp(guest) ? (
					<Meter label={t.servers.cpu} value={percent(guest.cpu)} percent={guest.cpu} highFrom={GUEST_HIGH.cpu} />
				) : (
					<span class="muted">–</span>
				),
		},
		{
			key: "memory",
			label: t.servers.memory,
			sortBy: (guest) => (isUp(guest) ? -guest.memory_used : 1),
			cell: (guest) =>
				isUp(guest) ? (
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
			cell: (guest) => (isUp(guest) ? duration(guest.uptime) : <span class="muted">–</span>),
		},
		{
			key: "tags",
			label: texts.tags,
			sortBy: ({ tags }) => (tags.length > 0 ? `0 ${tags.join(" ")}` : "1"),
			cell: ({ tags }) => <Tags tags={tags} />,
		},
	];
}

const ALWAYS: Part[] = ["running", "stopped"];
const SOMETIMES: Part[] = ["paused", "unknown", "template"];

function partsOf(guests: Guest[]): { value: Part; label: string }[] {
	const found = new Set(guests.map(partOf));
	return [...ALWAYS, ...SOMETIMES.filter((part) => found.has(part))].map((value) => ({
		value,
		label: t.servers.guests.parts[value],
	}));
}

export function GuestsCard({ id }: { id: string }) {
	const texts = t.servers.guests;
	const lostAt = useContext(Outdated);
	const poll = usePoll<GuestList>(`guests ${id}`, EVERY_S, (signal) => api.guests(id, signal));
	return (
		<Card title={texts.title} class="guests" note={poll.data && texts.count(poll.data.total)}>
			<Resource poll={poll} skeleton={<Skeleton lines={8} />}>
				{({ vms, is_stale, fetched_at }) => (
					<Outdated.Provider value={lostAt ?? (is_stale && fetched_at ? Date.parse(fetched_at) : null)}>
						{is_stale && fetched_at && <Stale at={new Date(fetched_at)} reason={t.app.notFresh} />}
						{vms.length === 0 ? (
							<Empty icon="box" title={texts.none} text={texts.noneText} />
						) : (
							<Finder
								texts={texts}
								columns={columnsFor(id)}
								sortedBy="status"
								rows={vms}
								rowKey={({ vmid }) => vmid}
								matches={matches}
								parts={partsOf(vms)}
								partOf={partOf}
								count={texts.count}
								firstRows={FIRST_ROWS}
							/>
						)}
					</Outdated.Provider>
				)}
			</Resource>
		</Card>
	);
}
