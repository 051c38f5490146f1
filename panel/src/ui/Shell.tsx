// The frame around every page: side bar on wide screens, top and bottom bar on a phone.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { leave } from "../account/leave";
import { unreachableSince } from "../http";
import { t } from "../i18n";
import { Icon, Logo } from "../icons";
import { entriesFor, type Page } from "../pages";
import { loadSession } from "../session";
import { useStore } from "../store";
import { IconButton } from "./Button";
import { Outdated } from "./outdated";
import { LanguageChoice, ThemeChoice } from "./Preferences";
import { Stale } from "./State";
import { placeTitle } from "./title";

interface ShellProps {
	page: Page | undefined;
	path: string;
	username: string;
	role: string;
	/** Another screen was here before and had the focus. */
	takesFocus: boolean;
	children: ComponentChildren;
}

/** The entry is the page itself, or leads to what is shown. */
function currentOf(entry: Page, page: Page | undefined, path: string): "page" | "true" | undefined {
	if (entry.path === path) return "page";
	return entry === page || entry.path === page?.within ? "true" : undefined;
}

export function Shell({ page, path, username, role, takesFocus, children }: ShellProps) {
	const main = useRef<HTMLElement>(null);
	const isFirst = useRef(!takesFocus);
	const lostAt = useStore(unreachableSince);
	const thing = useStore(placeTitle);
	const title = thing ?? page?.title() ?? t.app.unknownPage;

	useEffect(() => {
		document.title = `${title} · Hearth`;
	}, [title]);

	useEffect(() => {
		if (!isFirst.current) main.current?.focus();
		isFirst.current = false;
		scrollTo(0, 0);
	}, [path]);

	const toContent = (event: Event) => {
		event.preventDefault();
		main.current?.focus();
	};

	return (
		<div class="shell">
			<a class="skip" href="#main" onClick={toContent}>
				{t.app.skip}
			</a>
			<header class="side">
				<div class="brand">
					<Logo />
					<span>Hearth</span>
				</div>
				<nav class="pages" aria-label={t.app.pages}>
					{entriesFor(role).map((entry) => (
						<a key={entry.path} href={`#${entry.path}`} aria-current={currentOf(entry, page, path)}>
							<Icon name={entry.icon} size={22} />
							<span>{entry.title()}</span>
						</a>
					))}
				</nav>
				<div class="side-foot">
					<ThemeChoice iconsOnly />
					<LanguageChoice labelHidden />
					<div class="who">
						<span class="who-name">
							{username}
							<small>{t.account.role(role)}</small>
						</span>
						<IconButton icon="logout" label={t.account.logout} onClick={() => void leave()} />
					</div>
				</div>
			</header>
			<main id="main" ref={main} tabIndex={-1} aria-label={title}>
				{lostAt !== null && (
					<Stale at={new Date(lostAt)} reason={t.failure.offline} onRetry={() => void loadSession()} />
				)}
				<Outdated.Provider value={lostAt}>{children}</Outdated.Provider>
			</main>
		</div>
	);
}

