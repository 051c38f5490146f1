// Decides what is on the screen: waiting, login, forced password change, or a page.
import { useEffect } from "preact/hooks";
import { ForcedPassword } from "./account/ForcedPassword";
import { locale, t } from "./i18n";
import { Logo } from "./icons";
import { LoginPage } from "./login/LoginPage";
import { findPlace, pages } from "./pages";
import { redirect, route } from "./router";
import { loadSession, session } from "./session";
import { useStore } from "./store";
import { Shell } from "./ui/Shell";
import { Empty, Failed } from "./ui/State";
import { Toasts } from "./ui/Toast";

const LOGIN = "/login";

/** Where to go after a login. Only places of this panel: the text comes from the address bar. */
function target(query: URLSearchParams): string {
	const wanted = query.get("to") ?? "";
	return findPlace(wanted.split("?", 1)[0] ?? "") ? wanted : pages[0].path;
}

function Screen() {
	const place = useStore(route);
	const who = useStore(session);

	useEffect(() => {
		if (who.state === "out" && place.path !== LOGIN) redirect(`${LOGIN}?to=${encodeURIComponent(place.full)}`);
		if (who.state === "in" && !who.user.force_password_change && (place.path === LOGIN || place.path === "/"))
			redirect(target(place.query));
	}, [who, place]);

	if (who.state === "unreachable")
		return (
			<main class="gate">
				<Failed error={who.error} onRetry={() => void loadSession()} />
			</main>
		);
	if (who.state === "out") return <LoginPage />;
	if (who.state === "in" && who.user.force_password_change) return <ForcedPassword user={who.user} />;

	const found = findPlace(place.path);
	if (who.state === "asking" || (!found && (place.path === LOGIN || place.path === "/")))
		return (
			<main class="gate" aria-busy="true">
				<Logo size={56} />
				<span class="hidden">{t.app.loading}</span>
			</main>
		);
	return (
		<Shell page={found?.page} path={place.path} username={who.user.username} role={who.user.role}>
			{found ? (
				<found.page.component user={who.user} names={found.names} />
			) : (
				<Empty icon="search" title={t.app.unknownPage} text={t.app.unknownPageText}>
					<a class="button quiet" href={`#${pages[0].path}`}>
						{t.app.toStart}
					</a>
				</Empty>
			)}
		</Shell>
	);
}

export function App() {
	useStore(locale);
	return (
		<>
			<Screen />
			<Toasts />
		</>
	);
}
