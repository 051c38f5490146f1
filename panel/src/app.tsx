// Decides what is on the screen: waiting, login, forced password change, or a page.
import { useEffect, useRef } from "preact/hooks";
import { ForcedPassword } from "./account/ForcedPassword";
import { locale, t } from "./i18n";
import { Logo } from "./icons";
import { LoginPage } from "./login/LoginPage";
import { findPlace, maySee, startOf } from "./pages";
import { redirect, route } from "./router";
import { loadSession, session } from "./session";
import { useStore } from "./store";
import { Shell } from "./ui/Shell";
import { Empty, Failed } from "./ui/State";
import { Toasts } from "./ui/Toast";

const LOGIN = "/login";

/** Where to go after a login. Only places of this panel: the text comes from the address bar. */
function target(query: URLSearchParams, role: string): string {
	const wanted = query.get("to") ?? "";
	const place = findPlace(wanted.split("?", 1)[0] ?? "");
	return place && maySee(place.page, role) ? wanted : startOf(role);
}

function Screen() {
	const place = useStore(route);
	const who = useStore(session);

	/** Something else has been on the screen, and its focus is gone with it. */
	const wasGated = useRef(false);
	if (who.state === "out" || (who.state === "in" && who.user.force_password_change)) wasGated.current = true;

	useEffect(() => {
		if (who.state === "out" && place.path !== LOGIN) redirect(`${LOGIN}?to=${encodeURIComponent(place.full)}`);
		if (who.state === "in" && !who.user.force_password_change && (place.path === LOGIN || place.path === "/"))
			redirect(target(place.query, who.user.role));
	}, [who, place]);

	if (who.state === "unreachable")
		return (
			<main class="gate">
				<h1 class="hidden">Hearth</h1>
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
	const { username, role } = who.user;
	return (
		<Shell page={found?.page} path={place.path} username={username} role={role} takesFocus={wasGated.current}>
			{found && maySee(found.page, role) ? (
				<found.page.component user={who.user} names={found.names} />
			) : (
				<Empty
					icon={found ? "key" : "search"}
					title={found ? t.failure.forbidden : t.app.unknownPage}
					text={found ? t.failure.forbiddenText : t.app.unknownPageText}
					isPage
				>
					<a class="button quiet" href={`#${startOf(role)}`}>
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
