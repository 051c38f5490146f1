// What happened, newest first, a heading for each day.
import type { ComponentChildren } from "preact";
import { clock, dayHeading, fullTime } from "../format";
import { Icon, type IconName } from "../icons";

export interface Happening {
	id: number;
	time: string;
	icon: IconName;
	tone: string;
	title: string;
	detail: ComponentChildren;
}

function byDay(happenings: Happening[]): [string, Happening[]][] {
	const days = new Map<string, Happening[]>();
	for (const happening of happenings) {
		const heading = dayHeading(new Date(happening.time));
		const day = days.get(heading);
		if (day) day.push(happening);
		else days.set(heading, [happening]);
	}
	return [...days];
}

function Row({ happening }: { happening: Happening }) {
	const date = new Date(happening.time);
	return (
		<li class={`event ${happening.tone}`}>
			<span class="event-mark">
				<Icon name={happening.icon} size={16} />
			</span>
			<span class="event-text">
				{happening.title}
				{happening.detail && <small>{happening.detail}</small>}
			</span>
			<time dateTime={happening.time} title={fullTime(date)}>
				{clock(date)}
			</time>
		</li>
	);
}

export function DayList({ happenings }: { happenings: Happening[] }) {
	return (
		<>
			{byDay(happenings).map(([heading, day]) => (
				<section key={heading} class="event-day">
					<h3>{heading}</h3>
					<ul>
						{day.map((happening) => (
							<Row key={happening.id} happening={happening} />
						))}
					</ul>
				</section>
			))}
		</>
	);
}
