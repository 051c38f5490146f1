// The panel's own icons: strokes on a 24 by 24 grid, coloured by the text around them.

const shapes = {
	network: "M12 9V5m0 0a2 2 0 1 0-.01-.01M12 9v4m0 0H6v3m6-3h6v3M6 16a2 2 0 1 0 .01 0M18 16a2 2 0 1 0 .01 0",
	account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8.5c.8-3.7 3.8-5.5 7.5-5.5s6.7 1.8 7.5 5.5",
	logout: "M14 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H14M10 12h10m0 0-3.5-3.5M20 12l-3.5 3.5",
	sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5v2m0 15v2M2.5 12h2m15 0h2M5.3 5.3l1.4 1.4m10.6 10.6 1.4 1.4m0-13.4-1.4 1.4M6.7 17.3l-1.4 1.4",
	moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
	system: "M4 5h16v11H4zM9 20h6m-3-4v4",
	search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20.5 20.5",
	pencil: "M4 20l1-4L16 5l3 3L8 19l-4 1ZM13.5 7.5l3 3",
	check: "M5 12.5l4.5 4.5L19 7",
	close: "M6 6l12 12M18 6 6 18",
	down: "M12 5v13m0 0-5-5m5 5 5-5",
	up: "M12 19V6m0 0-5 5m5-5 5 5",
	save: "M12 4v11m0 0-4-4m4 4 4-4M5 19.5h14",
	alert: "M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5m0 2.5v.2",
	clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
	globe: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM3.5 12h17M12 3.5c2.3 2.4 3.4 5.2 3.4 8.5s-1.1 6.1-3.4 8.5c-2.3-2.4-3.4-5.2-3.4-8.5S9.7 5.9 12 3.5Z",
	router: "M4 14h16v5H4zM7.5 16.5h.1M11 16.5h.1M16.5 14V9M13.8 6.8a4 4 0 0 1 5.4 0M11.9 4.5a7 7 0 0 1 9.2 0",
	wifi: "M12 18.5h.1M8.7 15a4.7 4.7 0 0 1 6.6 0M5.7 11.7a9 9 0 0 1 12.6 0M2.8 8.5a13.2 13.2 0 0 1 18.4 0",
	cable: "M9 4h6v4H9zM7 8h10v5l-2 2H9l-2-2V8ZM12 15v6",
	plus: "M12 5v14M5 12h14",
	play: "M8 5.5v13l10.5-6.5L8 5.5Z",
	stop: "M7 7h10v10H7z",
	power: "M12 3.5v8M7.2 6.8a7.5 7.5 0 1 0 9.6 0",
	restart: "M19.5 12a7.5 7.5 0 1 1-2.4-5.5M19.5 3.5v4h-4",
	pause: "M9 5.5v13M15 5.5v13",
	zap: "M13 3 5.5 13.5H11L10 21l8.5-11H13V3Z",
	box: "M12 3.5 4.5 7.5v9l7.5 4 7.5-4v-9L12 3.5ZM4.5 7.5l7.5 4m0 0 7.5-4m-7.5 4v9",
	key: "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm2.8-6.8L19.5 3.5m-3 3 2.5 2.5",
	device: "M5.5 5.5h13v13h-13zM12 12h.1",
	phone: "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3ZM11 18h2",
	tablet: "M5.5 3h13A1.5 1.5 0 0 1 20 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19.5v-15A1.5 1.5 0 0 1 5.5 3ZM11 18h2",
	computer: "M5.5 5h13v10h-13zM2.5 19h19l-3-4h-13l-3 4Z",
	tv: "M3 5h18v12H3zM8 20.5h8",
	speaker: "M7 3h10v18H7zM12 17.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM12 7.5v.1",
	printer: "M7 8V3.5h10V8M7 16H4V8h16v8h-3M7 13h10v7.5H7z",
	camera: "M3.5 7h11v10h-11zM14.5 11l6-3.5v9l-6-3.5",
	server: "M4 4h16v7H4zM4 13h16v7H4zM7.5 7.5h.1M7.5 16.5h.1",
	appliance: "M9 3v5m6-5v5M6.5 8h11v4a5.5 5.5 0 0 1-11 0V8ZM12 17.5V21",
};

export type IconName = keyof typeof shapes;

export function isIcon(name: string): name is IconName {
	return Object.hasOwn(shapes, name);
}

/** Decoration only: whatever an icon says must also stand in words. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
	return (
		<svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
			<path d={shapes[name]} />
		</svg>
	);
}

/** The hearth: an arch with a flame in it. */
export function Logo({ size = 32 }: { size?: number }) {
	return (
		<svg class="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
			<path class="logo-arch" d="M3 29V14.5a13 13 0 0 1 26 0V29h-5.5V15a7.5 7.5 0 0 0-15 0v14Z" />
			<path
				class="logo-flame"
				d="M16 12.5c.6 3 4.3 5 4.3 9.6 0 3.9-2 6.9-4.3 6.9s-4.3-2.6-4.3-5.9c0-2.2 1.1-3.4 2-4.7.4 1.1.9 1.6 1.5 1.9-.4-3 .1-5.7.8-7.8Z"
			/>
		</svg>
	);
}
