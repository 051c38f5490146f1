// Shapes of the API, in the form openapi-typescript prints; `npm run types` writes this file anew.

type Reply<Body> = { responses: { 200: { content: { "application/json": Body } } } };
type NoContent = { responses: { 204: { content?: never } } };

export namespace recorder {
	interface SessionResponse {
		user: { username: string; force_password_change: boolean; role: string };
		csrf_token: string;
		expires_at: string;
	}
	export interface paths {
		"/api/session": { get: Reply<SessionResponse> };
		"/api/auth/login": { post: Reply<SessionResponse> };
		"/api/auth/logout": { post: NoContent };
		"/api/auth/password": { post: NoContent };
	}
}

export namespace network {
	interface Bandwidth {
		upstream_bps: number;
		downstream_bps: number;
		bytes_sent: number;
		bytes_received: number;
		is_stale: boolean;
		fetched_at: string;
	}
	interface Wan {
		external_ip: string | null;
		is_connected: boolean;
		is_linked: boolean;
		uptime: number;
		max_upstream_bps: number;
		max_downstream_bps: number;
		is_stale: boolean;
		fetched_at: string;
	}
	export interface paths {
		"/api/v1/fritzbox/wan": { get: Reply<Wan> };
		"/api/v1/fritzbox/bandwidth": { get: Reply<Bandwidth> };
	}
}

export namespace house {
	interface NetworkStatus {
		enabled: boolean;
		state: "off" | "never" | "ok" | "failing";
		last_success_at: string | null;
		last_attempt_at: string | null;
		next_attempt_at: string | null;
		failures: number;
		error_code: string | null;
		error_text: string | null;
		model: string | null;
		firmware: string | null;
		host: string;
		poll_seconds: number;
	}
	interface BandwidthSeries {
		from: number;
		to: number;
		step: number;
		timestamps: number[];
		upstream: (number | null)[];
		downstream: (number | null)[];
		upstream_max: (number | null)[];
		downstream_max: (number | null)[];
	}
	interface Device {
		id: number;
		ip: string;
		name: string;
		mac: string;
		status: number;
		custom_name: string | null;
		device_type: string | null;
		interface_type: string | null;
		address_source: string | null;
		first_seen_at: string;
		last_seen_at: string;
		presence: number[][];
	}
	interface Event {
		id: number;
		time: string;
		kind: string;
		subject: string | null;
		data: { [key: string]: unknown } | null;
	}
	interface Page<Item> {
		items: Item[];
		total_count: number;
		limit: number;
		offset: number;
	}
	export interface paths {
		"/api/house/network/status": { get: Reply<NetworkStatus> };
		"/api/house/network/bandwidth": { get: Reply<BandwidthSeries> };
		"/api/house/network/devices": { get: Reply<Page<Device>> };
		"/api/house/network/devices/{id}": { patch: Reply<Device> };
		"/api/house/events": { get: Reply<Page<Event>> };
	}
}
