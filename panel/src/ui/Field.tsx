// A labelled input with hint and error, both read out with it; a password can be shown.
import type { Ref } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";

interface FieldProps {
	label: string;
	name: string;
	value: string;
	onInput: (value: string) => void;
	type?: "text" | "password";
	autocomplete?: string;
	hint?: string | undefined;
	error?: string | undefined;
	inputRef?: Ref<HTMLInputElement>;
	maxLength?: number;
}

export function Field(props: FieldProps) {
	const id = useId();
	const [shown, setShown] = useState(false);
	const isPassword = props.type === "password";
	const note = props.error ?? props.hint;
	return (
		<div class={props.error ? "field wrong" : "field"}>
			<label for={id}>{props.label}</label>
			<div class="field-box">
				<input
					id={id}
					ref={props.inputRef}
					name={props.name}
					{...(isPassword && !shown ? { type: "password" as const } : { type: "text" as const })}
					value={props.value}
					onInput={(event) => props.onInput(event.currentTarget.value)}
					autocomplete={props.autocomplete}
					autocapitalize="none"
					spellcheck={false}
					maxLength={props.maxLength}
					aria-invalid={props.error !== undefined}
					aria-describedby={note ? `${id}-note` : undefined}
				/>
				{isPassword && (
					<button
						type="button"
						class="field-show"
						aria-controls={id}
						aria-label={`${shown ? t.account.hide : t.account.show}: ${props.label}`}
						onClick={() => setShown(!shown)}
					>
						{shown ? t.account.hide : t.account.show}
					</button>
				)}
			</div>
			{note && (
				<p class="field-note" id={`${id}-note`}>
					{note}
				</p>
			)}
		</div>
	);
}
