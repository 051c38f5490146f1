// The calls the panel makes and the names of what they return; the only reader of api-types.ts.
import type { house, network, panel, recorder } from "./api-types";
import { ApiError, request } from "./http";

type Json<Operation> = Operation extends {
	responses: { 200: { content: { "application/json": infer Body } } };
}
	? Body
	: never;

export type Session = Json<recorder.paths["/api/session"]["get"]>;
export type Wan = Json<network.paths["/api/v1/fritzbox/wan"]["get"]>;
export type Bandwidth = Json<network.paths["/api/v1/fritzbox/bandwidth"]["get"]>;
export type NetworkStatus = Json<house.paths["/api/house/network/status"]["get"]>;
export type BandwidthSeries = Json<house.paths["/api/house/network/bandwidth"]["get"]>;
export type DevicePage = Json<house.paths["/api/house/network/devices"]["get"]>;
export type Device = DevicePage["items"][number];
export type EventPage = Json<house.paths["/api/house/events"]["get"]>;
export type HouseEvent = EventPage["items"][number];

/** A Proxmox node; what is unknown is null. */
export type Server = Json<panel.paths["/api/proxmox/servers/{server_id}"]["get"]>;
/** With what was last known of those that are offline. */
export type ServerList = Json<house.paths["/api/house/servers"]["get"]>;
export type Guest = Json<panel.paths["/api/proxmox/servers/{server_id}/vm/{vmid}"]["get"]>;
export type GuestType = Guest["type"];
export type GuestList = Json<panel.paths["/api/proxmox/servers/{server_id}/vms"]["get"]>;
export type GuestAction = "start" | "shutdown" | "restart" | "stop" | "reset" | "suspend" | "resume";
/** A configured Proxmox, which may have several servers. */
export type ServersStatus = Json<house.paths["/api/house/servers/status"]["get"]>;
export type ServerSource = ServersStatus["sources"][number];
export type HistoryRange = "1h" | "6h" | "24h" | "7d" | "30d" | "1y";
/** Means over each step, with the lowest and highest sample where the step holds several. */
export type History = Json<house.paths["/api/house/servers/history/{server_id}"]["get"]>;
export type Acted = Json<panel.paths["/api/proxmox/servers/{server_id}/vm/{vmid}/{action}"]["post"]>;
/** How what was last asked of a guest goes. */
export type LastAction = Json<house.paths["/api/house/servers/action/{server_id}/{vmid}"]["get"]>;
export type AuditPage = Json<house.paths["/api/house/audit"]["get"]>;
export type AuditEntry = AuditPage["items"][number];

export interface PasswordChange {
	current_password: string;
	new_password: string;
	confirm_password: string;
}

export interface DeviceChange {
	custom_name: string | null;
	device_type: string | null;
}

/** Hearth waits for Proxmox, Proxmox for the guest's node. */
const ACTION_TIMEOUT_MS = 30_000;

/** Largest page that the house family hands out. */
export const MAX_LIMIT = 1000;

/** A 503 without Retry-After says "not measured yet", which is an answer; with it, "busy", which is a failure. */
async function orNothing<T>(answer: Promise<T>): Promise<T | null> {
	try {
		return await answer;
	} catch (error) {
		if (error instanceof ApiError && error.status === 503 && error.retryAfterS === null) return null;
		throw error;
	}
}

const serverPath = (id: string) => `/api/proxmox/servers/${encodeURIComponent(id)}`;
const historyPath = (id: string) => `/api/house/servers/history/${encodeURIComponent(id)}`;

export const api = {
	session: () => request<Session>("GET", "/api/session", { quiet401: true }),
	login: (username: string, password: string) =>
		request<Session>("POST", "/api/auth/login", { body: { username, password }, quiet401: true }),
	logout: () => request<void>("POST", "/api/auth/logout"),
	changePassword: (body: PasswordChange) => request<void>("POST", "/api/auth/password", { body }),

	wan: (signal: AbortSignal) => orNothing(request<Wan>("GET", "/api/v1/fritzbox/wan", { signal })),
	bandwidth: (signal: AbortSignal) =>
		orNothing(request<Bandwidth>("GET", "/api/v1/fritzbox/bandwidth", { signal })),

	networkStatus: (signal: AbortSignal) =>
		request<NetworkStatus>("GET", "/api/house/network/status", { signal }),
	bandwidthSeries: (hours: number, signal: AbortSignal) =>
		request<BandwidthSeries>("GET", `/api/house/network/bandwidth?hours=${hours}`, { signal }),
	bandwidthCsvUrl: (hours: number) => `/api/house/network/bandwidth.csv?hours=${hours}`,
	devices: (signal: AbortSignal) =>
		request<DevicePage>("GET", `/api/house/network/devices?limit=${MAX_LIMIT}`, { signal }),
	changeDevice: (id: number, body: DeviceChange) =>
		request<Device>("PATCH", `/api/house/network/devices/${id}`, { body }),

	serversStatus: (signal: AbortSignal) => request<ServersStatus>("GET", "/api/house/servers/status", { signal }),
	servers: (signal: AbortSignal) => request<ServerList>("GET", "/api/house/servers", { signal }),
	server: (id: string, signal: AbortSignal) => request<Server>("GET", serverPath(id), { signal }),
	guests: (id: string, signal: AbortSignal) => request<GuestList>("GET", `${serverPath(id)}/vms`, { signal }),
	guest: (id: string, vmid: string, signal: AbortSignal) =>
		request<Guest>("GET", `${serverPath(id)}/vm/${encodeURIComponent(vmid)}`, { signal }),
	act: ({ server_id, vmid, type }: Guest, action: GuestAction) =>
		request<Acted>("POST", `${serverPath(server_id)}/vm/${vmid}/${action}?vm_type=${type}`, {
			timeoutMs: ACTION_TIMEOUT_MS,
		}),
	lastAction: (id: string, vmid: string, signal: AbortSignal) =>
		request<LastAction>("GET", `/api/house/servers/action/${encodeURIComponent(id)}/${encodeURIComponent(vmid)}`, { signal }),
	serverHistory: (id: string, range: HistoryRange, signal: AbortSignal) =>
		request<History>("GET", `${historyPath(id)}?range=${range}`, { signal }),
	guestHistory: (id: string, vmid: string, range: HistoryRange, signal: AbortSignal) =>
		request<History>("GET", `${historyPath(id)}/${encodeURIComponent(vmid)}?range=${range}`, { signal }),

	audit: (limit: number, signal: AbortSignal) =>
		request<AuditPage>("GET", `/api/house/audit?limit=${limit}`, { signal }),
	events: (kind: string, limit: number, signal: AbortSignal) =>
		request<EventPage>("GET", `/api/house/events?limit=${limit}${kind ? `&kind=${kind}` : ""}`, {
			signal,
		}),
};
