// The internet line as the router last told it.
import { useContext } from "preact/hooks";
import type { NetworkStatus, Wan } from "../api";
import { duration, fullTime, megabitsShort, moment } from "../format";
import { t } from "../i18n";
import type { Poll } from "../poll";
import { Card } from "../ui/Card";
import { Fact } from "../ui/Fact";
import { Outdated } from "../ui/outdated";
import { Pill } from "../ui/Pill";
import { Empty, Resource, Skeleton, Stale } from "../ui/State";

function Line({ wan, status }: { wan: Wan; status: NetworkStatus }) {
	const texts = t.network.wan;
	const fetched = new Date(wan.fetched_at);
	const outdated = useContext(Outdated);
	const speeds = [
		wan.max_downstream_bps > 0 && `↓ ${megabitsShort(wan.max_downstream_bps)}`,
		wan.max_upstream_bps > 0 && `↑ ${megabitsShort(wan.max_upstream_bps)}`,
	].filter(Boolean);
	return (
		<Outdated.Provider value={outdated ?? (wan.is_stale ? fetched.getTime() : null)}>
			{wan.is_stale && <Stale at={fetched} reason={texts.stale} />}
			<dl class="facts">
				<Fact label={texts.connection}>
					<Pill tone={wan.is_connected ? "on" : "bad"}>{wan.is_connected ? texts.connected : texts.disconnected}</Pill>
				</Fact>
				<Fact label={texts.line}>
					<Pill tone={wan.is_linked ? "on" : "bad"}>{wan.is_linked ? texts.linked : texts.unlinked}</Pill>
				</Fact>
				<Fact label={texts.ip}>
					{wan.external_ip ? <span class="code">{wan.external_ip}</span> : texts.noIp}
				</Fact>
				{wan.is_connected && wan.uptime > 0 && <Fact label={texts.uptime}>{duration(wan.uptime)}</Fact>}
				{speeds.length > 0 && (
					<Fact label={texts.max}>
						{speeds.join("  ")} {t.app.megabits}
					</Fact>
				)}
				{status.model && <Fact label={texts.router}><bdi>{status.model}</bdi></Fact>}
				{status.firmware && <Fact label={texts.firmware}><bdi>{status.firmware}</bdi></Fact>}
				<Fact label={texts.asOf}>
					<time dateTime={wan.fetched_at} title={fullTime(fetched)}>
						{moment(fetched)}
					</time>
				</Fact>
			</dl>
		</Outdated.Provider>
	);
}

export function WanCard({ poll, status }: { poll: Poll<Wan | null>; status: NetworkStatus }) {
	return (
		<Card title={t.network.wan.title} class="wan">
			<Resource poll={poll} skeleton={<Skeleton lines={6} />}>
				{(wan) =>
					wan ? (
						<Line wan={wan} status={status} />
					) : (
						<Empty icon="globe" title={t.network.wan.none} text={t.network.wan.noneText} />
					)
				}
			</Resource>
		</Card>
	);
}
