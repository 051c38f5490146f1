// What a server last told: of one that does not answer, only the list of the house knows.
import { api, type Server } from "../api";
import { usePoll } from "../poll";

const EVERY_S = 60;

/** Nothing is asked for while the server tells its values itself. */
export function useLast(server: Server): Server {
	const isUnknown = server.cpu === null;
	const { data } = usePoll(`last ${isUnknown} ${server.id}`, EVERY_S, async (signal) =>
		isUnknown ? await api.servers(signal) : null,
	);
	const last = data?.servers.find(({ id }) => id === server.id);
	return isUnknown && last ? { ...last, online: server.online, is_stale: server.is_stale } : server;
}

/** Since when, in ms, nothing newer is known of a server; null: it is fresh. */
export function staleSince({ is_stale, online, fetched_at }: Server): number | null {
	return (is_stale || !online) && fetched_at !== null ? Date.parse(fetched_at) : null;
}
