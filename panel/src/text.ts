// Words of others within sentences of the panel.

const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name written from right to left, fenced in, so that it leaves the order of the words around it alone. */
export function isolate(name: string): string {
	return FROM_RIGHT.test(name) ? `\u2068${name}\u2069` : name;
}

export function capital(sentence: string): string {
	const [first = ""] = sentence;
	return first.toLocaleUpperCase() + sentence.slice(first.length);
}
