// Light, dark, or as the system says.
import { recall, remember } from "./memory";
import { createStore } from "./store";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const MEMORY_KEY = "theme";

function isTheme(text: string | null): text is Theme {
	return themes.some((known) => known === text);
}

function apply(theme: Theme): void {
	if (theme === "system") delete document.documentElement.dataset["theme"];
	else document.documentElement.dataset["theme"] = theme;
}

const remembered = recall(MEMORY_KEY);
const initial = isTheme(remembered) ? remembered : "system";
apply(initial);
export const theme = createStore<Theme>(initial);

export function setTheme(next: Theme): void {
	remember(MEMORY_KEY, next);
	apply(next);
	theme.set(next);
}

/** Calls back when the colours on the page have changed, by choice or by the system. */
export function watchColours(listener: () => void): () => void {
	const system = matchMedia("(prefers-color-scheme: dark)");
	system.addEventListener("change", listener);
	const unwatch = theme.watch(listener);
	return () => {
		system.removeEventListener("change", listener);
		unwatch();
	};
}
