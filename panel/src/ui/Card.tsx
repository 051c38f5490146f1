// A titled region of a page; tools stand right of the title.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface CardProps {
	title: string;
	children: ComponentChildren;
	note?: ComponentChildren;
	tools?: ComponentChildren;
	class?: string;
}

export function Card({ title, children, note, tools, class: extra }: CardProps) {
	const id = useId();
	return (
		<section class={extra ? `card ${extra}` : "card"} aria-labelledby={id}>
			<header class="card-head">
				<h2 id={id}>{title}</h2>
				{note && <span class="card-note">{note}</span>}
				{tools && <div class="card-tools">{tools}</div>}
			</header>
			{children}
		</section>
	);
}
