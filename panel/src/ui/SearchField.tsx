// The field above a list that finds some of it.
import { Icon } from "../icons";

interface SearchFieldProps {
	label: string;
	value: string;
	onInput: (value: string) => void;
}

export function SearchField({ label, value, onInput }: SearchFieldProps) {
	return (
		<label class="search">
			<span class="hidden">{label}</span>
			<Icon name="search" size={18} />
			<input
				type="search"
				value={value}
				placeholder={label}
				onInput={(event) => onInput(event.currentTarget.value)}
			/>
		</label>
	);
}
