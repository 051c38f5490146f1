// Every device the router remembers: search, filter, sort, rename.
import { useMemo, useState } from "preact/hooks";
import { api, type Device, type DeviceChange, type DevicePage } from "../api";
import { duration, fullTime, shortMoment } from "../format";
import { ApiError } from "../http";
import { Icon } from "../icons";
import { locale, t } from "../i18n";
import { usePoll } from "../poll";
import { useStore } from "../store";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Segments } from "../ui/Choice";
import { Pill } from "../ui/Pill";
import { Empty, failureText, Resource, Skeleton } from "../ui/State";
import { sortRows, type Column, type Sort } from "../ui/sort";
import { Strip } from "../ui/Strip";
import { Table } from "../ui/Table";
import { toast } from "../ui/Toast";
import { ipOrder } from "./address";
import { displayName, isOnline, matches, onlineSeconds } from "./device";
import { DeviceName } from "./DeviceName";

type Filter = "all" | "online" | "offline";

const EVERY_S = 30;
const DAY_S = 86_400;
/** Rows drawn before the reader asks for all of them; on a phone the events below must stay within reach. */
const FIRST_ROWS = { phone: 8, desktop: 100 };

function isPhone(): boolean {
	return matchMedia("(max-width: 800px)").matches;
}

function Presence({ device, nowS }: { device: Device; nowS: number }) {
	const texts = t.network.devices;
	const seconds = onlineSeconds(device, nowS - DAY_S, nowS);
	const label = seconds > 0 ? texts.presenceText(duration(seconds)) : texts.presenceNone;
	return <Strip from={nowS - DAY_S} to={nowS} spans={device.presence} label={label} />;
}

function Seen({ at }: { at: string | null }) {
	if (!at) return <>–</>;
	const date = new Date(at);
	return (
		<time dateTime={at} title={fullTime(date)}>
			{shortMoment(date)}
		</time>
	);
}

function columnsFor(
	nowS: number,
	canEdit: boolean,
	onSave: (device: Device, change: DeviceChange) => void,
): Column<Device>[] {
	const texts = t.network.devices;
	return [
		{
			key: "name",
			label: texts.name,
			sortBy: displayName,
			cell: (device) => (
				<DeviceName device={device} canEdit={canEdit} onSave={(change) => onSave(device, change)} />
			),
		},
		{
			key: "status",
			label: texts.status,
			sortBy: (device) => (isOnline(device) ? `0 ${displayName(device)}` : `1 ${displayName(device)}`),
			cell: (device) => (
				<Pill tone={isOnline(device) ? "on" : "off"}>{isOnline(device) ? texts.online : texts.offline}</Pill>
			),
		},
		{
			key: "ip",
			label: texts.ip,
			sortBy: (device) => ipOrder(device.ip),
			cell: (device) => <span class="code">{device.ip || "–"}</span>,
		},
		{
			key: "mac",
			label: texts.mac,
			sortBy: (device) => device.mac,
			cell: (device) => <span class="code">{device.mac || "–"}</span>,
		},
		{
			key: "presence",
			label: texts.presence,
			sortBy: (device) => -onlineSeconds(device, nowS - DAY_S, nowS),
			cell: (device) => <Presence device={device} nowS={nowS} />,
		},
		{
			key: "first",
			label: texts.firstSeen,
			sortBy: (device) => -Date.parse(device.first_seen_at),
			cell: (device) => <Seen at={device.first_seen_at} />,
		},
		{
			key: "last",
			label: texts.lastSeen,
			sortBy: (device) => (isOnline(device) ? -Infinity : -Date.parse(device.last_seen_at ?? device.first_seen_at)),
			cell: (device) => (isOnline(device) ? texts.now : <Seen at={device.last_seen_at} />),
		},
	];
}

interface ListProps {
	devices: Device[];
	total: number;
	nowS: number;
	canEdit: boolean;
	onSave: (device: Device, change: DeviceChange) => void;
}

function DeviceList({ devices, total, nowS, canEdit, onSave }: ListProps) {
	const texts = t.network.devices;
	const language = useStore(locale);
	const [query, setQuery] = useState("");
	const [filter, setFilter] = useState<Filter>("all");
	const [sort, setSort] = useState<Sort>({ key: "status", isDescending: false });
	const [rowLimit, setRowLimit] = useState(isPhone() ? FIRST_ROWS.phone : FIRST_ROWS.desktop);

	const columns = columnsFor(nowS, canEdit, onSave);
	const online = devices.filter(isOnline).length;
	const rows = useMemo(() => {
		const found = devices
			.filter((device) => filter === "all" || isOnline(device) === (filter === "online"))
			.filter((device) => matches(device, query));
		return sortRows(found, columns, sort, language);
	}, [devices, filter, query, sort, language]);

	if (devices.length === 0) return <Empty icon="wifi" title={texts.none} text={texts.noneText} />;
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
						{ value: "all", label: count(texts.all, devices.length) },
						{ value: "online", label: count(texts.online, online) },
						{ value: "offline", label: count(texts.offline, devices.length - online) },
					]}
				/>
			</div>
			<p class="hidden" role="status">
				{texts.count(rows.length, total)}
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
					rowKey={(device) => device.id}
					sort={sort}
					onSort={setSort}
				/>
			)}
			{rows.length > rowLimit && (
				<div class="more">
					<Button onClick={() => setRowLimit(Infinity)}>{texts.showAll(rows.length)}</Button>
				</div>
			)}
		</>
	);
}

export function DevicesCard({ canEdit }: { canEdit: boolean }) {
	const texts = t.network.devices;
	const poll = usePoll<DevicePage>("devices", EVERY_S, api.devices);
	/** Answers to changes, shown until the list itself has been asked again. */
	const [changed, setChanged] = useState<{ at: number; device: Device }[]>([]);

	async function save(device: Device, change: DeviceChange, isUndo = false): Promise<void> {
		try {
			const saved = await api.changeDevice(device.id, change);
			setChanged((known) => [...known, { at: Date.now(), device: { ...device, ...saved } }]);
			poll.reload();
			if (isUndo) toast(texts.undone(displayName(saved)));
			else
				toast(texts.saved(displayName(saved)), {
					undo: () =>
						void save(saved, { custom_name: device.custom_name, device_type: device.device_type }, true),
				});
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			toast(failureText(error), { isBad: true });
		}
	}

	const devices = useMemo(() => {
		const fresh = new Map(changed.filter(({ at }) => at > poll.at).map(({ device }) => [device.id, device]));
		return (poll.data?.items ?? []).map((device) => fresh.get(device.id) ?? device);
	}, [poll.data, poll.at, changed]);

	return (
		<Card title={texts.title} class="devices" note={poll.data && texts.count(poll.data.total_count, poll.data.total_count)}>
			<Resource poll={poll} skeleton={<Skeleton lines={8} />}>
				{(page) => (
					<DeviceList
						devices={devices}
						total={page.total_count}
						nowS={Math.floor(poll.at / 1000)}
						canEdit={canEdit}
						onSave={(device, change) => void save(device, change)}
					/>
				)}
			</Resource>
		</Card>
	);
}
