// A question in front of everything: focus stays inside, Escape and a click beside it mean no.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
	title: string;
	onClose: () => void;
	/** The buttons, the harmless one first: it gets the focus. */
	buttons: ComponentChildren;
	children: ComponentChildren;
}

export function Dialog({ title, onClose, buttons, children }: DialogProps) {
	const id = useId();
	const dialog = useRef<HTMLDialogElement>(null);

	useLayoutEffect(() => {
		const opened = dialog.current!;
		opened.showModal();
		return () => opened.close();
	}, []);

	/** The rest of the page is inert; without this the focus could still leave for the browser's own bars. */
	function keepFocus(event: KeyboardEvent): void {
		if (event.key !== "Tab") return;
		const stops = [...(dialog.current?.querySelectorAll<HTMLElement>("button") ?? [])];
		const [goal, edge] = event.shiftKey ? [stops.at(-1), stops[0]] : [stops[0], stops.at(-1)];
		if (document.activeElement !== edge) return;
		event.preventDefault();
		goal?.focus();
	}

	return (
		<dialog
			ref={dialog}
			class="dialog"
			aria-labelledby={`${id}-title`}
			aria-describedby={`${id}-text`}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onClick={(event) => {
				if (event.target === dialog.current) onClose();
			}}
			onKeyDown={keepFocus}
		>
			<div class="dialog-box">
				<h2 id={`${id}-title`}>{title}</h2>
				<div id={`${id}-text`} class="dialog-text">
					{children}
				</div>
				<div class="dialog-buttons">{buttons}</div>
			</div>
		</dialog>
	);
}
