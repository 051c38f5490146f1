// One guest: how it is now, its course over time, what can be done with it.
import { useContext } from "preact/hooks";
import { api, type Guest } from "../api";
import { bytes, duration, percent } from "../format";
import { t } from "../i18n";
import { usePoll } from "../poll";
import { isolate } from "../text";
import { Card } from "../ui/Card";
import { Fact } from "../ui/Fact";
import { Meter } from "../ui/Meter";
import { Outdated } from "../ui/outdated";
import { Pill } from "../ui/Pill";
import { Empty, Resource, SkeletonCard, Stale } from "../ui/State";
import { usePlaceTitle } from "../ui/title";
import { Trail } from "../ui/Trail";
import { Actions } from "./Actions";
import { ChartsCard } from "./ChartsCard";
import { isUp, stateOf, statusText, statusTone } from "./guest";
import { staleSince } from "./last";
import { useGuest } from "./pending";
import { GUEST_HIGH, ROOT, serverPath } from "./server";
import { Tags } from "./Tags";

const EVERY_S = 10;

function GuestMeters({ guest }: { guest: Guest }) {
	const texts = t.servers;
	const hasDisk = guest.disk_used > 0 && guest.disk_total > 0;
	const diskPercent = hasDisk ? (guest.disk_used / guest.disk_total) * 100 : null;
	return (
		<div class="meters">
			<Meter
				label={texts.cpu}
				value={`${percent(guest.cpu)} · ${texts.cores(guest.cpus)}`}
				percent={guest.cpu}
				highFrom={GUEST_HIGH.cpu}
			/>
			<Meter
				label={texts.memory}
				value={texts.usedOf(bytes(guest.memory_used), bytes(guest.memory_total))}
				percent={guest.memory_percent}
				highFrom={GUEST_HIGH.memory}
			/>
			<Meter
				label={texts.disk}
				value={hasDisk ? texts.usedOf(bytes(guest.disk_used), bytes(guest.disk_total)) : bytes(guest.disk_total)}
				percent={diskPercent}
				highFrom={GUEST_HIGH.disk}
			/>
		</div>
	);
}

function NowCard({ guest, since }: { guest: Guest; since: number | null }) {
	const texts = t.servers;
	const lostAt = useContext(Outdated);
	return (
		<Card title={since === null ? texts.now : texts.last} class="now">
			{since !== null && <Stale at={new Date(since)} reason={t.app.notFresh} />}
			<Outdated.Provider value={lostAt ?? since}>
				<GuestMeters guest={guest} />
			</Outdated.Provider>
			<dl class={since === null ? "facts" : "facts old"}>
				<Fact label={texts.uptime}>{isUp(guest) ? duration(guest.uptime) : "–"}</Fact>
				<Fact label={texts.guests.type}>{texts.guests.types[guest.type]}</Fact>
				<Fact label={texts.guests.vmid}>
					<span class="code">{guest.vmid}</span>
				</Fact>
				<Fact label={texts.node}>
					<bdi>{guest.node}</bdi>
				</Fact>
				<Fact label={texts.receivedTotal}>{bytes(guest.network_in)}</Fact>
				<Fact label={texts.sentTotal}>{bytes(guest.network_out)}</Fact>
				<Fact label={texts.readTotal}>{bytes(guest.disk_read)}</Fact>
				<Fact label={texts.writtenTotal}>{bytes(guest.disk_write)}</Fact>
			</dl>
		</Card>
	);
}

export function GuestView({ id, vmid }: { id: string; vmid: string }) {
	const { poll, pending, act } = useGuest(id, vmid);
	const server = usePoll(`server ${id}`, EVERY_S, (signal) => api.server(id, signal));
	const guest = poll.data?.guest;
	const name = guest?.name ?? vmid;
	usePlaceTitle(isolate(name));

	const steps = [
		{ label: t.servers.title, path: ROOT },
		{ label: server.data?.name ?? id, path: serverPath(id) },
	];
	if (!guest && poll.error && (poll.error.status === 404 || poll.error.status === 422))
		return (
			<>
				<Trail steps={steps} />
				<Empty icon="search" title={t.servers.guests.unknown(isolate(vmid))} text={t.servers.unknownText} isPage />
			</>
		);
	const since = server.data ? staleSince(server.data) : null;
	return (
		<>
			<header class="page-head">
				<Trail steps={steps} />
				<div class="page-title">
					<h1>
						<bdi>{name}</bdi>
					</h1>
					{guest && <Pill tone={statusTone(stateOf(guest))}>{statusText(stateOf(guest))}</Pill>}
					{guest && <Tags tags={guest.tags} />}
				</div>
				{guest?.template && <p class="muted">{t.servers.guests.templateText}</p>}
				{guest && since === null && !guest.template && (
					<Actions guest={guest} pending={pending} onAct={(action) => void act(guest, action)} />
				)}
			</header>
			<div class="server-view">
				<Resource poll={poll} skeleton={<SkeletonCard />}>
					{(state) => (
						<NowCard guest={state.guest} since={since} />
					)}
				</Resource>
				<ChartsCard
					id={`${id}/${vmid}`}
					diskTotal={guest?.disk_total ?? null}
					load={(range, signal) => api.guestHistory(id, vmid, range, signal)}
				/>
			</div>
		</>
	);
}
