// The servers page: all servers, one of them, or one guest, as the address says.
import type { PageProps } from "../pages";
import { GuestView } from "./GuestView";
import { Overview } from "./Overview";
import { ServerView } from "./ServerView";

export function ServersPage({ user, names: [id, vmid] }: PageProps) {
	if (id === undefined) return <Overview isAdmin={user.role === "admin"} />;
	if (vmid === undefined) return <ServerView key={id} id={id} />;
	return <GuestView key={`${id}/${vmid}`} id={id} vmid={vmid} />;
}
