// What may be done with a guest: buttons, and the question before each of them.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Guest, GuestAction } from "../api";
import { Icon } from "../icons";
import { t } from "../i18n";
import { isolate } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { actionsFor, ICONS, isDangerous } from "./guest";

interface ActionsProps {
	guest: Guest;
	pending: GuestAction | null;
	onAct: (action: GuestAction) => void;
}

export function Actions({ guest, pending, onAct }: ActionsProps) {
	const texts = t.servers.actions;
	const [asked, setAsked] = useState<GuestAction | null>(null);
	const group = useRef<HTMLDivElement>(null);
	const offered = actionsFor(guest);

	/** The button that was pressed may be gone by now; the place to go on from is here. */
	useEffect(() => {
		if (document.activeElement === document.body) group.current?.focus();
	}, [pending, guest.status]);

	return (
		<div class="actions" role="group" aria-label={texts.title} ref={group} tabIndex={-1}>
			{pending ? (
				<p class="pending-action" role="status">
					<span class="spinner" aria-hidden="true" />
					{texts.pending[pending]}
				</p>
			) : (
				offered.map((action) => (
					<Button
						key={action}
						icon={ICONS[action]}
						kind={isDangerous(action) ? "danger" : "quiet"}
						onClick={() => setAsked(action)}
					>
						{texts.names[action]}
					</Button>
				))
			)}
			{asked && (
				<Dialog
					title={texts.question[asked](isolate(guest.name))}
					onClose={() => setAsked(null)}
					buttons={
						<>
							<Button onClick={() => setAsked(null)}>{t.app.cancel}</Button>
							<Button
								kind={isDangerous(asked) ? "danger-filled" : "filled"}
								icon={ICONS[asked]}
								onClick={() => {
									setAsked(null);
									onAct(asked);
								}}
							>
								{texts.names[asked]}
							</Button>
						</>
					}
				>
					{isDangerous(asked) && (
						<p class="danger-note">
							<Icon name="alert" size={18} />
							{texts.dangerous}
						</p>
					)}
					<p>{texts.meaning[asked]}</p>
				</Dialog>
			)}
		</div>
	);
}
