// Numbers, rates, times and durations as the visitor's language writes them.
import { formatLocale, t } from "./i18n";

const cache = new Map<string, unknown>();

/** Intl formatters are dear to make; one is kept for each language and recipe. */
function kept<T>(recipe: string, make: (locale: string) => T): T {
	const key = `${formatLocale} ${recipe}`;
	let formatter = cache.get(key) as T | undefined;
	if (!formatter) cache.set(key, (formatter = make(formatLocale)));
	return formatter;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	return kept(JSON.stringify(options), (locale) => new Intl.DateTimeFormat(locale, options));
}

/** Three significant places are what an eye needs of a rate. */
export function megabits(bps: number): string {
	const value = bps / 1e6;
	const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	const format = kept(
		`rate ${digits}`,
		(locale) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
	);
	return format.format(value);
}

/** For line speeds and axis labels: no places that say nothing. */
export function megabitsShort(bps: number): string {
	return kept("short", (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })).format(bps / 1e6);
}

export function rate(bps: number | null | undefined): string {
	return bps == null ? t.app.noValue : `${megabits(bps)} ${t.app.megabits}`;
}

/** A value under its unit, three significant places at most: "1.53 GiB". */
function scaled(value: number, base: number, units: string[]): string {
	let rest = value;
	let index = 0;
	while (rest >= base && index < units.length - 1) {
		rest /= base;
		index += 1;
	}
	const digits = rest >= 99.95 || index === 0 ? 0 : rest >= 9.995 ? 1 : 2;
	const format = kept(`upTo ${digits}`, (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }));
	return `${format.format(rest)} ${units[index]}`;
}

export function bytes(count: number | null | undefined): string {
	return count == null ? t.app.noValue : scaled(count, 1024, t.app.bytes);
}

/** From bytes a second, the measure of the API, to bits a second, the measure of networks. */
export function bitRate(bytesPerS: number | null | undefined): string {
	return bytesPerS == null ? t.app.noValue : scaled(bytesPerS * 8, 1000, t.app.bits);
}

export function percent(value: number | null | undefined): string {
	if (value == null) return t.app.noValue;
	const digits = value < 9.95 ? 1 : 0;
	const format = kept(
		`percent ${digits}`,
		(locale) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }),
	);
	return format.format(value / 100);
}

export function decimal(value: number): string {
	const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
	return kept("decimal", (locale) => new Intl.NumberFormat(locale, options)).format(value);
}

export function clock(date: Date): string {
	return dateFormat({ hour: "2-digit", minute: "2-digit" }).format(date);
}

export function dayMonth(date: Date): string {
	return dateFormat({ day: "numeric", month: "short" }).format(date);
}

/** For columns: the hour today, the day this year, else month and year. */
export function shortMoment(date: Date, now = new Date()): string {
	if (isSameDay(date, now)) return clock(date);
	if (date.getFullYear() === now.getFullYear()) return dayMonth(date);
	return dateFormat({ month: "short", year: "numeric" }).format(date);
}

export function weekdayDay(date: Date): string {
	return dateFormat({ weekday: "short", day: "numeric" }).format(date);
}

export function dayClock(date: Date): string {
	return dateFormat({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(date);
}

export function fullTime(date: Date): string {
	return dateFormat({ dateStyle: "long", timeStyle: "short" }).format(date);
}

function isSameDay(a: Date, b: Date): boolean {
	return a.toDateString() === b.toDateString();
}

/** Only as much of a time as is needed to know it: the hour today, else the day too, else the year too. */
export function moment(date: Date, now = new Date()): string {
	if (isSameDay(date, now)) return clock(date);
	const sameYear = date.getFullYear() === now.getFullYear();
	return dateFormat({
		day: "numeric",
		month: "long",
		...(sameYear ? {} : { year: "numeric" }),
		hour: "2-digit",
		minute: "2-digit",
	}).format(date);
}

/** A moment as the beginning of a time: what follows the word "since". */
export function since(date: Date, now = new Date()): string {
	if (isSameDay(date, now)) return clock(date);
	const sameYear = date.getFullYear() === now.getFullYear();
	const day = dateFormat({ day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(date);
	return t.app.sinceDay(day, clock(date));
}

export function dayHeading(date: Date, now = new Date()): string {
	if (isSameDay(date, now)) return t.app.today;
	const yesterday = new Date(now);
	yesterday.setDate(now.getDate() - 1);
	if (isSameDay(date, yesterday)) return t.app.yesterday;
	const sameYear = date.getFullYear() === now.getFullYear();
	return dateFormat({
		weekday: "long",
		day: "numeric",
		month: "long",
		...(sameYear ? {} : { year: "numeric" }),
	}).format(date);
}

const STEPS: [Intl.RelativeTimeFormatUnit & ("day" | "hour" | "minute"), number][] = [
	["day", 86400],
	["hour", 3600],
	["minute", 60],
];

/** "3 minutes ago", "in 2 hours". */
export function relative(date: Date, nowMs = Date.now()): string {
	const seconds = Math.round((date.getTime() - nowMs) / 1000);
	const format = kept("relative", (locale) => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
	for (const [unit, length] of STEPS)
		if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
	return format.format(seconds, "second");
}

/** The two largest units of a duration: "3 days 4 hours". */
export function duration(totalS: number): string {
	const parts: string[] = [];
	let rest = Math.max(0, Math.floor(totalS));
	for (const [unit, length] of STEPS) {
		const count = Math.floor(rest / length);
		rest -= count * length;
		if (count === 0 && !(unit === "minute" && parts.length === 0)) continue;
		const format = kept(
			`unit ${unit}`,
			(locale) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }),
		);
		parts.push(format.format(count));
	}
	return parts.slice(0, 2).join(" ");
}
