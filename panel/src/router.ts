// Hash routing: `#/network?tab=x` is path `/network` and its query.
import { createStore } from "./store";

export interface Route {
	path: string;
	query: URLSearchParams;
	/** Path and query as one text, for coming back after a login. */
	full: string;
}

function parse(hash: string): Route {
	const full = hash.replace(/^#/, "") || "/";
	const [path = "/", query = ""] = full.split("?", 2);
	return { path, query: new URLSearchParams(query), full };
}

export const route = createStore<Route>(parse(location.hash));

addEventListener("hashchange", () => route.set(parse(location.hash)));

/** Goes there without leaving the present place in the history. */
export function redirect(full: string): void {
	history.replaceState(null, "", `#${full}`);
	route.set(parse(location.hash));
}
