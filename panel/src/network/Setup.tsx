// What to do when no router is configured.
import type { NetworkStatus } from "../api";
import { t } from "../i18n";
import { Commands } from "../ui/Commands";
import { Empty } from "../ui/State";

export function Setup({ status }: { status: NetworkStatus }) {
	const settings = [
		`FRITZBOX_HOST ${status.host || "fritz.box"}`,
		"FRITZBOX_USERNAME hearth",
		"FRITZBOX_PASSWORD -",
		"FRITZBOX_ENABLED true",
	];
	return (
		<section class="card setup">
			<Empty icon="router" title={t.network.setup.title} text={t.network.setup.text}>
				<Commands settings={settings} />
				<p class="empty-text">{t.network.setup.hint}</p>
			</Empty>
		</section>
	);
}
