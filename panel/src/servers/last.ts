// What a server last told, taken from its history: the API gives no values of a server that does not answer.
import { api, type History, type HistoryRange, type Server } from "../api";
import { hearthNow } from "../http";
import { usePoll } from "../poll";

const EVERY_S = 60;
const RANGES: [HistoryRange, number][] = [
	["1h", 3600],
	["24h", 86_400],
	["30d", 30 * 86_400],
];

/** The shortest history that reaches back to when the server last answered. */
export function rangeOf(fetchedAt: string | null, nowMs: number): HistoryRange {
	if (fetchedAt === null) return "1h";
	const ageS = (nowMs - Date.parse(fetchedAt)) / 1000;
	return RANGES.find(([, lengthS]) => ageS < 0.9 * lengthS)?.[0] ?? "1y";
}

function newest(values: (number | null)[]): number | null {
	return values.findLast((value) => value !== null) ?? null;
}

/** The server with the last values of its history where it has none itself. */
export function withLast(server: Server, history: History): Server {
	const memory = newest(history.memory);
	const total = history.memory_total;
	return {
		...server,
		cpu: server.cpu ?? newest(history.cpu),
		memory_used: server.memory_used ?? memory,
		memory_total: server.memory_total ?? total,
		memory_percent: server.memory_percent ?? (memory !== null && total ? (memory / total) * 100 : null),
		disk_used: server.disk_used ?? newest(history.disk_used),
		network_in: server.network_in ?? newest(history.network_in),
		network_out: server.network_out ?? newest(history.network_out),
	};
}

/** Nothing is asked for while the server tells its values itself. */
export function useLast(server: Server): Server {
	const range = server.cpu === null ? rangeOf(server.fetched_at, hearthNow()) : null;
	const { data } = usePoll<History | null>(`history ${server.id} ${range}`, EVERY_S, async (signal) =>
		range && api.serverHistory(server.id, range, signal),
	);
	return data ? withLast(server, data) : server;
}

/** Since when, in ms, nothing newer is known of a server; null: it is fresh. */
export function staleSince({ is_stale, online, fetched_at }: Server): number | null {
	return (is_stale || !online) && fetched_at !== null ? Date.parse(fetched_at) : null;
}
