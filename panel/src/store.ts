// A value that components can watch.
import { useEffect, useState } from "preact/hooks";

export interface Store<T> {
	get(): T;
	set(next: T): void;
	watch(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
	let value = initial;
	const listeners = new Set<() => void>();
	return {
		get: () => value,
		set(next) {
			if (Object.is(next, value)) return;
			value = next;
			for (const listener of [...listeners]) listener();
		},
		watch(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

export function useStore<T>(store: Store<T>): T {
	const [, redraw] = useState(store.get());
	useEffect(() => {
		const update = () => redraw(() => store.get());
		// The value may have changed between the first drawing and this effect.
		update();
		return store.watch(update);
	}, [store]);
	return store.get();
}
