// An action that was asked for and has not ended yet.
import { useEffect, useState } from "preact/hooks";
import { api, type Guest, type GuestAction, type LastAction } from "../api";
import { ApiError, hearthNow } from "../http";
import { t } from "../i18n";
import { usePoll, type Poll } from "../poll";
import { isolate } from "../text";
import { failureText } from "../ui/State";
import { toast } from "../ui/Toast";
import { endOf, statusText } from "./guest";

const EVERY_S = 10;
const EVERY_PENDING_S = 2;
/** A guest that ignores the request to shut down makes Proxmox give up after one minute, some after three. */
const PATIENCE_MS = 200_000;

interface Pending {
	action: GuestAction;
	before: Guest;
	/** Proxmox's name of the task, where it gave one. */
	upid: string | null;
	sinceMs: number;
}

interface State {
	guest: Guest;
	last: LastAction | null;
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
		// How the action goes comes first: what the guest shows is then at least as new. Before Proxmox has been asked,
		// nobody knows of the action.
		const isAsked = pending !== null && pending.sinceMs < Infinity;
		const last = isAsked ? await api.lastAction(id, vmid, signal) : null;
		return { guest: await api.guest(id, vmid, signal), last };
	});

	async function act(guest: Guest, action: GuestAction): Promise<void> {
		const texts = t.servers.actions;
		setPending({ action, before: guest, upid: null, sinceMs: Infinity });
		try {
			const { upid } = await api.act(guest, action);
			setPending({ action, before: guest, upid, sinceMs: Date.now() });
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			setPending(null);
			toast(texts.failed(texts.names[action], isolate(guest.name), wordsOf(error)), { isBad: true });
		}
	}

	useEffect(() => {
		const { data, at } = poll;
		if (!pending || !data?.last || at <= pending.sinceMs) return;
		const { action, before, upid } = pending;
		const { guest, last } = data;
		const texts = t.servers.actions;
		const label = texts.names[action];
		const name = isolate(guest.name);
		const end = endOf({ action, before, upid }, guest, last, hearthNow());
		if (end === "done") toast(texts.done(label, name, statusText(guest.status)));
		else if (end === "lost") toast(texts.lost(label, name), { isBad: true });
		else if (end === "failed") toast(texts.failed(label, name, isolate(last.reason ?? "")), { isBad: true });
		else if (Date.now() - pending.sinceMs > PATIENCE_MS) toast(texts.noChange(label, name), { isBad: true });
		else return;
		setPending(null);
	}, [poll.at]);

	return { poll, pending: pending?.action ?? null, act };
}
