// Asks for something again and again: pauses while the tab is hidden, backs off while it fails.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, unreachableSince } from "./http";

const MAX_PAUSE_S = 60;
const MAX_OFFLINE_PAUSE_S = 15;
const MAX_KEPT = 200;

export interface Poll<T> {
	data: T | undefined;
	error: ApiError | undefined;
	/** `data` belongs to an earlier key and its successor is on the way. */
	pending: boolean;
	/** When `data` arrived, in ms. */
	at: number;
	reload(): void;
}

interface Result<T> {
	key: string;
	data: T | undefined;
	error: ApiError | undefined;
	at: number;
}

/** The last answers, so that a page left and come back to has something to show, also while Hearth is away. */
const kept = new Map<string, Result<unknown>>();

function keep(result: Result<unknown>): void {
	kept.delete(result.key);
	kept.set(result.key, result);
	const [oldest] = kept.keys();
	if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}

/** One visitor's answers are not for the next. */
export function forgetAnswers(): void {
	kept.clear();
}

function known<T>(key: string): Result<T> {
	return (kept.get(key) as Result<T> | undefined) ?? { key, data: undefined, error: undefined, at: 0 };
}

/** `key` names what is asked for, in the whole panel. `load` is called at once, whenever `key` changes, and every `everyS` seconds. */
export function usePoll<T>(key: string, everyS: number, load: (signal: AbortSignal) => Promise<T>): Poll<T> {
	const [result, setResult] = useState<Result<T>>(() => known(key));
	const loader = useRef(load);
	loader.current = load;
	const again = useRef(() => {});

	useEffect(() => {
		let timer = 0;
		let failures = 0;
		let dueMs = 0;
		let running: AbortController | undefined;

		const schedule = () => {
			clearTimeout(timer);
			if (!document.hidden) timer = setTimeout(run, Math.max(0, dueMs - Date.now()));
		};

		async function run(): Promise<void> {
			clearTimeout(timer);
			running?.abort();
			const mine = (running = new AbortController());
			let pauseS = everyS;
			try {
				const data = await loader.current(mine.signal);
				if (mine.signal.aborted) return;
				failures = 0;
				const answer = { key, data, error: undefined, at: Date.now() };
				keep(answer);
				setResult(answer);
			} catch (error) {
				if (mine.signal.aborted) return;
				if (!(error instanceof ApiError)) throw error;
				failures += 1;
				const longestS = error.kind === "offline" ? MAX_OFFLINE_PAUSE_S : MAX_PAUSE_S;
				pauseS = Math.max(error.retryAfterS ?? 0, Math.min(longestS, everyS * 2 ** failures));
				setResult((last) => ({ ...(last.key === key ? last : known<T>(key)), error }));
			}
			running = undefined;
			dueMs = Date.now() + pauseS * 1000;
			schedule();
		}

		const onVisibility = () => {
			if (document.hidden) clearTimeout(timer);
			else if (!running) schedule();
		};

		const retryNow = () => {
			if (failures > 0 && !running && !document.hidden) void run();
		};
		/** Hearth answered someone else: no need to wait for the end of the pause. */
		const onReachable = () => {
			if (unreachableSince.get() === null) retryNow();
		};

		again.current = () => void run();
		const unwatch = unreachableSince.watch(onReachable);
		document.addEventListener("visibilitychange", onVisibility);
		addEventListener("online", retryNow);
		if (kept.has(key)) setResult(known(key));
		void run();
		return () => {
			clearTimeout(timer);
			running?.abort();
			unwatch();
			document.removeEventListener("visibilitychange", onVisibility);
			removeEventListener("online", retryNow);
		};
	}, [key, everyS]);

	const reload = useCallback(() => again.current(), []);
	return { data: result.data, error: result.error, at: result.at, pending: result.key !== key, reload };
}
