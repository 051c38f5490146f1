// The sentence at the top of the page.
import type { NetworkStatus } from "../api";
import { relative } from "../format";
import { Icon, type IconName } from "../icons";
import { t } from "../i18n";
import type { Verdict } from "./verdict";

const ICONS: Record<Verdict["tone"], IconName> = { good: "check", warn: "alert", bad: "alert", idle: "clock" };

export function VerdictLine({ verdict, status }: { verdict: Verdict; status: NetworkStatus }) {
	const isWaiting = status.state !== "ok" && status.next_attempt_at !== null;
	return (
		<section class={`verdict ${verdict.tone}`}>
			<span class="verdict-mark">
				<Icon name={ICONS[verdict.tone]} size={26} />
			</span>
			<div>
				<p class="verdict-title" role="status">
					{verdict.title}
				</p>
				{verdict.advice && <p class="verdict-advice">{verdict.advice}</p>}
				{isWaiting && status.next_attempt_at && (
					<p class="verdict-next">{t.network.verdict.nextTry(relative(new Date(status.next_attempt_at)))}</p>
				)}
			</div>
		</section>
	);
}
