// Processor, load, memory and disk of a server.
import type { Server } from "../api";
import { bytes, decimal, percent } from "../format";
import { t } from "../i18n";
import { Meter } from "../ui/Meter";
import { HIGH } from "./server";

function ofTotal(used: number | null, total: number | null): string {
	if (used === null) return "–";
	return total === null ? bytes(used) : t.servers.usedOf(bytes(used), bytes(total));
}

const NO_BREAK = "\u00a0";

function loadText(load: number[]): string {
	if (load.length === 0) return "";
	return t.servers.load(load.map(decimal).join(" ")).replaceAll(" ", NO_BREAK);
}

export function Meters({ server }: { server: Server }) {
	const texts = t.servers;
	const cpu = server.cpu === null ? "–" : [percent(server.cpu), loadText(server.load_average)].filter(Boolean).join(" · ");
	return (
		<div class="meters">
			<Meter label={texts.cpu} value={cpu} percent={server.cpu} highFrom={HIGH.cpu} />
			<Meter
				label={texts.memory}
				value={ofTotal(server.memory_used, server.memory_total)}
				percent={server.memory_percent}
				highFrom={HIGH.memory}
			/>
			<Meter
				label={texts.disk}
				value={ofTotal(server.disk_used, server.disk_total)}
				percent={server.disk_percent}
				highFrom={HIGH.disk}
			/>
		</div>
	);
}
