// The commands that set Hearth up for something, ready to be copied as they are.
import { t } from "../i18n";

/** Each command may have several lines, broken as a shell wants them. */
export function Commands({ commands }: { commands: string[] }) {
	return (
		<div class="commands" role="group" aria-label={t.app.commands}>
			{commands.map((command) => (
				<pre key={command}>{command}</pre>
			))}
		</div>
	);
}

const FOLDED = " \\\n    ";

/** The one command that makes these settings, each a key and a value as the shell wants it. */
export function configSet(settings: string[]): string {
	return ["build/hearthctl -d var config set", ...settings].join(FOLDED);
}
