// What the panel derives from a device.
import type { Device } from "../api";
import { isIcon, type IconName } from "../icons";
import { t } from "../i18n";

export type DeviceType = keyof typeof t.network.devices.types;

export const DEVICE_TYPES: DeviceType[] = [
	"phone",
	"tablet",
	"computer",
	"tv",
	"speaker",
	"printer",
	"camera",
	"server",
	"appliance",
];

export function displayName(device: Device): string {
	return device.custom_name || device.name || device.ip || device.mac;
}

export function isOnline(device: Device): boolean {
	return device.status === 1;
}

export function deviceIcon(device: Device): IconName {
	if (device.device_type && isIcon(device.device_type)) return device.device_type;
	if (!device.interface_type) return "device";
	return /802\.11|wlan|wifi/i.test(device.interface_type) ? "wifi" : "cable";
}

export function matches(device: Device, query: string): boolean {
	const wanted = query.trim().toLocaleLowerCase();
	return [device.custom_name ?? "", device.name, device.ip, device.mac].some((text) =>
		text.toLocaleLowerCase().includes(wanted),
	);
}

export function onlineSeconds(device: Device, from: number, to: number): number {
	return device.presence.reduce(
		(sum, [start = 0, end = 0]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)),
		0,
	);
}
