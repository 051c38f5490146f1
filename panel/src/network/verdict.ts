// The state of the internet in one sentence, with a cause and an advice where something is wrong.
import type { NetworkStatus, Wan } from "../api";
import { moment } from "../format";
import { t } from "../i18n";
import { causeOf } from "../ui/cause";
import type { Verdict } from "../ui/VerdictLine";

function ofLine(wan: Wan): Verdict {
	const texts = t.network.verdict;
	if (!wan.is_linked && !wan.is_connected)
		return { tone: "bad", title: texts.linkDown, advice: texts.linkDownAdvice };
	if (!wan.is_connected) return { tone: "bad", title: texts.wanDown, advice: texts.wanDownAdvice };
	if (wan.uptime <= 0) return { tone: "good", title: texts.upNow };
	const since = new Date(Date.parse(wan.fetched_at) - wan.uptime * 1000);
	return { tone: "good", title: texts.up(moment(since)) };
}

/** `wan` is null when the router has told nothing about the line yet. */
export function judge(status: NetworkStatus, wan: Wan | null): Verdict {
	const texts = t.network.verdict;
	const cause = status.error_code === null ? null : causeOf(status.error_code);
	if (status.state === "failing" || (status.state === "never" && cause)) {
		const title = status.last_success_at
			? texts.failingSince(moment(new Date(status.last_success_at)))
			: texts.failing(status.host);
		const known = cause ?? "unknown";
		return {
			tone: status.last_success_at ? "bad" : "warn",
			title: `${title}: ${t.cause[known]}`,
			advice: t.network.advice[known],
		};
	}
	if (status.state === "never")
		return { tone: "idle", title: texts.never(status.host), advice: texts.neverAdvice };
	if (!wan) return { tone: "idle", title: texts.noWan, advice: texts.noWanAdvice };
	return ofLine(wan);
}
