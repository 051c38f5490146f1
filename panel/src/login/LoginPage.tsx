// The login form.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../http";
import { Logo } from "../icons";
import { t } from "../i18n";
import { login } from "../session";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { LanguageChoice, ThemeChoice } from "../ui/Preferences";
import { failureText } from "../ui/State";

function refusal(error: ApiError): string {
	if (error.status === 401) return t.login.wrong;
	if (error.status === 422) return t.login.incomplete;
	if (error.status === 429) return t.login.throttled(Math.ceil((error.retryAfterS ?? 60) / 60));
	return failureText(error);
}

export function LoginPage() {
	const [username, setUsername] = useState("");
	const [password, setPassword] = useState("");
	const [problem, setProblem] = useState<string>();
	const [busy, setBusy] = useState(false);
	const usernameInput = useRef<HTMLInputElement>(null);
	const passwordInput = useRef<HTMLInputElement>(null);

	useEffect(() => {
		document.title = `${t.login.title} · Hearth`;
	});
	useEffect(() => usernameInput.current?.focus(), []);

	async function submit(event: Event): Promise<void> {
		event.preventDefault();
		if (!username.trim() || !password) {
			setProblem(t.login.incomplete);
			(username.trim() ? passwordInput : usernameInput).current?.focus();
			return;
		}
		setBusy(true);
		try {
			await login(username, password);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			setProblem(refusal(error));
			setBusy(false);
			passwordInput.current?.select();
		}
	}

	return (
		<main class="gate">
			<form class="gate-card" onSubmit={(event) => void submit(event)} noValidate>
				<Logo size={52} />
				<h1>Hearth</h1>
				<p class="lead">{t.login.lead}</p>
				<div role="alert">{problem && <p class="problem">{problem}</p>}</div>
				<Field
					label={t.login.username}
					name="username"
					autocomplete="username"
					value={username}
					onInput={setUsername}
					inputRef={usernameInput}
					maxLength={64}
				/>
				<Field
					label={t.login.password}
					name="password"
					type="password"
					autocomplete="current-password"
					value={password}
					onInput={setPassword}
					inputRef={passwordInput}
				/>
				<Button type="submit" kind="filled" busy={busy}>
					{t.login.submit}
				</Button>
			</form>
			<div class="gate-foot">
				<LanguageChoice labelHidden />
				<ThemeChoice iconsOnly />
			</div>
		</main>
	);
}
