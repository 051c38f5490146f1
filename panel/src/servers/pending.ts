// An action that was asked for and has not shown yet.
import { useEffect, useState } from "preact/hooks";
import { api, type Guest, type GuestAction, type HouseEvent } from "../api";
import { ApiError } from "../http";
import { t } from "../i18n";
import { usePoll, type Poll } from "../poll";
import { failureText } from "../ui/State";
import { toast } from "../ui/Toast";
import { hasHappened, statusText } from "./guest";

const EVERY_S = 10;
const EVERY_PENDING_S = 2;
/** A guest that ignores the request to shut down makes Proxmox give up after one minute, some after three. */
const PATIENCE_MS = 200_000;
const FAILURES_LOOKED_AT = 20;

interface Pending {
	action: GuestAction;
	before: Guest;
	sinceMs: number;
	/** The newest failure that was known when the action was asked for. */
	lastFailure: number;
}

interface State {
	guest: Guest;
	failure: HouseEvent | null;
}

/** The newest note that Proxmox could not finish an action on this guest. */
async function newestFailure(id: string, vmid: number, signal?: AbortSignal): Promise<HouseEvent | null> {
	const page = await api.events("guest.action_failed", FAILURES_LOOKED_AT, signal);
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
		const guest = await api.guest(id, vmid, signal);
		return { guest, failure: pending ? await newestFailure(id, guest.vmid, signal) : null };
	});

	async function act(guest: Guest, action: GuestAction): Promise<void> {
		setPending({ action, before: guest, sinceMs: Infinity, lastFailure: 0 });
		try {
			const known = await newestFailure(id, guest.vmid);
			await api.act(guest, action);
			setPending({ action, before: guest, sinceMs: Date.now(), lastFailure: known?.id ?? 0 });
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			setPending(null);
			toast(t.servers.actions.failed(t.servers.actions.names[action], guest.name, wordsOf(error)), { isBad: true });
		}
	}

	useEffect(() => {
		const { data, at } = poll;
		if (!pending || !data || at <= pending.sinceMs) return;
		const { action, before } = pending;
		const { guest, failure } = data;
		const name = t.servers.actions.names[action];
		if (failure && failure.id > pending.lastFailure) {
			const words = failure.data["exit_status"];
			toast(t.servers.actions.failed(name, guest.name, typeof words === "string" ? words : ""), { isBad: true });
		} else if (hasHappened(action, before, guest)) {
			toast(t.servers.actions.done(name, guest.name, statusText(guest.status)));
		} else if (Date.now() - pending.sinceMs > PATIENCE_MS) {
			toast(t.servers.actions.noChange(name, guest.name), { isBad: true });
		} else return;
		setPending(null);
	}, [poll.at]);

	return { poll, pending: pending?.action ?? null, act };
}
