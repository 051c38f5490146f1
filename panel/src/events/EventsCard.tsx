// What happened, newest first; each page shows the kinds that belong to it.
import { useState } from "preact/hooks";
import { api, MAX_LIMIT, type EventPage } from "../api";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Segments } from "../ui/Choice";
import { DayList } from "../ui/DayList";
import { Empty, Resource, Skeleton } from "../ui/State";
import { tell } from "./event";

/** A kind, or the beginning of kinds; "" is every kind. */
type KindFilter = keyof typeof t.events.kinds;

const PAGE_ROWS = 15;
const EVERY_S = 30;

export function EventsCard({ filters }: { filters: [KindFilter, ...KindFilter[]] }) {
	const texts = t.events;
	const [kind, setKind] = useState<KindFilter>(filters[0]);
	const [limit, setLimit] = useState(PAGE_ROWS);
	const poll = usePoll<EventPage>(`events ${kind} ${limit}`, EVERY_S, (signal) => api.events(kind, limit, signal));

	const choose = (next: KindFilter) => {
		setKind(next);
		setLimit(PAGE_ROWS);
	};
	return (
		<Card
			title={texts.title}
			class="events"
			tools={
				<Segments<KindFilter>
					legend={texts.filter}
					value={kind}
					onChange={choose}
					options={filters.map((value) => ({ value, label: texts.kinds[value] }))}
				/>
			}
		>
			<Resource poll={poll} skeleton={<Skeleton lines={5} />}>
				{(page) =>
					page.items.length === 0 ? (
						<Empty icon="clock" title={kind ? texts.noneOfKind : texts.none} text={texts.noneText} />
					) : (
						<>
							<DayList happenings={page.items.map(tell)} />
							{page.total_count > page.items.length && limit < MAX_LIMIT && (
								<div class="more">
									<Button onClick={() => setLimit(Math.min(limit + PAGE_ROWS, MAX_LIMIT))}>{t.app.more}</Button>
								</div>
							)}
						</>
					)
				}
			</Resource>
		</Card>
	);
}
