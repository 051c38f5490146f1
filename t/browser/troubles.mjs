// What the panel says and does when things are not well: old data, no Hearth, odd names, narrow windows, few rights.
//
// HEARTH_URL, HEARTH_USER (an administrator), HEARTH_PASSWORD, HEARTH_NEW_PASSWORD (used when the first one must be
// replaced), HEARTH_OUT (screenshots, and the commands that the panel tells). The instance knows a router and a Proxmox, in
// which guest 108 is locked.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { axeFindings, launch, openPage, sticksOut } from "./browser.mjs";
import { finish, test } from "./tap.mjs";

const { HEARTH_URL, HEARTH_USER, HEARTH_PASSWORD, HEARTH_NEW_PASSWORD, HEARTH_OUT } = process.env;
const { origin } = new URL(HEARTH_URL);
const at = (hash) => `${origin}/#${hash}`;
const FIRST_DATA_MS = 60_000;
const HOUR_MS = 3_600_000;

await mkdir(HEARTH_OUT, { recursive: true });
const shot = (page, name) => page.screenshot({ path: join(HEARTH_OUT, `${name}.png`) });
const complaints = [];
const browser = await launch();
const page = await openPage(browser, origin, complaints);
const heading = () => page.locator("h1").innerText();
const verdict = () => page.locator(".verdict-title").innerText();
const agoText = (ms) => new Date(Date.now() - ms).toISOString();
const read = async (path) => (await page.request.get(origin + path)).json();

/** Chromium calls these errors, too; they are what the tests are about. */
function forgive(pattern) {
	complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !pattern.test(complaint)));
}

/** Answers come as they are, changed. */
const change = (url, changed) =>
	page.route(url, async (route) => {
		const response = await route.fetch();
		await route.fulfill({ response, json: changed(await response.json()) });
	});

/** The whole page anew, so that nothing of an earlier test is remembered. */
async function open(hash) {
	await page.goto(at(hash));
	await page.reload();
	await page.locator("h1").first().waitFor();
}

await test("the focus comes along from the login", async () => {
	await page.goto(at("/network"));
	await page.locator("[name=username]").fill(HEARTH_USER);
	await page.locator("[name=password]").fill(HEARTH_PASSWORD);
	await page.locator("button[type=submit]").click();
	await page.locator("[name=new_password], .page-head h1").first().waitFor();
	if ((await page.locator("[name=new_password]").count()) > 0) {
		await page.locator("[name=current_password]").fill(HEARTH_PASSWORD);
		for (const name of ["new_password", "confirm_password"])
			await page.locator(`[name=${name}]`).fill(HEARTH_NEW_PASSWORD);
		await page.locator("button[type=submit]").click();
	}
	await page.locator("tbody tr").first().waitFor({ timeout: FIRST_DATA_MS });
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
});

