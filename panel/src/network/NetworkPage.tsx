// The network page: verdict, line, bandwidth, devices, events.
import { api, type NetworkStatus } from "../api";
import { EventsCard } from "../events/EventsCard";
import { t } from "../i18n";
import type { PageProps } from "../pages";
import { usePoll } from "../poll";
import { Resource, Skeleton, SkeletonCard } from "../ui/State";
import { VerdictLine } from "../ui/VerdictLine";
import { BandwidthCard } from "./BandwidthCard";
import { DevicesCard } from "./DevicesCard";
import { Setup } from "./Setup";
import { judge } from "./verdict";
import { WanCard } from "./WanCard";

const STATUS_EVERY_S = 15;
const WAN_EVERY_S = 30;

function Dashboard({ status, canEdit }: { status: NetworkStatus; canEdit: boolean }) {
	const wan = usePoll("wan", WAN_EVERY_S, api.wan);
	return (
		<>
			{wan.data === undefined && !wan.error ? (
				<Skeleton lines={1} />
			) : (
				<VerdictLine
					verdict={judge(status, wan.data ?? null)}
					nextTryAt={status.state === "ok" ? null : status.next_attempt_at}
				/>
			)}
			<div class="network-grid">
				<BandwidthCard wan={wan.data ?? null} />
				<WanCard poll={wan} status={status} />
				<DevicesCard canEdit={canEdit} />
				<EventsCard filters={["", "wan", "router", "device"]} />
			</div>
		</>
	);
}

export function NetworkPage({ user }: PageProps) {
	const status = usePoll("status", STATUS_EVERY_S, api.networkStatus);
	return (
		<>
			<header class="page-head">
				<h1>{t.network.title}</h1>
			</header>
			<Resource poll={status} skeleton={<SkeletonCard />}>
				{(data) =>
					data.state === "off" ? <Setup status={data} /> : <Dashboard status={data} canEdit={user.role === "admin"} />
				}
			</Resource>
		</>
	);
}
