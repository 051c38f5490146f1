// The devices list for Node.js: fastify with compiled schemas and better-sqlite3, one process for each core.
// Environment: BENCH_DIR, BENCH_PORT, BENCH_STALE_S, BENCH_PROCESSES.
import cluster from "node:cluster";
import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import Fastify from "fastify";

const LAST_USED_S = 60;
const DEVICES_USABLE_S = 24 * 3600;
const { BENCH_DIR, BENCH_PORT, BENCH_STALE_S, BENCH_PROCESSES } = process.env;

const text = { type: "string" };
const maybeText = { type: "string", nullable: true };
const integer = { type: "integer" };
const schema = {
	querystring: {
		type: "object",
		properties: {
			limit: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
			offset: { type: "integer", minimum: 0, maximum: 2147483647, default: 0 },
		},
	},
	response: {
		200: {
			type: "object",
			properties: {
				items: {
					type: "array",
					items: {
						type: "object",
						properties: {
							ip: text,
							name: text,
							mac: text,
							status: integer,
							provider_type: text,
							custom_name: maybeText,
							device_type: maybeText,
							interface_type: maybeText,
							address_source: maybeText,
						},
					},
				},
				total_count: integer,
				limit: integer,
				offset: integer,
				is_stale: { type: "boolean" },
				fetched_at: text,
			},
		},
	},
};

function serve() {
	const db = new Database(`${BENCH_DIR}/hearth.db`, { timeout: 2000 });
	db.exec(`ATTACH '${BENCH_DIR}/series.db' AS series`);
	db.pragma("main.mmap_size = 67108864");
	db.pragma("series.mmap_size = 67108864");
	const find = db.prepare(
		"SELECT k.id, k.last_used_at FROM api_key k JOIN account a ON a.id = k.account_id" +
			" WHERE k.hash = ? AND k.revoked_at IS NULL AND a.active = 1",
	);
	const touch = db.prepare("UPDATE api_key SET last_used_at = ? WHERE id = ?");
	const provider = db.prepare("SELECT devices, devices_at FROM series.net_provider WHERE name = 'fritzbox'");
	const list = db.prepare(
		"SELECT ip, name, mac, 1 - offline AS status, 'fritzbox' AS provider_type, custom_name, device_type," +
			" interface_type, address_source FROM series.net_device WHERE listed = 1" +
			" ORDER BY offline, ip_key, mac LIMIT ? OFFSET ?",
	);

	const app = Fastify({ logger: false });
	app.get("/api/v1/fritzbox/devices", { schema }, (request, reply) => {
		const now = Math.floor(Date.now() / 1000);
		const hash = createHash("sha256")
			.update(request.headers["x-api-key"] ?? "")
			.digest("hex");
		const key = find.get(hash);
		if (!key) {
			reply.code(401).send({ detail: "Missing or invalid authentication" });
			return;
		}
		const { limit, offset } = request.query;
		const state = provider.get();
		if (!state?.devices_at || now - state.devices_at > DEVICES_USABLE_S) {
			reply.code(503).send({ detail: "Device data not available" });
			return;
		}
		const items = list.all(limit, offset);
		if (key.last_used_at === null || key.last_used_at <= now - LAST_USED_S) touch.run(now, key.id);
		reply.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff").send({
			items,
			total_count: state.devices,
			limit,
			offset,
			is_stale: now - state.devices_at > Number(BENCH_STALE_S),
			fetched_at: new Date(state.devices_at * 1000).toISOString().replace(".000Z", "Z"),
		});
	});
	app.listen({ host: "127.0.0.1", port: Number(BENCH_PORT), backlog: 511 });
}

if (cluster.isPrimary) {
	for (let i = 0; i < Number(BENCH_PROCESSES); i++) cluster.fork();
} else {
	serve();
}
