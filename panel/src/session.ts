// Who is logged in: the cookie session as the panel knows it.
import { api, type PasswordChange, type Session } from "./api";
import { ApiError, principal } from "./http";
import { forgetAnswers } from "./poll";
import { createStore } from "./store";

export type SessionState =
	| { state: "asking" }
	| { state: "unreachable"; error: ApiError }
	| { state: "out" }
	| { state: "in"; user: Session["user"] };

export const session = createStore<SessionState>({ state: "asking" });

const RETRY_MS = 5000;
let retry = 0;

function enter(answer: Session): void {
	principal.csrfToken = answer.csrf_token;
	session.set({ state: "in", user: answer.user });
}

function leave(): void {
	principal.csrfToken = "";
	forgetAnswers();
	session.set({ state: "out" });
}

export async function loadSession(): Promise<void> {
	clearTimeout(retry);
	try {
		enter(await api.session());
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		if (error.status === 401) leave();
		else if (session.get().state !== "in") {
			session.set({ state: "unreachable", error });
			retry = setTimeout(retryNow, RETRY_MS);
		}
	}
}

/** A tablet on the wall has nobody who presses a button when Hearth is back. */
function retryNow(): void {
	if (session.get().state === "unreachable" && !document.hidden) void loadSession();
}

export async function login(username: string, password: string): Promise<void> {
	enter(await api.login(username, password));
}

export async function logout(): Promise<void> {
	await api.logout();
	leave();
}

export async function changePassword(change: PasswordChange): Promise<void> {
	await api.changePassword(change);
	await loadSession();
}

addEventListener("online", retryNow);
document.addEventListener("visibilitychange", retryNow);
principal.onUnauthorized = leave;
principal.onPasswordRequired = () => void loadSession();
