// The commands that set Hearth up for something.
import { t } from "../i18n";

/** `settings` are key and value as `config set` wants them. */
export function Commands({ settings }: { settings: string[] }) {
	return (
		<div class="commands" role="group" aria-label={t.app.commands}>
			{settings.map((setting) => (
				<code key={setting}>hearthctl -d DIR config set {setting}</code>
			))}
		</div>
	);
}
