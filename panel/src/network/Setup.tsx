// What to do when no router is configured.
import type { NetworkStatus } from "../api";
import { t } from "../i18n";
import { Commands, configSet } from "../ui/Commands";
import { Empty } from "../ui/State";

export function Setup({ status, isAdmin }: { status: NetworkStatus; isAdmin: boolean }) {
	const texts = t.network.setup;
	const host = status.host && status.host !== "fritz.box" ? [`FRITZBOX_HOST ${status.host}`] : [];
	const settings = [...host, "FRITZBOX_USERNAME hearth", "FRITZBOX_PASSWORD -", "FRITZBOX_ENABLED true"];
	return (
		<section class="card setup">
			<Empty icon="router" title={texts.title} text={isAdmin ? texts.text : t.app.askAdmin}>
				{isAdmin && (
					<>
						<ol class="steps">
							<li>{texts.user}</li>
							<li>{texts.access}</li>
							<li>
								{texts.run}
								<Commands commands={[configSet(settings)]} />
							</li>
						</ol>
						<p class="empty-text">{texts.hint}</p>
						<p class="empty-text">{t.app.commandsHint}</p>
					</>
				)}
			</Empty>
		</section>
	);
}
