// Who is logged in: the cookie session as the panel knows it.
import { api, type PasswordChange, type Session } from "./api";
import { ApiError, principal } from "./http";
import { createStore } from "./store";

export type SessionState =
	| { state: "asking" }
	| { state: "unreachable"; error: ApiError }
	| { state: "out" }
	| { state: "in"; user: Session["user"] };

export const session = createStore<SessionState>({ state: "asking" });

function enter(answer: Session): void {
	principal.csrfToken = answer.csrf_token;
	session.set({ state: "in", user: answer.user });
}

function leave(): void {
	principal.csrfToken = "";
	session.set({ state: "out" });
}

export async function loadSession(): Promise<void> {
	try {
		enter(await api.session());
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		if (error.status === 401) leave();
		else if (session.get().state !== "in") session.set({ state: "unreachable", error });
	}
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

principal.onUnauthorized = leave;
principal.onPasswordRequired = () => void loadSession();
