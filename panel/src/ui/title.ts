// The name of the one thing a page shows, for the title of the window.
import { useEffect } from "preact/hooks";
import { createStore } from "../store";

/** null: the page shows no single thing and goes by its own name. */
export const placeTitle = createStore<string | null>(null);

export function usePlaceTitle(title: string): void {
	useEffect(() => {
		placeTitle.set(title);
		return () => placeTitle.set(null);
	}, [title]);
}
