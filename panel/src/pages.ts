// The pages of the panel, in the order of the navigation. A new family adds a row.
import type { ComponentType } from "preact";
import { AccountPage } from "./account/AccountPage";
import type { Session } from "./api";
import { t } from "./i18n";
import type { IconName } from "./icons";
import { NetworkPage } from "./network/NetworkPage";

export interface PageProps {
	user: Session["user"];
}

export interface Page {
	path: string;
	icon: IconName;
	title: () => string;
	component: ComponentType<PageProps>;
}

export const pages: [Page, ...Page[]] = [
	{ path: "/network", icon: "network", title: () => t.network.title, component: NetworkPage },
	{ path: "/account", icon: "account", title: () => t.account.title, component: AccountPage },
];
