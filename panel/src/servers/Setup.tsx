// What to do when no Proxmox is configured.
import { t } from "../i18n";
import { Commands, configSet } from "../ui/Commands";
import { Empty } from "../ui/State";

const ON_PROXMOX = [
	"pveum role add Hearth --privs 'Sys.Audit VM.Audit VM.PowerMgmt Datastore.Audit'",
	"pveum user add hearth@pve",
	"pveum acl modify / --users hearth@pve --roles Hearth",
	"pveum user token add hearth@pve panel --privsep 0",
].join("\n");

const KEY_OF_PROXMOX = [
	"",
	"openssl s_client -connect pve.lan:8006 </dev/null 2>/dev/null |",
	"openssl x509 -pubkey -noout | openssl pkey -pubin -outform der |",
	"openssl dgst -sha256 -binary | base64",
].join("\n        ");

const SETTINGS = [
	"PROXMOX_1_ID pve",
	"PROXMOX_1_URL https://pve.lan:8006",
	"PROXMOX_1_TLS pin",
	`PROXMOX_1_TLS_PIN "sha256//$(${KEY_OF_PROXMOX})"`,
	"PROXMOX_1_TOKEN_ID 'hearth@pve!panel'",
	"PROXMOX_1_TOKEN_SECRET -",
];

export function Setup({ isAdmin }: { isAdmin: boolean }) {
	const texts = t.servers.setup;
	return (
		<section class="card setup">
			<Empty icon="server" title={texts.title} text={isAdmin ? texts.text : t.app.askAdmin}>
				{isAdmin && (
					<>
						<ol class="steps">
							<li>
								{texts.role}
								<Commands commands={[ON_PROXMOX]} />
							</li>
							<li>
								{texts.run}
								<Commands commands={[configSet(SETTINGS)]} />
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
