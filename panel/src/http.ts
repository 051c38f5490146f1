// One fetch for the whole panel: JSON in and out, deadline, CSRF token, typed errors.
import { createStore } from "./store";

const TIMEOUT_MS = 15_000;

/** Characters that turn the direction of the text around them, as JSON may write them. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;
const TURNING_WRITTEN = /[\u202a-\u202e\u2066-\u2069]|\\u20(?:2[a-e]|6[6-9])/i;

export type FailureKind = "offline" | "timeout" | "http";

export class ApiError extends Error {
	constructor(
		readonly kind: FailureKind,
		readonly status: number,
		readonly detail: string,
		readonly retryAfterS: number | null,
	) {
		super(detail || kind);
	}
}

/** What the session module lends to every request, and what it wants to hear back. */
export const principal = {
	csrfToken: "",
	onUnauthorized: () => {},
	onPasswordRequired: () => {},
};

/** While Hearth cannot be reached: when it last answered, in ms. Otherwise null. */
export const unreachableSince = createStore<number | null>(null);
let lastAnswerMs = Date.now();

/** How far Hearth's clock is ahead of this browser's, in ms. */
let aheadMs = 0;

/** The time by Hearth's clock, in ms: ages of what it tells are to be counted from here. */
export function hearthNow(): number {
	return Date.now() + aheadMs;
}

/** What other machines call things must not rearrange the words of Hearth beside it. */
export function parse(text: string): unknown {
	if (!TURNING_WRITTEN.test(text)) return JSON.parse(text);
	return JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? value.replace(TURNING, "") : value));
}

export interface RequestOptions {
	body?: unknown;
	signal?: AbortSignal;
	/** For calls that wait for another machine. */
	timeoutMs?: number;
	/** A 401 is an answer to this request (a login), not the end of the session. */
	quiet401?: boolean;
}

/** Rejects with ApiError, or with the caller's own AbortError when `signal` fires. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
	const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
	const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
	const headers: Record<string, string> = { Accept: "application/json, application/problem+json" };
	const init: RequestInit = { method, headers, signal, credentials: "same-origin", cache: "no-store" };
	if (method !== "GET" && principal.csrfToken) headers["X-CSRF-Token"] = principal.csrfToken;
	if (options.body !== undefined) {
		headers["Content-Type"] = "application/json";
		init.body = JSON.stringify(options.body);
	}

	try {
		const response = await fetch(path, init);
		lastAnswerMs = Date.now();
		const theirs = Date.parse(response.headers.get("Date") ?? "");
		if (!Number.isNaN(theirs)) aheadMs = theirs - lastAnswerMs;
		unreachableSince.set(null);
		if (!response.ok) throw await failure(response, options.quiet401 === true);
		return (response.status === 204 ? undefined : parse(await response.text())) as T;
	} catch (error) {
		if (error instanceof ApiError) throw error;
		options.signal?.throwIfAborted();
		if (deadline.aborted) throw new ApiError("timeout", 0, "", null);
		unreachableSince.set(lastAnswerMs);
		throw new ApiError("offline", 0, "", null);
	}
}

async function failure(response: Response, quiet401: boolean): Promise<ApiError> {
	const body = await response.text().then(parse).catch(() => null);
	const detail = detailText(body);
	const retryAfter = Number(response.headers.get("Retry-After"));
	if (response.status === 401 && !quiet401) principal.onUnauthorized();
	if (response.status === 403 && detail === "Password change required") principal.onPasswordRequired();
	return new ApiError("http", response.status, detail, retryAfter > 0 ? retryAfter : null);
}

/** `detail` is a sentence (RFC 9457 and most families) or a list of findings with `msg` (422 of the recorder). */
function detailText(body: unknown): string {
	if (typeof body !== "object" || body === null || !("detail" in body)) return "";
	const { detail } = body;
	if (typeof detail === "string") return detail;
	if (!Array.isArray(detail)) return "";
	return detail
		.map((finding: unknown) =>
			typeof finding === "object" && finding !== null && "msg" in finding ? String(finding.msg) : "",
		)
		.filter(Boolean)
		.join("; ");
}
