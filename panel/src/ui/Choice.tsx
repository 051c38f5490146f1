// One of a few (segments) or one of many (a select), both with a name for screen readers.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface Option<Value extends string> {
	value: Value;
	label: ComponentChildren;
	title?: string;
}

interface SegmentsProps<Value extends string> {
	legend: string;
	options: Option<Value>[];
	value: Value;
	onChange: (value: Value) => void;
}

/** Radio buttons in the dress of a segmented control, so arrow keys work as everywhere. */
export function Segments<Value extends string>({ legend, options, value, onChange }: SegmentsProps<Value>) {
	const name = useId();
	return (
		<fieldset class="segments">
			<legend class="hidden">{legend}</legend>
			{options.map((option) => (
				<label key={option.value} title={option.title}>
					<input
						type="radio"
						name={name}
						value={option.value}
						checked={option.value === value}
						onChange={() => onChange(option.value)}
					/>
					<span>{option.label}</span>
				</label>
			))}
		</fieldset>
	);
}

interface SelectProps<Value extends string> {
	label: string;
	options: { value: Value; label: string }[];
	value: Value;
	onChange: (value: Value) => void;
	labelHidden?: boolean;
}

export function Select<Value extends string>({ label, options, value, onChange, labelHidden }: SelectProps<Value>) {
	const id = useId();
	return (
		<div class="select">
			<label for={id} class={labelHidden ? "hidden" : undefined}>
				{label}
			</label>
			<select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as Value)}>
				{options.map((option) => (
					<option key={option.value} value={option.value}>
						{option.label}
					</option>
				))}
			</select>
		</div>
	);
}
