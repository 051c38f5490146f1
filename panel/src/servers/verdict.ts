// The state of all servers in one sentence, and what is wrong with those who should tell about them.
import type { Server, ServerSource } from "../api";
import { moment, since } from "../format";
import { hearthNow } from "../http";
import { t } from "../i18n";
import { isolate } from "../text";
import { causeOf } from "../ui/cause";
import { isSilent } from "../ui/outdated";
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
					? texts.since(where, t.cause[cause], since(new Date(source.last_success_at)))
					: texts.never(where, t.cause[cause]),
				advice: texts.advice[cause](where),
				nextTryAt: source.next_attempt_at,
			};
		});
}

function sinceOf({ fetched_at }: Server): string | null {
	return fetched_at ? since(new Date(fetched_at)) : null;
}

/** What a server's state is called on its card: "Offline since 14:05". */
export function conditionText(server: Server, condition: Condition): string {
	const texts = t.servers.condition;
	const begin = sinceOf(server);
	if (condition === "offline" && begin) return texts.offlineSince(begin);
	if (condition === "stale" && server.fetched_at) return texts.staleSince(moment(new Date(server.fetched_at)));
	return texts[condition];
}

export function judge(servers: Server[], sources: ServerSource[]): Verdict {
	const texts = t.servers.verdict;
	const among = (wanted: Condition) => servers.filter((server) => conditionOf(server, sources) === wanted);
	const [offline, stale, busy] = [among("offline"), among("stale"), among("busy")];
	const { running, total, unknown } = guestCounts(servers);
	const guests = [total > 0 && texts.guests(running, total), unknown > 0 && texts.guestsUnknown(unknown)];
	const advice = total + unknown > 0 ? { advice: guests.filter(Boolean).join(" ") } : {};

	if (sources.length > 0 && sources.every((source) => isSilent(source, hearthNow()))) {
		const last = Math.max(...sources.map(({ last_success_at }) => Date.parse(last_success_at ?? "") || 0));
		return {
			tone: "warn",
			title: t.collector.silent(last > 0 ? since(new Date(last)) : null),
			advice: t.collector.advice,
		};
	}

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
					: texts.offline(isolate(down.name), sinceOf(down)),
			...advice,
		};
	const [old] = stale;
	if (old) return { tone: "warn", title: stale.length > 1 ? texts.manyStale(stale.length) : texts.stale(isolate(old.name)), ...advice };
	const [hot] = busy;
	if (hot)
		return {
			tone: "warn",
			title: busy.length > 1 ? texts.manyBusy(busy.length) : texts.busy(isolate(hot.name), loads(hot).join(", ")),
			...advice,
		};
	if (among("waiting").length === servers.length)
		return { tone: "idle", title: texts.waiting, advice: texts.waitingAdvice };
	return { tone: "good", title: texts.ok(servers.length), ...advice };
}