await test("when nobody asks the router any more, nothing is said to be well", async () => {
	const old = agoText(3 * HOUR_MS);
	await change("**/api/house/network/status", (body) => ({
		...body,
		...{ state: "ok", last_success_at: old, last_attempt_at: old, next_attempt_at: old, error_code: null },
	}));
	await change("**/api/v1/fritzbox/wan", (body) => ({ ...body, is_stale: true, fetched_at: old }));
	await open("/network");
	await page.locator("tbody tr").first().waitFor();
	assert.match(await verdict(), /^Nothing new since/);
	assert.equal(await page.locator(".verdict.good, .pill.on").count(), 0);
	await page.locator(".devices .stale").waitFor();
	assert.ok(!(await page.locator("td.col-last").allInnerTexts()).includes("now"));
	await shot(page, "network-old-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.unrouteAll();
});

await test("a refused login is not told as silence", async () => {
	await change("**/api/house/network/status", (body) => ({
		...body,
		...{ state: "failing", last_success_at: agoText(HOUR_MS), error_code: "auth_failed" },
		...{ last_attempt_at: agoText(0), next_attempt_at: agoText(-HOUR_MS) },
	}));
	await open("/network");
	await page.locator(".verdict.bad").waitFor();
	assert.match(await verdict(), /^The router has refused Hearth since .*: login refused$/);
	await page.unrouteAll();
});

await test("without Hearth nothing stays green, lists stay, and all comes back by itself", async () => {
	await open("/network");
	await page.locator(".verdict.good").waitFor();
	const rows = await page.locator("tbody tr").count();
	await page.context().setOffline(true);
	await page.locator(".shell .stale").first().waitFor({ timeout: 20_000 });
	await page.locator(".verdict.idle").waitFor();
	assert.match(await verdict(), /^State unknown since/);
	assert.match(await page.locator(".verdict-advice").innerText(), /^Last known: The internet/);
	assert.equal(await page.locator(".pill.on").count(), 0);
	await shot(page, "network-offline-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.locator('.pages a[href="#/account"]').click();
	await page.locator("[name=current_password]").waitFor();
	await page.locator('.pages a[href="#/network"]').click();
	await page.locator("tbody tr").first().waitFor();
	assert.equal(await page.locator("tbody tr").count(), rows);
	await page.context().setOffline(false);
	await page.locator(".verdict.good").waitFor({ timeout: 4000 });
	assert.equal(await page.locator(".shell .stale").count(), 0);
	forgive(/ERR_INTERNET_DISCONNECTED/);
});

await test("answers that fail turn the headline grey, too", async () => {
	await open("/network");
	await page.locator(".verdict.good").waitFor();
	await page.route("**/api/**", (route) => route.fulfill({ status: 502, body: "" }));
	await page.locator(".verdict.idle").waitFor({ timeout: 20_000 });
	await page.unrouteAll();
	forgive(/status of 502/);
});

await test("a page that was loaded while Hearth was away comes back by itself", async () => {
	await page.route("**/api/session", (route) => route.fulfill({ status: 503, headers: { "Retry-After": "1" }, body: "" }));
	await page.reload();
	await page.locator(".gate .button").waitFor();
	assert.deepEqual(await axeFindings(page), []);
	await page.unrouteAll();
	await page.locator(".shell h1").waitFor({ timeout: 8000 });
});

await test("and at once when the browser is back in the network", async () => {
	await page.route("**/api/session", (route) => route.abort());
	await page.reload();
	await page.locator(".gate .button").waitFor();
	await page.unrouteAll();
	await page.evaluate(() => dispatchEvent(new Event("online")));
	await page.locator(".shell h1").waitFor({ timeout: 2500 });
	forgive(/ERR_FAILED/);
});

const LONG = "x".repeat(200);
const TURNED = "0 Neu \u202eabc";

await test("odd names stay in their place", async () => {
	await change("**/api/house/network/devices?*", (body) => ({
		...body,
		items: body.items.map((device, index) => ({
			...device,
			custom_name: index === 0 ? LONG : index === 1 ? TURNED : index === 2 ? "שלום" : device.custom_name,
		})),
	}));
	await change("**/api/house/events?*", (body) => ({
		...body,
		items: body.items.map((event) => ({ ...event, kind: "device.online", data: { name: TURNED } })),
	}));
	for (const width of [1920, 1280, 390, 320]) {
		await page.setViewportSize({ width, height: 900 });
		await open("/network");
		await page.locator("bdi.device-title", { hasText: "Neu abc" }).first().waitFor();
		await page.locator(".event", { hasText: "Neu abc came online" }).first().waitFor();
		assert.doesNotMatch(await page.locator("body").innerText(), /[\u202a-\u202e]/);
		assert.deepEqual(await sticksOut(page), [], `${width} px`);
		await shot(page, `network-odd-${width}`);
	}
	await page.unrouteAll();
});

await test("nothing sticks out of its card, in any language and at any width", async () => {
	const found = [];
	for (const locale of ["de", "ru", "en"]) {
		await page.setViewportSize({ width: 1280, height: 900 });
		await page.locator(".side select").selectOption(locale);
		for (const path of ["/network", "/servers", "/account", "/audit"]) {
			await page.goto(at(path));
			await page.locator(".card h2").first().waitFor();
			// the widest that the list of devices gets
			if (path === "/network") await page.locator("tbody .icon-button").first().click();
			for (const width of [320, 360, 801, 900, 1081, 1100, 1160, 1240, 1260, 1280]) {
				await page.setViewportSize({ width, height: 900 });
				for (const what of await sticksOut(page)) found.push(`${locale} ${path} ${width}: ${what}`);
			}
		}
	}
	assert.deepEqual(found, []);
});

await test("the text follows the size that the browser is set to", async () => {
	await page.setViewportSize({ width: 1280, height: 900 });
	await open("/network");
	const size = async () => (await page.waitForFunction(() => {
		const heading = document.querySelector("h2");
		return heading && parseFloat(getComputedStyle(heading).fontSize);
	})).jsonValue();
	const before = await size();
	await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
	assert.equal(await size(), 2 * before);
});

await test("on a phone the keyboard reaches everything, and the bar below hides none of it", async () => {
	await page.setViewportSize({ width: 320, height: 640 });
	await open("/network");
	await page.locator("tbody tr").first().waitFor();
	const seen = [];
	for (let i = 0; i < 40; i += 1) {
		await page.keyboard.press("Tab");
		seen.push(
			await page.evaluate(() => {
				const stop = document.activeElement;
				const bar = document.querySelector(".pages").getBoundingClientRect();
				const name = stop.getAttribute("aria-label") ?? (stop.labels?.[0]?.innerText || stop.innerText);
				const isHidden = !stop.closest(".pages, .skip") && stop.getBoundingClientRect().top > bar.top - 8;
				return { tag: stop.tagName, name: name?.trim(), isHidden };
			}),
		);
	}
	assert.deepEqual(seen.filter(({ name, isHidden }) => !name || isHidden), []);
	assert.ok(new Set(seen.map(({ name }) => name)).size > 12);
});

await test("those who may see nothing are offered nothing", async () => {
	await page.setViewportSize({ width: 1280, height: 900 });
	await change("**/api/session", (body) => ({ ...body, user: { ...body.user, role: "guest" } }));
	await open("/network");
	assert.deepEqual(await page.locator(".pages a").allInnerTexts(), ["Account"]);
	assert.equal(await heading(), "Your account may not see this");
	assert.equal(await page.locator("main .button").innerText(), "To the first page");
	assert.deepEqual(await axeFindings(page), []);
	await page.locator("main .button").click();
	assert.equal(await heading(), "Account");
	await page.unrouteAll();
});

await test("a page that does not exist has a heading", async () => {
	await open("/nowhere");
	assert.equal(await heading(), "There is no such page");
});

const settings = {
	network: { path: "/network", url: "**/api/house/network/status", body: (body) => ({ ...body, state: "off" }) },
	servers: { path: "/servers", url: "**/api/house/servers/status", body: (body) => ({ ...body, sources: [] }) },
};

for (const [name, { path, url, body }] of Object.entries(settings))
	await test(`${name}: an administrator is told the commands, a member whom to ask`, async () => {
		await change(url, body);
		await open(path);
		await page.locator(".commands").first().waitFor();
		await writeFile(join(HEARTH_OUT, `commands-${name}.txt`), await page.locator(".commands").last().innerText());
		await shot(page, `setup-${name}-1280`);
		assert.deepEqual(await axeFindings(page), []);
		await page.setViewportSize({ width: 320, height: 800 });
		assert.deepEqual(await sticksOut(page), []);
		await page.setViewportSize({ width: 1280, height: 900 });
		await change("**/api/session", (answer) => ({ ...answer, user: { ...answer.user, role: "member" } }));
		await open(path);
		await page.locator(".setup").waitFor();
		assert.equal(await page.locator(".commands").count(), 0);
		assert.match(await page.locator(".setup").innerText(), /Ask an administrator/);
		await page.unrouteAll();
	});

await test("a server that does not answer shows what it last told, and that it is old", async () => {
	const { servers } = await read("/api/proxmox/servers");
	const [{ id }] = servers;
	const unknown = { uptime: null, cpu: null, memory_used: null, memory_total: null, memory_percent: null };
	const silent = (server) => ({
		...server,
		...unknown,
		...{ disk_used: null, disk_total: null, disk_percent: null, network_in: null, network_out: null },
		...{ load_average: [], online: false, is_stale: true, vms_running: 0, cts_running: 0 },
	});
	await change("**/api/house/servers", ({ servers: all, ...rest }) => ({
		...rest,
		servers: all.map((server) => (server.id === id ? { ...server, online: false, is_stale: true } : server)),
	}));
	await change(`**/api/proxmox/servers/${id}`, silent);
	await change(`**/api/proxmox/servers/${id}/vms`, ({ vms, ...rest }) => ({
		...rest,
		vms: vms.map((guest) => ({ ...guest, status: "unknown" })),
		is_stale: true,
	}));
	await open("/servers");
	const card = page.locator(".server").first();
	await card.locator(".meter.old").first().waitFor();
	await card.locator(".meter-value", { hasText: "%" }).waitFor();
	assert.match(await card.innerText(), /As of \d\d:\d\d/);
	assert.match(await card.innerText(), /guests?, state unknown/);
	await shot(page, "servers-silent-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.goto(at(`/servers/${id}`));
	await page.locator(".guests .stale").waitFor();
	assert.equal(await page.locator('.guests input[value="stopped"] + span small').innerText(), "0");
	assert.ok(Number(await page.locator('.guests input[value="unknown"] + span small').innerText()) > 0);
	assert.ok((await page.locator(".guests .meter.old").count()) > 0);
	await shot(page, "server-silent-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.unrouteAll();
});

await test("a template says so, and is not offered to be started", async () => {
	const { servers } = await read("/api/proxmox/servers");
	const lists = await Promise.all(servers.map(({ id }) => read(`/api/proxmox/servers/${id}/vms?templates=true`)));
	const [guest] = lists.flatMap(({ vms }) => vms);
	await change(`**/vm/${guest.vmid}`, (body) => ({ ...body, template: true, status: "stopped" }));
	await open(`/servers/${guest.server_id}/${guest.vmid}`);
	await page.locator(".page-title .pill", { hasText: "Template" }).waitFor();
	assert.equal(await page.locator(".actions").count(), 0);
	assert.match(await page.locator(".page-head").innerText(), /A template does not run/);
	await page.unrouteAll();
});

await test("an action that Proxmox could not finish is never called done", async () => {
	const { servers } = await read("/api/proxmox/servers");
	const lists = await Promise.all(servers.map(({ id }) => read(`/api/proxmox/servers/${id}/vms`)));
	const guest = lists.flatMap(({ vms }) => vms).find(({ vmid }) => vmid === 108);
	assert.ok(guest, "the locked guest of the stand-in");
	await open(`/servers/${guest.server_id}/${guest.vmid}`);
	await page.locator(".actions .button", { hasText: "Reset" }).click();
	await page.locator(".dialog-buttons .button").last().click();
	await page.locator(".toast").waitFor({ timeout: FIRST_DATA_MS });
	assert.match(await page.locator(".toast").innerText(), /failed.*VM is locked/s);
	await open("/audit");
	await page.locator(".event", { hasText: `Reset guest: ${guest.name}` }).first().waitFor();
});

await test("no errors, no policy violations, no request left the origin", () => {
	assert.deepEqual(complaints, []);
});

await browser.close();
finish();
