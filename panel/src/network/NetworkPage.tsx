// The network page: verdict, line, bandwidth, devices, events.
import { useContext } from "preact/hooks";
import { api, type NetworkStatus } from "../api";
import { EventsCard } from "../events/EventsCard";
import { hearthNow } from "../http";
import { t } from "../i18n";
import type { PageProps } from "../pages";
import { usePoll } from "../poll";
import { Outdated } from "../ui/outdated";
import { Resource, Skeleton, SkeletonCard } from "../ui/State";
import { VerdictLine } from "../ui/VerdictLine";
import { BandwidthCard } from "./BandwidthCard";
import { DevicesCard } from "./DevicesCard";
import { Setup } from "./Setup";
import { judge, outdatedSince } from "./verdict";
import { WanCard } from "./WanCard";

const STATUS_EVERY_S = 15;
const WAN_EVERY_S = 30;

function Dashboard({ status, canEdit }: { status: NetworkStatus; canEdit: boolean }) {
	const wan = usePoll("network wan", WAN_EVERY_S, api.wan);
	const lostAt = useContext(Outdated);
	const since = lostAt ?? outdatedSince(status, wan.data ?? null, hearthNow());
	return (
		<>
			{wan.data === undefined && !wan.error ? (
				<Skeleton lines={1} />
			) : (
				<Outdated.Provider value={lostAt ?? (wan.error ? wan.at : null)}>
					<VerdictLine
						verdict={judge(status, wan.data ?? null, hearthNow())}
						nextTryAt={status.state === "ok" ? null : status.next_attempt_at}
					/>
				</Outdated.Provider>
			)}
			<Outdated.Provider value={since}>
				<div class="network-grid">
					<BandwidthCard wan={wan.data ?? null} />
					<WanCard poll={wan} status={status} />
					<DevicesCard canEdit={canEdit} />
					<EventsCard filters={["", "wan", "router", "device"]} />
				</div>
			</Outdated.Provider>
		</>
	);
}

export function NetworkPage({ user }: PageProps) {
	const status = usePoll("network status", STATUS_EVERY_S, api.networkStatus);
	return (
		<>
			<header class="page-head">
				<h1>{t.network.title}</h1>
			</header>
			<Resource poll={status} skeleton={<SkeletonCard />}>
				{(data) =>
					data.state === "off" ? <Setup status={data} isAdmin={user.role === "admin"} /> : <Dashboard status={data} canEdit={user.role === "admin"} />
				}
			</Resource>
		</>
	);
}
