// What to do when no Proxmox is configured.
import { t } from "../i18n";
import { Commands } from "../ui/Commands";
import { Empty } from "../ui/State";

const SETTINGS = [
	"PROXMOX_1_ID pve",
	"PROXMOX_1_URL https://pve.lan:8006",
	"PROXMOX_1_TOKEN_ID hearth@pve\\!panel",
	"PROXMOX_1_TOKEN_SECRET -",
];

export function Setup() {
	const texts = t.servers.setup;
	return (
		<section class="card setup">
			<Empty icon="server" title={texts.title} text={texts.text}>
				<Commands settings={SETTINGS} />
				<p class="empty-text">{texts.hint}</p>
			</Empty>
		</section>
	);
}
