// One server: how it is now, its course over time, its guests.
import { useContext } from "preact/hooks";
import { api, type Server, type ServerSource } from "../api";
import { duration } from "../format";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { isolate } from "../text";
import { Card } from "../ui/Card";
import { Fact } from "../ui/Fact";
import { Outdated } from "../ui/outdated";
import { Pill } from "../ui/Pill";
import { Empty, Resource, SkeletonCard, Stale } from "../ui/State";
import { usePlaceTitle } from "../ui/title";
import { Trail } from "../ui/Trail";
import { ChartsCard } from "./ChartsCard";
import { GuestsCard } from "./GuestsCard";
import { Meters } from "./Meters";
import { staleSince, useLast } from "./last";
import { conditionOf, guestsText, PILLS, ROOT } from "./server";
import { Traffic } from "./ServerCard";
import { conditionText } from "./verdict";

const EVERY_S = 10;
const NO_SOURCES: ServerSource[] = [];

function NowCard({ server: told }: { server: Server }) {
	const texts = t.servers;
	const server = useLast(told);
	const lostAt = useContext(Outdated);
	const since = staleSince(server);
	return (
		<Card title={since === null ? texts.now : texts.last} class="now">
			{since !== null && <Stale at={new Date(since)} reason={t.app.notFresh} />}
			<Outdated.Provider value={lostAt ?? since}>
				<Meters server={server} />
			</Outdated.Provider>
			<dl class={since === null ? "facts" : "facts old"}>
				<Fact label={texts.uptime}>{server.uptime === null ? "–" : duration(server.uptime)}</Fact>
				<Fact label={texts.guests.title}>{guestsText(server)}</Fact>
				<Fact label={texts.network}>
					<Traffic down={server.network_in} up={server.network_out} />
				</Fact>
				<Fact label={texts.node}><bdi>{server.node}</bdi>
				</Fact>
				<Fact label={texts.address}>
					<span class="code">{server.ip}</span>
				</Fact>
			</dl>
		</Card>
	);
}

export function ServerView({ id }: { id: string }) {
	const poll = usePoll(`server ${id}`, EVERY_S, (signal) => api.server(id, signal));
	const status = usePoll("servers status", EVERY_S, api.serversStatus);
	const name = poll.data?.name ?? id;
	usePlaceTitle(isolate(name));

	const steps = [{ label: t.servers.title, path: ROOT }];
	if (poll.data === undefined && poll.error?.status === 404)
		return (
			<>
				<Trail steps={steps} />
				<Empty icon="search" title={t.servers.unknown(isolate(id))} text={t.servers.unknownText} isPage />
			</>
		);
	const condition = poll.data && conditionOf(poll.data, status.data?.sources ?? NO_SOURCES);
	return (
		<>
			<header class="page-head">
				<Trail steps={steps} />
				<div class="page-title">
					<h1>
						<bdi>{name}</bdi>
					</h1>
					{poll.data && condition && <Pill tone={PILLS[condition]}>{conditionText(poll.data, condition)}</Pill>}
				</div>
			</header>
			<div class="server-view">
				<Resource poll={poll} skeleton={<SkeletonCard />}>
					{(server) => <NowCard server={server} />}
				</Resource>
				<ChartsCard
					id={id}
					diskTotal={poll.data?.disk_total ?? null}
					load={(range, signal) => api.serverHistory(id, range, signal)}
				/>
				<GuestsCard id={id} />
			</div>
		</>
	);
}
