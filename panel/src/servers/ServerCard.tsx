// One server among others: how it is, how busy it was in the last hour, how full it is.
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { api, type Server, type ServerSource } from "../api";
import { bitRate, moment, percent } from "../format";
import { Icon } from "../icons";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { figures } from "../ui/course";
import { Outdated } from "../ui/outdated";
import { Pill } from "../ui/Pill";
import { Spark } from "../ui/Spark";
import { staleSince } from "./last";
import { conditionOf, guestsText, PILLS, serverPath, type Condition } from "./server";
import { Meters } from "./Meters";
import { conditionText } from "./verdict";

const EVERY_S = 60;
/** A quiet server's curve stays low. */
const MIN_TOP_PERCENT = 25;

function LastHour({ id }: { id: string }) {
	const { data } = usePoll(`history ${id} 1h`, EVERY_S, (signal) => api.serverHistory(id, "1h", signal));
	if (!data) return null;
	const { mean, highest } = figures(data.cpu, data.cpu_max);
	if (mean === null) return <span class="spark-none">{t.servers.noHistory}</span>;
	const label = t.servers.sparkText(percent(mean), percent(highest));
	return <Spark values={data.cpu} minTop={MIN_TOP_PERCENT} label={label} />;
}


export function Traffic({ down, up }: { down: number | null; up: number | null }) {
	const texts = t.servers;
	if (down === null && up === null) return <>–</>;
	return (
		<span class="traffic">
			<span class="traffic-down">
				<Icon name="down" size={14} />
				<span class="hidden">{texts.received}</span> {bitRate(down)}
			</span>
			<span class="traffic-up">
				<Icon name="up" size={14} />
				<span class="hidden">{texts.sent}</span> {bitRate(up)}
			</span>
		</span>
	);
}

/** How it is, or was when it last answered. */
function Values({ server, condition }: { server: Server; condition: Condition }) {
	const texts = t.servers;
	const lostAt = useContext(Outdated);
	const since = lostAt ?? staleSince(server);
	return (
		<Outdated.Provider value={since}>
			{since !== null && condition === "offline" && <p class="as-of">{texts.condition.staleSince(moment(new Date(since)))}</p>}
			<Meters server={server} />
			<dl class={since === null ? "server-facts" : "server-facts old"}>
				<div>
					<dt>{texts.guests.title}</dt>
					<dd>{guestsText(server)}</dd>
				</div>
				<div>
					<dt>{texts.network}</dt>
					<dd>
						<Traffic down={server.network_in} up={server.network_out} />
					</dd>
				</div>
			</dl>
		</Outdated.Provider>
	);
}

/** Only cards in sight ask for their history: a house may have hundreds of servers. */
function SeenLastHour({ id }: { id: string }) {
	const box = useRef<HTMLDivElement>(null);
	const [isSeen, setSeen] = useState(false);
	useEffect(() => {
		const observer = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting === true), {
			rootMargin: "200px",
		});
		observer.observe(box.current!);
		return () => observer.disconnect();
	}, []);
	return (
		<div class="server-spark" ref={box}>
			{isSeen && <LastHour id={id} />}
		</div>
	);
}

export function ServerCard({ server, sources }: { server: Server; sources: ServerSource[] }) {
	const condition = conditionOf(server, sources);
	return (
		<article class="card server">
			<header class="server-head">
				<span class="device-icon">
					<Icon name="server" size={18} />
				</span>
				<div class="server-title">
					<h2>
						<a href={`#${serverPath(server.id)}`}>
							<bdi>{server.name}</bdi>
						</a>
					</h2>
					<small class="code">{server.ip}</small>
				</div>
				<Pill tone={PILLS[condition]}>{conditionText(server, condition)}</Pill>
			</header>
			<SeenLastHour id={server.id} />
			<Values server={server} condition={condition} />
		</article>
	);
}
