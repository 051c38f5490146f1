// Short notices at the edge of the screen, read out politely; they wait while looked at.
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { createStore, useStore } from "../store";
import { IconButton } from "./Button";

const SHOWN_MS = 8000;

interface Notice {
	id: number;
	text: string;
	isBad: boolean;
	undo?: () => void;
}

const notices = createStore<Notice[]>([]);
let lastId = 0;

function dismiss(id: number): void {
	notices.set(notices.get().filter((notice) => notice.id !== id));
}

export function toast(text: string, options: { isBad?: boolean; undo?: () => void } = {}): void {
	lastId += 1;
	notices.set([...notices.get(), { id: lastId, text, isBad: false, ...options }]);
}

function Toast({ notice }: { notice: Notice }) {
	const [held, setHeld] = useState(false);
	useEffect(() => {
		if (held) return;
		const timer = setTimeout(() => dismiss(notice.id), SHOWN_MS);
		return () => clearTimeout(timer);
	}, [held, notice.id]);

	const undo = () => {
		dismiss(notice.id);
		notice.undo?.();
	};
	return (
		<div
			class={notice.isBad ? "toast bad" : "toast"}
			onMouseEnter={() => setHeld(true)}
			onMouseLeave={() => setHeld(false)}
			onFocusIn={() => setHeld(true)}
			onFocusOut={() => setHeld(false)}
		>
			<span>{notice.text}</span>
			{notice.undo && (
				<button type="button" class="toast-undo" onClick={undo}>
					{t.app.undo}
				</button>
			)}
			<IconButton icon="close" label={t.app.dismiss} onClick={() => dismiss(notice.id)} />
		</div>
	);
}

export function Toasts() {
	return (
		<div class="toasts" role="status" aria-live="polite">
			{useStore(notices).map((notice) => (
				<Toast key={notice.id} notice={notice} />
			))}
		</div>
	);
}
