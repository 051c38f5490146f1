// Changing one's own password; what can be judged here is judged before it is sent.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../http";
import { t } from "../i18n";
import { changePassword } from "../session";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { failureText } from "../ui/State";
import { toast } from "../ui/Toast";

const MIN_CODE_POINTS = 12;

interface Findings {
	current?: string;
	next?: string;
	confirm?: string;
}

function judge(current: string, next: string, confirm: string): Findings {
	const missing = MIN_CODE_POINTS - [...next].length;
	const findings: Findings = {};
	if (!current) findings.current = t.account.needCurrent;
	if (missing > 0) findings.next = t.account.tooShort(missing);
	else if (next === current) findings.next = t.account.same;
	if (confirm !== next) findings.confirm = t.account.mismatch;
	return findings;
}

export function PasswordForm({ username, isFirst = false }: { username: string; isFirst?: boolean }) {
	const [current, setCurrent] = useState("");
	const [next, setNext] = useState("");
	const [confirm, setConfirm] = useState("");
	const [tries, setTries] = useState(0);
	const [problem, setProblem] = useState<string>();
	const [busy, setBusy] = useState(false);
	const findings = judge(current, next, confirm);
	const shown = tries > 0 ? findings : {};
	const form = useRef<HTMLFormElement>(null);
	const firstInput = useRef<HTMLInputElement>(null);

	useEffect(() => {
		if (isFirst) firstInput.current?.focus();
	}, [isFirst]);
	useEffect(() => {
		form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
	}, [tries]);

	async function submit(event: Event): Promise<void> {
		event.preventDefault();
		setTries(tries + 1);
		setProblem(undefined);
		if (Object.keys(findings).length > 0) return;
		setBusy(true);
		try {
			await changePassword({ current_password: current, new_password: next, confirm_password: confirm });
			toast(t.account.changed);
			setCurrent("");
			setNext("");
			setConfirm("");
			setTries(0);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			setProblem(error.status === 400 ? t.account.refused : failureText(error));
		}
		setBusy(false);
	}

	return (
		<form class="form" ref={form} onSubmit={(event) => void submit(event)} noValidate>
			<div role="alert">{problem && <p class="problem">{problem}</p>}</div>
			{/* Password managers need to know whose password this is. */}
			<input type="text" name="username" autocomplete="username" value={username} readOnly hidden />
			<Field
				label={isFirst ? t.account.currentFirst : t.account.current}
				name="current_password"
				type="password"
				autocomplete="current-password"
				value={current}
				onInput={setCurrent}
				inputRef={firstInput}
				error={shown.current}
			/>
			<Field
				label={t.account.next}
				name="new_password"
				type="password"
				autocomplete="new-password"
				value={next}
				onInput={setNext}
				hint={t.account.nextHint}
				error={shown.next}
			/>
			<Field
				label={t.account.confirm}
				name="confirm_password"
				type="password"
				autocomplete="new-password"
				value={confirm}
				onInput={setConfirm}
				error={shown.confirm}
			/>
			<Button type="submit" kind="filled" busy={busy}>
				{t.account.change}
			</Button>
		</form>
	);
}
