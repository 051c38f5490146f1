// Small choices kept in this browser; a browser that forbids storage merely forgets them.

const PREFIX = "hearth.";

export function recall(key: string): string | null {
	try {
		return localStorage.getItem(PREFIX + key);
	} catch {
		return null;
	}
}

export function remember(key: string, value: string): void {
	try {
		localStorage.setItem(PREFIX + key, value);
	} catch {
		return;
	}
}
