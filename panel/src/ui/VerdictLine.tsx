// The sentence at the top of a page: how things are, and what to do where something is wrong.
import { useContext } from "preact/hooks";
import { relative, since } from "../format";
import { Icon, type IconName } from "../icons";
import { t } from "../i18n";
import { Outdated } from "./outdated";

export interface Verdict {
	tone: "good" | "warn" | "bad" | "idle";
	title: string;
	advice?: string;
}

/** One thing that keeps the whole from being well. */
export interface Problem {
	key: string;
	title: string;
	advice: string;
	nextTryAt: string | null;
}

const ICONS: Record<Verdict["tone"], IconName> = { good: "check", warn: "alert", bad: "alert", idle: "clock" };

function asOf(verdict: Verdict, sinceMs: number): Verdict {
	const title = t.app.unknownSince(since(new Date(sinceMs)));
	return { tone: "idle", title, advice: t.app.lastKnown(verdict.title) };
}

interface VerdictLineProps {
	verdict: Verdict;
	/** When the next answer can be expected; null: nothing is waited for. */
	nextTryAt?: string | null;
	problems?: Problem[];
}

function NextTry({ at }: { at: string }) {
	return <p class="verdict-next">{t.app.nextTry(relative(new Date(at)))}</p>;
}

export function VerdictLine({ verdict: judged, nextTryAt = null, problems = [] }: VerdictLineProps) {
	const sinceMs = useContext(Outdated);
	const verdict = sinceMs === null ? judged : asOf(judged, sinceMs);
	return (
		<section class={`verdict ${verdict.tone}`}>
			<span class="verdict-mark">
				<Icon name={ICONS[verdict.tone]} size={26} />
			</span>
			<div class="verdict-text">
				<p class="verdict-title" role="status">
					{verdict.title}
				</p>
				{verdict.advice && <p class="verdict-advice">{verdict.advice}</p>}
				{nextTryAt && sinceMs === null && <NextTry at={nextTryAt} />}
				{problems.map((problem) => (
					<div key={problem.key} class="verdict-problem">
						<p>
							<b>{problem.title}</b>
						</p>
						<p class="verdict-advice">{problem.advice}</p>
						{problem.nextTryAt && <NextTry at={problem.nextTryAt} />}
					</div>
				))}
			</div>
		</section>
	);
}
