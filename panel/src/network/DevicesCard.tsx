// Every device the router remembers: search, filter, sort, rename.
import { useContext, useMemo, useState } from "preact/hooks";
import { api, type Device, type DeviceChange, type DevicePage } from "../api";
import { duration, fullTime, shortMoment } from "../format";
import { ApiError } from "../http";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { isolate } from "../text";
import { Card } from "../ui/Card";
import { Finder } from "../ui/Finder";
import { Outdated } from "../ui/outdated";
import { Pill } from "../ui/Pill";
import { Empty, failureText, Resource, Skeleton, Stale } from "../ui/State";
import type { Column } from "../ui/sort";
import { Strip } from "../ui/Strip";
import { toast } from "../ui/Toast";
import { ipOrder } from "./address";
import { displayName, isOnline, matches, onlineSeconds } from "./device";
import { DeviceName } from "./DeviceName";

const EVERY_S = 30;
const DAY_S = 86_400;
/** The last rounds of the collector may not be stored yet. */
const ROUNDS_S = 600;
/** Rows drawn before the reader asks for all of them; on a phone the events below must stay within reach. */
const FIRST_ROWS = { phone: 8, desktop: 100 };

function isPhone(): boolean {
	return matchMedia("(max-width: 50em)").matches;
}

function Presence({ device, nowS }: { device: Device; nowS: number }) {
	const texts = t.network.devices;
	const seconds = onlineSeconds(device, nowS - DAY_S, nowS);
	const isAlways = seconds > DAY_S - ROUNDS_S;
	const label = isAlways
		? texts.presenceAll
		: seconds > 0
			? texts.presenceText(duration(seconds))
			: texts.presenceNone;
	return <Strip from={nowS - DAY_S} to={nowS} spans={device.presence} label={label} />;
}

function lastSeen(device: Device, since: number | null): string | null {
	return isOnline(device) && since !== null ? new Date(since).toISOString() : device.last_seen_at;
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

/** `since`, in ms, is when the list was true; null: it is now. */
function columnsFor(
	nowS: number,
	since: number | null,
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
			cell: (device) => (
				<>
					<span class="code">{device.ip || "–"}</span>
					{device.mac && <span class="code device-mac">{device.mac}</span>}
				</>
			),
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
			cell: (device) => (isOnline(device) && since === null ? texts.now : <Seen at={lastSeen(device, since)} />),
		},
	];
}

export function DevicesCard({ canEdit }: { canEdit: boolean }) {
	const texts = t.network.devices;
	const poll = usePoll<DevicePage>("network devices", EVERY_S, api.devices);
	/** Answers to changes, shown until the list itself has been asked again. */
	const [changed, setChanged] = useState<{ at: number; device: Device }[]>([]);

	async function save(device: Device, change: DeviceChange, isUndo = false): Promise<void> {
		try {
			const saved = await api.changeDevice(device.id, change);
			setChanged((known) => [...known, { at: Date.now(), device: { ...device, ...saved } }]);
			poll.reload();
			if (isUndo) toast(texts.undone(isolate(displayName(saved))));
			else
				toast(texts.saved(isolate(displayName(saved))), {
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

	const outdatedMs = useContext(Outdated);
	const since = outdatedMs ?? (poll.error ? poll.at : null);
	return (
		<Card title={texts.title} class="devices" note={poll.data && texts.count(poll.data.total_count, poll.data.total_count)}>
			<Resource poll={poll} skeleton={<Skeleton lines={8} />}>
				{(page) =>
					devices.length === 0 ? (
						<Empty icon="wifi" title={texts.none} text={texts.noneText} />
					) : (
						<>
							{outdatedMs !== null && <Stale at={new Date(outdatedMs)} reason={t.app.notFresh} />}
							<Finder
								texts={texts}
								columns={columnsFor(Math.floor((since ?? poll.at) / 1000), since, canEdit, (device, change) => void save(device, change))}
								sortedBy="status"
								rows={devices}
								rowKey={(device) => device.id}
								matches={matches}
								parts={[
									{ value: "online", label: texts.online },
									{ value: "offline", label: texts.offline },
								]}
								partOf={(device) => (isOnline(device) ? "online" : "offline")}
								count={(shown) => texts.count(shown, page.total_count)}
								firstRows={isPhone() ? FIRST_ROWS.phone : FIRST_ROWS.desktop}
							/>
						</>
					)
				}
			</Resource>
		</Card>
	);
}
