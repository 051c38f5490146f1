// The account page: who is logged in, appearance and language, password.
import type { PageProps } from "../pages";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { LanguageChoice, ThemeChoice } from "../ui/Preferences";
import { leave } from "./leave";
import { PasswordForm } from "./PasswordForm";

export function AccountPage({ user }: PageProps) {
	return (
		<>
			<header class="page-head">
				<h1>{t.account.title}</h1>
			</header>
			<div class="account-grid">
				<div class="stack">
					<Card title={t.account.signedInAs(user.username)}>
						<p class="muted">{t.account.role(user.role)}</p>
						<Button icon="logout" onClick={() => void leave()}>
							{t.account.logout}
						</Button>
					</Card>
					<Card title={t.preferences.title}>
						<div class="stack">
							<ThemeChoice />
							<LanguageChoice />
						</div>
					</Card>
				</div>
				<Card title={t.account.password}>
					<p class="muted">{t.account.passwordLead}</p>
					<PasswordForm username={user.username} />
				</Card>
			</div>
		</>
	);
}
