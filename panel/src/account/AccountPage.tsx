// The account page: who is logged in, appearance and language, password; for administrators the way to the audit trail.
import type { PageProps } from "../pages";
import { Icon } from "../icons";
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
					{user.role === "admin" && (
						<Card title={t.audit.title}>
							<p class="muted">{t.audit.lead}</p>
							<a class="button quiet" href="#/audit">
								<Icon name="clock" size={18} />
								{t.audit.open}
							</a>
						</Card>
					)}
				</div>
				<Card title={t.account.password}>
					<p class="muted">{t.account.passwordLead}</p>
					<PasswordForm username={user.username} />
				</Card>
			</div>
		</>
	);
}
