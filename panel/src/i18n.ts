// The language of the panel: the texts `t`, and the choice remembered in this browser.
import { de } from "./locales/de";
import { en, type Dictionary } from "./locales/en";
import { ru } from "./locales/ru";
import { recall, remember } from "./memory";
import { createStore } from "./store";

export const dictionaries = { en, de, ru } satisfies Record<string, Dictionary>;
export type Locale = keyof typeof dictionaries;

const MEMORY_KEY = "locale";

function isLocale(text: string | null | undefined): text is Locale {
	return text != null && Object.hasOwn(dictionaries, text);
}

function preferred(): Locale {
	const remembered = recall(MEMORY_KEY);
	if (isLocale(remembered)) return remembered;
	return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLocale) ?? "en";
}

/** Texts in the present language. App redraws the whole tree when this changes. */
export let t: Dictionary;

/** The language with the visitor's own region, so that `en-GB` keeps its way of writing dates. */
export let formatLocale: string;

function apply(next: Locale): void {
	t = dictionaries[next];
	formatLocale = navigator.languages.find((tag) => tag.slice(0, 2) === next) ?? next;
	document.documentElement.lang = next;
}

const initial = preferred();
apply(initial);
export const locale = createStore<Locale>(initial);

export function setLocale(next: Locale): void {
	remember(MEMORY_KEY, next);
	apply(next);
	locale.set(next);
}
