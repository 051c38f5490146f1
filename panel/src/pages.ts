// The pages of the panel, in the order of the navigation. A new family adds a row.
import type { ComponentType } from "preact";
import { AccountPage } from "./account/AccountPage";
import { AuditPage } from "./account/AuditPage";
import type { Session } from "./api";
import { t } from "./i18n";
import type { IconName } from "./icons";
import { NetworkPage } from "./network/NetworkPage";
import { ServersPage } from "./servers/ServersPage";

export interface PageProps {
	user: Session["user"];
	/** What follows the page's path: ["pve", "100"] at `#/servers/pve/100`. */
	names: string[];
}

export interface Page {
	path: string;
	/** How many names may follow the path. */
	maxNames: number;
	icon: IconName;
	title: () => string;
	component: ComponentType<PageProps>;
	/** Who may see it; without this everybody who is logged in. */
	roles?: string[];
	/** Path of the page that leads here; such a page is not in the navigation. */
	within?: string;
}

const HOUSEHOLD = ["admin", "member"];

export const pages: [Page, ...Page[]] = [
	{ path: "/network", maxNames: 0, icon: "network", title: () => t.network.title, component: NetworkPage, roles: HOUSEHOLD },
	{ path: "/servers", maxNames: 2, icon: "server", title: () => t.servers.title, component: ServersPage, roles: HOUSEHOLD },
	{ path: "/account", maxNames: 0, icon: "account", title: () => t.account.title, component: AccountPage },
	{
		path: "/audit",
		maxNames: 0,
		icon: "clock",
		title: () => t.audit.title,
		component: AuditPage,
		roles: ["admin"],
		within: "/account",
	},
];

export function maySee(page: Page, role: string): boolean {
	return page.roles?.includes(role) ?? true;
}

/** What the navigation offers to a role. */
export function entriesFor(role: string): Page[] {
	return pages.filter((page) => page.within === undefined && maySee(page, role));
}

/** Where somebody begins who has not asked for a place. */
export function startOf(role: string): string {
	return (entriesFor(role)[0] ?? pages[0]).path;
}

export interface Place {
	page: Page;
	names: string[];
}

/** The page at a path of the address bar; undefined when there is none. */
export function findPlace(path: string): Place | undefined {
	const [, head = "", ...rest] = path.split("/");
	const page = pages.find((candidate) => candidate.path === `/${head}`);
	if (!page || rest.length > page.maxNames) return undefined;
	try {
		const names = rest.map(decodeURIComponent);
		return names.every(Boolean) ? { page, names } : undefined;
	} catch {
		return undefined;
	}
}
