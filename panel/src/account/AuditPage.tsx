// The audit trail, newest first; for administrators.
import { useState } from "preact/hooks";
import { api, MAX_LIMIT, type AuditEntry } from "../api";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { DayList } from "../ui/DayList";
import { Empty, Resource, Skeleton } from "../ui/State";
import { Trail } from "../ui/Trail";
import { guestOf, tell } from "./audit";

const PAGE_ROWS = 15;
const EVERY_S = 30;
const NAMES_EVERY_S = 300;
const NO_NAMES = new Map<string, string>();

/** The present names of the guests that the entries speak of, by subject; of those that are gone there is none. */
function useGuestNames(entries: AuditEntry[]): Map<string, string> {
	const servers = [...new Set(entries.map((entry) => guestOf(entry)?.server ?? ""))].filter(Boolean).sort();
	const { data } = usePoll(`guest names ${servers.join(" ")}`, NAMES_EVERY_S, async (signal) => {
		const lists = await Promise.allSettled(servers.map((id) => api.guests(id, signal)));
		return new Map(
			lists.flatMap((list, index) =>
				list.status === "fulfilled"
					? list.value.vms.map(({ vmid, name }): [string, string] => [`${servers[index]}/${vmid}`, name])
					: [],
			),
		);
	});
	return data ?? NO_NAMES;
}

function Entries({ entries }: { entries: AuditEntry[] }) {
	const names = useGuestNames(entries);
	return <DayList happenings={entries.map((entry) => tell(entry, (subject) => names.get(subject)))} />;
}

export function AuditPage() {
	const texts = t.audit;
	const [limit, setLimit] = useState(PAGE_ROWS);
	const poll = usePoll(`audit ${limit}`, EVERY_S, (signal) => api.audit(limit, signal));
	return (
		<>
			<header class="page-head">
				<Trail steps={[{ label: t.account.title, path: "/account" }]} />
				<h1>{texts.title}</h1>
			</header>
			<Card title={texts.lead} class="audit">
				<Resource poll={poll} skeleton={<Skeleton lines={5} />}>
					{({ items, total_count }) =>
						items.length === 0 ? (
							<Empty icon="clock" title={texts.none} />
						) : (
							<>
								<Entries entries={items} />
								{total_count > items.length && limit < MAX_LIMIT && (
									<div class="more">
										<Button onClick={() => setLimit(Math.min(limit + PAGE_ROWS, MAX_LIMIT))}>{t.app.more}</Button>
									</div>
								)}
							</>
						)
					}
				</Resource>
			</Card>
		</>
	);
}
