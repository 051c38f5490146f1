// A device's name with its icon; administrators can change name and kind in place.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Device, DeviceChange } from "../api";
import { Icon } from "../icons";
import { t } from "../i18n";
import { isolate } from "../text";
import { Button, IconButton } from "../ui/Button";
import { Select } from "../ui/Choice";
import { Field } from "../ui/Field";
import { DEVICE_TYPES, deviceIcon, displayName } from "./device";

interface EditorProps {
	device: Device;
	onSave: (change: DeviceChange) => void;
	onCancel: () => void;
}

function Editor({ device, onSave, onCancel }: EditorProps) {
	const texts = t.network.devices;
	const [name, setName] = useState(device.custom_name ?? device.name);
	const [type, setType] = useState(device.device_type ?? "");
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => input.current?.select(), []);

	const known = DEVICE_TYPES.map((value) => ({ value: value as string, label: texts.types[value] }));
	const isForeign = type !== "" && !known.some((option) => option.value === type);
	const options = [
		{ value: "", label: texts.noType },
		...known,
		...(isForeign ? [{ value: type, label: type }] : []),
	];

	function submit(event: Event): void {
		event.preventDefault();
		const wanted = name.trim();
		onSave({ custom_name: wanted && wanted !== device.name ? wanted : null, device_type: type || null });
	}

	return (
		<form
			class="device-editor"
			onSubmit={submit}
			onKeyDown={(event) => {
				if (event.key === "Escape") onCancel();
			}}
		>
			<Field
				label={texts.newName}
				name="custom_name"
				value={name}
				onInput={setName}
				inputRef={input}
				maxLength={64}
				hint={device.custom_name ? texts.routerName(isolate(device.name)) : undefined}
			/>
			<Select label={texts.type} options={options} value={type} onChange={setType} />
			<div class="device-editor-buttons">
				<Button type="submit" kind="filled">
					{t.app.save}
				</Button>
				<Button onClick={onCancel}>{t.app.cancel}</Button>
			</div>
		</form>
	);
}

interface DeviceNameProps {
	device: Device;
	canEdit: boolean;
	onSave: (change: DeviceChange) => void;
}

export function DeviceName({ device, canEdit, onSave }: DeviceNameProps) {
	const [isOpen, setOpen] = useState(false);
	const wasOpen = useRef(false);
	const name = displayName(device);
	const pencilId = `edit-${device.id}`;

	useEffect(() => {
		if (wasOpen.current && !isOpen) document.getElementById(pencilId)?.focus();
		wasOpen.current = isOpen;
	}, [isOpen]);

	if (isOpen)
		return (
			<Editor
				device={device}
				onCancel={() => setOpen(false)}
				onSave={(change) => {
					setOpen(false);
					onSave(change);
				}}
			/>
		);
	return (
		<span class="device-name">
			<span class="device-icon">
				<Icon name={deviceIcon(device)} size={18} />
			</span>
			<bdi class="device-title">{name}</bdi>
			{canEdit && (
				<IconButton id={pencilId} icon="pencil" label={t.network.devices.edit(isolate(name))} onClick={() => setOpen(true)} />
			)}
		</span>
	);
}
