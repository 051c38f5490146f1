// The state of all servers in one sentence, and what is wrong with those who should tell about them.
import type { Server, ServerSource } from "../api";
import { moment } from "../format";
import { t } from "../i18n";
import { causeOf } from "../ui/cause";
import type { Problem, Verdict } from "../ui/VerdictLine";
import { conditionOf, guestCounts, loads, type Condition } from "./server";

function host(source: ServerSource): string {
	return URL.canParse(source.url) ? new URL(source.url).host : source.url;
}

export function problemsOf(sources: ServerSource[]): Problem[] {
	const texts = t.servers.problem;
	return sources
		.filter(({ state, error_code }) => state === "failing" || (state === "never" && error_code !== null))
		.map((source) => {
			const cause = causeOf(source.error_code);
			const where = host(source);
			return {
				key: source.id,
				title: source.last_success_at
					? texts.since(where, t.cause[cause], moment(new Date(source.last_success_at)))
					: texts.never(where, t.cause[cause]),
				advice: texts.advice[cause](where),
				nextTryAt: source.next_attempt_at,
			};
		});
}

function sinceOf({ fetched_at }: Server): string | null {
	return fetched_at ? moment(new Date(fetched_at)) : null;
}

/** What a server's state is called on its card: "Offline since 14:05". */
export function conditionText(server: Server, condition: Condition): string {
	const texts = t.servers.condition;
	const since = sinceOf(server);
	if (condition === "offline" && since) return texts.offlineSince(since);
	if (condition === "stale" && since) return texts.staleSince(since);
	return texts[condition];
}

export function judge(servers: Server[], sources: ServerSource[]): Verdict {
	const texts = t.servers.verdict;
	const among = (wanted: Condition) => servers.filter((server) => conditionOf(server, sources) === wanted);
	const [offline, stale, busy] = [among("offline"), among("stale"), among("busy")];
	const { running, total } = guestCounts(servers);
	const advice = total > 0 ? { advice: texts.guests(running, total) } : {};

	if (servers.length === 0) {
		const isFailing = sources.some(({ error_code }) => error_code !== null);
		return isFailing
			? { tone: "bad", title: texts.noneReached }
			: { tone: "idle", title: texts.waiting, advice: texts.waitingAdvice };
	}
	const [down] = offline;
	if (down)
		return {
			tone: "bad",
			title:
				offline.length > 1
					? texts.manyOffline(offline.length, servers.length)
					: texts.offline(down.name, sinceOf(down)),
			...advice,
		};
	const [old] = stale;
	if (old) return { tone: "warn", title: stale.length > 1 ? texts.manyStale(stale.length) : texts.stale(old.name), ...advice };
	const [hot] = busy;
	if (hot)
		return {
			tone: "warn",
			title: busy.length > 1 ? texts.manyBusy(busy.length) : texts.busy(hot.name, loads(hot).join(", ")),
			...advice,
		};
	if (among("waiting").length === servers.length)
		return { tone: "idle", title: texts.waiting, advice: texts.waitingAdvice };
	return { tone: "good", title: texts.ok(servers.length), ...advice };
}
