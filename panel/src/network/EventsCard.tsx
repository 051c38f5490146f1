// What happened in the network, newest first, a heading for each day.
import { useState } from "preact/hooks";
import { api, MAX_LIMIT, type EventPage, type HouseEvent } from "../api";
import { clock, dayHeading, fullTime } from "../format";
import { Icon } from "../icons";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Segments } from "../ui/Choice";
import { Empty, Resource, Skeleton } from "../ui/State";
import { tell } from "./event";

type KindFilter = keyof typeof t.network.events.kinds;

const FILTERS: KindFilter[] = ["", "wan", "router", "device"];
const PAGE_ROWS = 15;
const EVERY_S = 30;

function byDay(events: HouseEvent[]): [string, HouseEvent[]][] {
	const days = new Map<string, HouseEvent[]>();
	for (const event of events) {
		const heading = dayHeading(new Date(event.time));
		days.set(heading, [...(days.get(heading) ?? []), event]);
	}
	return [...days];
}

function Row({ event }: { event: HouseEvent }) {
	const told = tell(event);
	const date = new Date(event.time);
	return (
		<li class={`event ${told.tone}`}>
			<span class="event-mark">
				<Icon name={told.icon} size={16} />
			</span>
			<span class="event-text">
				{told.title}
				{told.detail && <small>{told.detail}</small>}
			</span>
			<time dateTime={event.time} title={fullTime(date)}>
				{clock(date)}
			</time>
		</li>
	);
}

export function EventsCard() {
	const texts = t.network.events;
	const [kind, setKind] = useState<KindFilter>("");
	const [limit, setLimit] = useState(PAGE_ROWS);
	const poll = usePoll<EventPage>(`${kind} ${limit}`, EVERY_S, (signal) => api.events(kind, limit, signal));

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
					options={FILTERS.map((value) => ({ value, label: texts.kinds[value] }))}
				/>
			}
		>
			<Resource poll={poll} skeleton={<Skeleton lines={5} />}>
				{(page) =>
					page.items.length === 0 ? (
						<Empty icon="clock" title={kind ? texts.noneOfKind : texts.none} text={texts.noneText} />
					) : (
						<>
							{byDay(page.items).map(([heading, events]) => (
								<section key={heading} class="event-day">
									<h3>{heading}</h3>
									<ul>
										{events.map((event) => (
											<Row key={event.id} event={event} />
										))}
									</ul>
								</section>
							))}
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
