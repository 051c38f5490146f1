// What to do when no router is configured.
import type { NetworkStatus } from "../api";
import { t } from "../i18n";
import { Empty } from "../ui/State";

function commands(host: string): string[] {
	return [
		`FRITZBOX_HOST ${host || "fritz.box"}`,
		"FRITZBOX_USERNAME hearth",
		"FRITZBOX_PASSWORD -",
		"FRITZBOX_ENABLED true",
	].map((setting) => `hearthctl -d DIR config set ${setting}`);
}

export function Setup({ status }: { status: NetworkStatus }) {
	return (
		<section class="card setup">
			<Empty icon="router" title={t.network.setup.title} text={t.network.setup.text}>
				<div class="commands" role="group" aria-label={t.network.setup.commands}>
					{commands(status.host).map((command) => (
						<code key={command}>{command}</code>
					))}
				</div>
				<p class="empty-text">{t.network.setup.hint}</p>
			</Empty>
		</section>
	);
}
