// The state of the internet in one sentence, with a cause and an advice where something is wrong.
import type { NetworkStatus, Wan } from "../api";
import { since } from "../format";
import { t } from "../i18n";
import { causeOf, isRefusal, isSilence } from "../ui/cause";
import { isSilent } from "../ui/outdated";
import type { Verdict } from "../ui/VerdictLine";

const SAME_ROUND_MS = 60_000;

function ofLine(wan: Wan): Verdict {
	const texts = t.network.verdict;
	if (!wan.is_linked && !wan.is_connected)
		return { tone: "bad", title: texts.linkDown, advice: texts.linkDownAdvice };
	if (!wan.is_connected) return { tone: "bad", title: texts.wanDown, advice: texts.wanDownAdvice };
	if (wan.uptime <= 0) return { tone: "good", title: texts.upNow };
	const begin = new Date(Date.parse(wan.fetched_at) - wan.uptime * 1000);
	return { tone: "good", title: texts.up(since(begin)) };
}

function ofFailure({ error_code, last_success_at, host }: NetworkStatus): Verdict {
	const texts = t.network.verdict;
	const cause = causeOf(error_code);
	const lastTime = last_success_at === null ? null : since(new Date(last_success_at));
	const silent = lastTime ? texts.silentSince(lastTime) : texts.neverAnswered(host);
	const useless = lastTime ? texts.nothingSince(lastTime) : texts.neverUsable(host);
	const title = isRefusal(cause) ? texts.refused(lastTime) : isSilence(cause) ? silent : useless;
	return { tone: lastTime ? "bad" : "warn", title: `${title}: ${t.cause[cause]}`, advice: t.network.advice[cause] };
}

/** Hearth itself does not ask any more. */
function ofSilence({ last_success_at, last_attempt_at }: NetworkStatus): Verdict {
	const last = last_success_at ?? last_attempt_at;
	return { tone: "warn", title: t.collector.silent(last && since(new Date(last))), advice: t.collector.advice };
}

/** Since when, in ms, the router has told nothing new; null while it does. */
export function outdatedSince(status: NetworkStatus, wan: Wan | null, nowMs: number): number | null {
	const lastMs = Date.parse(status.last_success_at ?? wan?.fetched_at ?? "");
	const isOld = status.state === "failing" || isSilent(status, nowMs);
	return isOld && !Number.isNaN(lastMs) ? lastMs : null;
}

/** `wan` is null when the router has told nothing about the line yet. */
export function judge(status: NetworkStatus, wan: Wan | null, nowMs: number): Verdict {
	const texts = t.network.verdict;
	if (isSilent(status, nowMs)) return ofSilence(status);
	if (status.state === "failing" || (status.state === "never" && status.error_code !== null)) return ofFailure(status);
	if (status.state === "never")
		return { tone: "idle", title: texts.never(status.host), advice: texts.neverAdvice };
	if (!wan) return { tone: "idle", title: texts.noWan, advice: texts.noWanAdvice };
	// As old as everything else: it is not the line that nobody speaks of.
	if (wan.is_stale && Date.parse(wan.fetched_at) >= Date.parse(status.last_success_at ?? "") - SAME_ROUND_MS)
		return ofSilence(status);
	if (wan.is_stale)
		return { tone: "warn", title: texts.oldLine(since(new Date(wan.fetched_at))), advice: texts.oldLineAdvice };
	return ofLine(wan);
}
