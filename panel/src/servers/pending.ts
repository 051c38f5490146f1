// An action that was asked for and has not shown yet.
import { useEffect, useState } from "preact/hooks";
import { api, type Guest, type GuestAction, type HouseEvent } from "../api";
import { ApiError } from "../http";
import { t } from "../i18n";
import { usePoll, type Poll } from "../poll";
import { isolate } from "../text";
import { failureText } from "../ui/State";
import { toast } from "../ui/Toast";
import { hasHappened, statusText } from "./guest";

const EVERY_S = 10;
const EVERY_PENDING_S = 2;
/** A guest that ignores the request to shut down makes Proxmox give up after one minute, some after three. */
const PATIENCE_MS = 200_000;
const FAILURES_LOOKED_AT = 20;
/** The first round after an action may have begun before it; what a second one still shows has come about. */
const ROUNDS = 2;

interface Pending {
	action: GuestAction;
	before: Guest;
	sinceMs: number;
	/** The newest failure that was known when the action was asked for. */
	lastFailure: number;
	/** When the server was asked, the last time before the action was accepted and ever since. */
	rounds: Set<string | null>;
}

interface State {
	guest: Guest;
	failure: HouseEvent | null;
	/** When the server told this. */
	round: string | null;
}

/** The newest note that Proxmox could not finish an action on this guest. */
async function newestFailure(id: string, vmid: number, signal?: AbortSignal): Promise<HouseEvent | null> {
	const page = await api.events("guest.labelfailed", FAILURES_LOOKED_AT, signal);
	return page.items.find(({ subject }) => subject === `${id}/${vmid}`) ?? null;
}

/** Proxmox's own words, without the frame the API puts around them. */
function wordsOf(error: ApiError): string {
	return error.status === 400 ? error.detail.replace(/^Action failed - /, "") : failureText(error);
}

interface GuestState {
	poll: Poll<State>;
	/** What is under way. */
	pending: GuestAction | null;
	act: (guest: Guest, action: GuestAction) => Promise<void>;
}

export function useGuest(id: string, vmid: string): GuestState {
	const [pending, setPending] = useState<Pending | null>(null);
	const poll = usePoll<State>(`guest ${id}/${vmid}`, pending ? EVERY_PENDING_S : EVERY_S, async (signal) => {
		if (!pending) return { guest: await api.guest(id, vmid, signal), failure: null, round: null };
		// The round first: what the guest shows is then at least as new. The failure last: it is noted with that round.
		const { fetched_at } = await api.server(id, signal);
		const guest = await api.guest(id, vmid, signal);
		return { guest, failure: await newestFailure(id, guest.vmid, signal), round: fetched_at };
	});

	async function act(guest: Guest, action: GuestAction): Promise<void> {
		const texts = t.servers.actions;
		const asked: Pending = { action, before: guest, sinceMs: Infinity, lastFailure: 0, rounds: new Set() };
		setPending(asked);
		try {
			const known = await newestFailure(id, guest.vmid);
			await api.act(guest, action);
			const { fetched_at } = await api.server(id);
			setPending({ ...asked, sinceMs: Date.now(), lastFailure: known?.id ?? 0, rounds: new Set([fetched_at]) });
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			setPending(null);
			toast(texts.failed(texts.names[action], isolate(guest.name), wordsOf(error)), { isBad: true });
		}
	}

	useEffect(() => {
		const { data, at } = poll;
		if (!pending || !data || at <= pending.sinceMs) return;
		const { action, before, rounds } = pending;
		const { guest, failure, round } = data;
		const texts = t.servers.actions;
		const label = texts.names[action];
		const name = isolate(guest.name);
		rounds.add(round);
		if (failure && failure.id > pending.lastFailure) {
			const words = failure.data["exit_status"];
			toast(texts.failed(label, name, typeof words === "string" ? words : ""), { isBad: true });
		} else if (rounds.size > ROUNDS && hasHappened(action, before, guest)) {
			toast(texts.done(label, name, statusText(guest.status)));
		} else if (Date.now() - pending.sinceMs > PATIENCE_MS) {
			toast(texts.noChange(label, name), { isBad: true });
		} else return;
		setPending(null);
	}, [poll.at]);

	return { poll, pending: pending?.action ?? null, act };
}
