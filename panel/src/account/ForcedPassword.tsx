// The only screen an account sees until its first password is replaced.
import { useEffect } from "preact/hooks";
import type { PageProps } from "../pages";
import { Logo } from "../icons";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { LanguageChoice } from "../ui/Preferences";
import { leave } from "./leave";
import { PasswordForm } from "./PasswordForm";

export function ForcedPassword({ user }: Pick<PageProps, "user">) {
	useEffect(() => {
		document.title = `${t.account.forcedTitle} · Hearth`;
	});
	return (
		<main class="gate">
			<div class="gate-card">
				<Logo size={52} />
				<h1>{t.account.forcedTitle}</h1>
				<p class="lead">{t.account.forcedLead}</p>
				<PasswordForm username={user.username} isFirst />
			</div>
			<div class="gate-foot">
				<LanguageChoice labelHidden />
				<Button icon="logout" onClick={() => void leave()}>
					{t.account.logout}
				</Button>
			</div>
		</main>
	);
}
