// What a page shows when it has no data, not yet, or only old data.
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { moment } from "../format";
import type { ApiError } from "../http";
import { Icon, type IconName } from "../icons";
import { t } from "../i18n";
import type { Poll } from "../poll";
import { Button } from "./Button";
import { Outdated } from "./outdated";

export function failureText(error: ApiError): string {
	if (error.kind !== "http") return t.failure[error.kind];
	if (error.status === 429) return t.failure.rate(error.retryAfterS ?? 60);
	if (error.status === 403) return `${t.failure.forbidden}.`;
	if (error.status === 503) return t.failure.busy;
	return t.failure.server(error.status);
}

/** Grey bars in the place of what is coming, and a word for those who do not see them. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
	return (
		<div class="skeleton" role="status">
			<span class="hidden">{t.app.loading}</span>
			{Array.from({ length: lines }, (_, index) => (
				<span key={index} class="skeleton-line" />
			))}
		</div>
	);
}

/** A whole card that is still to come. */
export function SkeletonCard() {
	return (
		<div class="card">
			<Skeleton lines={8} />
		</div>
	);
}

interface EmptyProps {
	icon: IconName;
	title: string;
	text?: string;
	children?: ComponentChildren;
	/** It is all there is on the page: its title is the page's. */
	isPage?: boolean;
}

export function Empty({ icon, title, text, children, isPage = false }: EmptyProps) {
	return (
		<div class="empty">
			<span class="empty-icon">
				<Icon name={icon} size={26} />
			</span>
			{isPage ? <h1 class="empty-title">{title}</h1> : <p class="empty-title">{title}</p>}
			{text && <p class="empty-text">{text}</p>}
			{children}
		</div>
	);
}

export function Failed({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
	return (
		<div class="empty" role="alert">
			<span class="empty-icon bad">
				<Icon name="alert" size={26} />
			</span>
			<p class="empty-title">{t.failure.title}</p>
			<p class="empty-text">{failureText(error)}</p>
			<Button onClick={onRetry}>{t.app.retry}</Button>
		</div>
	);
}

interface StaleProps {
	at: Date;
	reason?: string;
	onRetry?: () => void;
}

export function Stale({ at, reason, onRetry }: StaleProps) {
	return (
		<div class="stale" role="status">
			<Icon name="clock" size={18} />
			<span>
				{reason} {t.app.staleSince(moment(at))}
			</span>
			{onRetry && <Button onClick={onRetry}>{t.app.retry}</Button>}
		</div>
	);
}

interface ResourceProps<T> {
	poll: Poll<T>;
	skeleton: ComponentChildren;
	children: (data: T) => ComponentChildren;
}

/**
 * Chooses among skeleton, failure, old data with a note, and fresh data. That Hearth cannot be reached at all is
 * said once, by the shell.
 */
export function Resource<T>({ poll, skeleton, children }: ResourceProps<T>) {
	const { data, error, at, pending, reload } = poll;
	const lostAt = useContext(Outdated);
	if (data === undefined) return <>{error ? <Failed error={error} onRetry={reload} /> : skeleton}</>;
	return (
		<div class={pending ? "resource pending" : "resource"}>
			{error && error.kind !== "offline" && (
				<Stale at={new Date(at)} reason={failureText(error)} onRetry={reload} />
			)}
			<Outdated.Provider value={lostAt ?? (error ? at : null)}>{children(data)}</Outdated.Provider>
		</div>
	);
}
