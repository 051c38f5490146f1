// All servers: a verdict over the whole, a card for each, what happened.
import { useState } from "preact/hooks";
import { api, type Server, type ServerSource } from "../api";
import { EventsCard } from "../events/EventsCard";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { Button } from "../ui/Button";
import { SearchField } from "../ui/SearchField";
import { Empty, Resource, SkeletonCard } from "../ui/State";
import { VerdictLine } from "../ui/VerdictLine";
import { ServerCard } from "./ServerCard";
import { Setup } from "./Setup";
import { judge, problemsOf } from "./verdict";

const EVERY_S = 10;
/** With fewer servers a search would only be in the way. */
const SEARCH_FROM = 9;
const FIRST_CARDS = 60;

function ServerGrid({ servers, sources }: { servers: Server[]; sources: ServerSource[] }) {
	const texts = t.servers;
	const [query, setQuery] = useState("");
	const [limit, setLimit] = useState(FIRST_CARDS);
	const wanted = query.trim().toLocaleLowerCase();
	const found = servers.filter(({ name, node, ip }) => `${name} ${node} ${ip}`.toLocaleLowerCase().includes(wanted));
	return (
		<>
			{servers.length >= SEARCH_FROM && (
				<div class="toolbar">
					<SearchField label={texts.search} value={query} onInput={setQuery} />
					<p class="muted" role="status">
						{texts.count(found.length)}
					</p>
				</div>
			)}
			{found.length === 0 && (
				<section class="card">
					<Empty icon="search" title={texts.noMatch}>
						<Button onClick={() => setQuery("")}>{texts.showAll}</Button>
					</Empty>
				</section>
			)}
			<div class="server-grid">
				{found.slice(0, limit).map((server) => (
					<ServerCard key={server.id} server={server} sources={sources} />
				))}
			</div>
			{found.length > limit && (
				<div class="more">
					<Button onClick={() => setLimit(Infinity)}>{texts.showAll}</Button>
				</div>
			)}
		</>
	);
}

function Servers({ sources }: { sources: ServerSource[] }) {
	const poll = usePoll("servers", EVERY_S, api.servers);
	return (
		<Resource poll={poll} skeleton={<SkeletonCard />}>
			{({ servers }) => (
				<>
					<VerdictLine verdict={judge(servers, sources)} problems={problemsOf(sources)} />
					{servers.length > 0 && <ServerGrid servers={servers} sources={sources} />}
				</>
			)}
		</Resource>
	);
}

export function Overview({ isAdmin }: { isAdmin: boolean }) {
	const status = usePoll("servers status", EVERY_S, api.serversStatus);
	return (
		<>
			<header class="page-head">
				<h1>{t.servers.title}</h1>
			</header>
			<Resource poll={status} skeleton={<SkeletonCard />}>
				{({ sources }) =>
					sources.length === 0 ? (
						<Setup isAdmin={isAdmin} />
					) : (
						<>
							<Servers sources={sources} />
							<EventsCard filters={["server", "guest"]} />
						</>
					)
				}
			</Resource>
		</>
	);
}
