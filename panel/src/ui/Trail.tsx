// The way from a page to the thing shown, as links.
import { t } from "../i18n";

export interface Step {
	label: string;
	path: string;
}

export function Trail({ steps }: { steps: Step[] }) {
	return (
		<nav class="trail" aria-label={t.app.trail}>
			<ol>
				{steps.map(({ label, path }) => (
					<li key={path}>
						<a href={`#${path}`}>
							<bdi>{label}</bdi>
						</a>
					</li>
				))}
			</ol>
		</nav>
	);
}
