// The audit trail, newest first; for administrators.
import { useState } from "preact/hooks";
import { api, MAX_LIMIT } from "../api";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { DayList } from "../ui/DayList";
import { Empty, Resource, Skeleton } from "../ui/State";
import { Trail } from "../ui/Trail";
import { tell } from "./audit";

const PAGE_ROWS = 15;
const EVERY_S = 30;

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
								<DayList happenings={items.map(tell)} />
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
