// Buttons: filled for the one thing to do, danger where it may destroy, quiet for the rest, icon-only with a spoken name.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../icons";

interface ButtonProps {
	children: ComponentChildren;
	onClick?: () => void;
	kind?: "filled" | "quiet" | "danger" | "danger-filled";
	type?: "button" | "submit";
	icon?: IconName;
	busy?: boolean;
}

export function Button({ children, onClick, kind = "quiet", type = "button", icon, busy = false }: ButtonProps) {
	return (
		<button type={type} class={`button ${kind}`} onClick={onClick} disabled={busy} aria-busy={busy}>
			{icon && <Icon name={icon} size={18} />}
			{children}
		</button>
	);
}

interface IconButtonProps {
	icon: IconName;
	label: string;
	onClick: () => void;
	id?: string;
}

export function IconButton({ icon, label, onClick, id }: IconButtonProps) {
	return (
		<button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick} id={id}>
			<Icon name={icon} size={18} />
		</button>
	);
}
