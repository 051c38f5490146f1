// Drives the servers pages as a person would: all servers, one of them, one guest and what can be done with it.
//
// HEARTH_URL, HEARTH_USER (an administrator), HEARTH_PASSWORD, HEARTH_NEW_PASSWORD (used when the first one must be
// replaced), HEARTH_OUT (screenshots). The instance knows a Proxmox with a running virtual machine.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { axeFindings, launch, openPage } from "./browser.mjs";
import { finish, test } from "./tap.mjs";

const { HEARTH_URL, HEARTH_USER, HEARTH_PASSWORD, HEARTH_NEW_PASSWORD, HEARTH_OUT } = process.env;
const { origin } = new URL(HEARTH_URL);
const at = (hash) => `${origin}/#${hash}`;

/** The collector may need a round before there is something to see, and another after an action. */
const FIRST_DATA_MS = 60_000;
const POLL_S = 10;
const RANGES = ["1h", "6h", "24h", "7d", "30d", "1y"];

await mkdir(HEARTH_OUT, { recursive: true });
const shot = (page, name) => page.screenshot({ path: join(HEARTH_OUT, `${name}.png`) });
const complaints = [];
const browser = await launch();
const page = await openPage(browser, origin, complaints);
const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const read = async (path) => (await page.request.get(origin + path)).json();
const status = () => page.locator(".page-title .pill").innerText();
const names = () => page.locator("tbody .device-title").allInnerTexts();
const period = () => page.locator(".chart > p").first().innerText();

/** Chromium calls a refusal an error; this one was wanted. */
function forgive(pattern) {
	const index = complaints.findIndex((complaint) => pattern.test(complaint));
	assert.notEqual(index, -1, `no complaint like ${pattern}`);
	complaints.splice(index, 1);
}

let server;
let guest;

/** Asks for an action and answers the question. */
async function act(action) {
	await page.locator(".actions .button", { hasText: action }).first().click();
	await page.locator(".dialog-buttons .button").last().click();
}

const closeToasts = async () => {
	for (const close of await page.locator(".toast .icon-button").all()) await close.click();
};

await test("login", async () => {
	await page.goto(at("/servers"));
	await page.locator("[name=username]").fill(HEARTH_USER);
	await page.locator("[name=password]").fill(HEARTH_PASSWORD);
	await page.locator("button[type=submit]").click();
	const next = page.locator("[name=new_password], .page-head h1").first();
	await next.waitFor();
	if ((await page.locator("[name=new_password]").count()) > 0) {
		await page.locator("[name=current_password]").fill(HEARTH_PASSWORD);
		for (const name of ["new_password", "confirm_password"])
			await page.locator(`[name=${name}]`).fill(HEARTH_NEW_PASSWORD);
		await page.locator("button[type=submit]").click();
		await page.locator(".page-head h1").waitFor();
	}
	await page.goto(at("/servers"));
});

await test("there is a verdict over the whole, and a card for each server", async () => {
	await page.locator(".server .meter").first().waitFor({ timeout: FIRST_DATA_MS });
	assert.notEqual(await page.locator(".verdict-title").innerText(), "");
	const { servers } = await read("/api/proxmox/servers");
	assert.deepEqual(
		await page.locator(".server h2").allInnerTexts(),
		servers.map(({ name }) => name),
	);
	for (const { id } of servers.filter(({ online }) => online)) {
		const { vms } = await read(`/api/proxmox/servers/${id}/vms`);
		const running = vms.filter(({ type, status, template }) => type === "qemu" && status === "running" && !template);
		if (running.length === 0 || guest) continue;
		server = servers.find((known) => known.id === id);
		[guest] = running;
	}
	assert.ok(guest, "a running virtual machine");
});

await test("cards show a curve of the last hour", async () => {
	await page.locator(".spark path, .spark-none").first().waitFor({ timeout: FIRST_DATA_MS });
});

await test("servers: axe, light and dark", async () => {
	await shot(page, "servers-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.emulateMedia({ colorScheme: "dark" });
	await shot(page, "servers-1280-dark");
	await page.emulateMedia({ colorScheme: "light" });
});

await test("a card leads to its server, and the window is named after it", async () => {
	await page.locator(".server h2 a", { hasText: server.name }).first().focus();
	await page.keyboard.press("Enter");
	await page.locator(".guests tbody tr").first().waitFor();
	assert.equal(await page.locator("h1").innerText(), server.name);
	assert.equal(await page.title(), `${server.name} · Hearth`);
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
	assert.equal(await page.locator(".pages a[aria-current]").innerText(), "Servers");
});

await test("guests: search by name, number and tag, no match", async () => {
	const search = page.locator(".search input");
	for (const text of [guest.name.toUpperCase(), String(guest.vmid), ...guest.tags.slice(0, 1)]) {
		await search.fill(text);
		assert.ok((await names()).includes(guest.name), text);
	}
	await search.fill("no guest has this name");
	await page.locator(".guests .empty button").click();
	assert.equal(await search.inputValue(), "");
});

await test("guests: the filter keeps only those that run, or do not", async () => {
	await page.locator('.guests input[value="running"]').check({ force: true });
	const running = (await names()).length;
	assert.equal(await page.locator("tbody .pill.on").count(), running);
	const { vms } = await read(`/api/proxmox/servers/${server.id}/vms`);
	for (const [part, holds] of [
		["stopped", ({ status, template }) => status === "stopped" && !template],
		["template", ({ template }) => template],
	]) {
		const wanted = vms.filter(holds).length;
		const choice = page.locator(`.guests input[value="${part}"]`);
		if (wanted === 0) continue;
		await choice.check({ force: true });
		assert.equal((await names()).length, wanted);
	}
	await page.locator('.guests input[value="all"]').check({ force: true });
});

await test("guests: every column sorts both ways", async () => {
	for (const header of await page.locator("thead th").all()) {
		const button = header.locator("button");
		if ((await header.getAttribute("aria-sort")) !== "ascending") await button.click();
		assert.equal(await header.getAttribute("aria-sort"), "ascending");
		await button.click();
		assert.equal(await header.getAttribute("aria-sort"), "descending");
	}
	await page.locator("th.col-vmid button").click();
	const ids = (await page.locator("td.col-vmid").allInnerTexts()).map(Number);
	assert.deepEqual(
		ids,
		[...ids].sort((a, b) => a - b),
	);
});

await test("charts: every period is asked for and told", async () => {
	for (const range of RANGES) {
		const asked = page.waitForRequest((request) => request.url().endsWith(`?range=${range}`));
		if (range !== "1h") await page.locator(`.charts input[value="${range}"]`).check({ force: true });
		else await page.reload();
		await asked;
		await page.locator(".charts .resource:not(.pending)").waitFor();
		await page.locator(".charts .plot, .charts .empty").first().waitFor();
	}
});

/** A history whose values are known: the processor 70 %, between 60 and 80. */
function knownHistory() {
	const step = 300;
	const to = Math.floor(Date.now() / 1000 / step) * step;
	const timestamps = Array.from({ length: 288 }, (_, index) => to - (288 - index) * step);
	const all = (value) => timestamps.map(() => value);
	return {
		...{ from: to - 86_400, to, step, timestamps, memory_total: 8e9 },
		...{ cpu: all(70), cpu_min: all(60), cpu_max: all(80) },
		...{ memory: all(3e9), memory_min: all(2e9), memory_max: all(4e9) },
		...{ network_in: all(1e6), network_out: all(2e5), disk_used: all(null) },
	};
}

await test("charts: the band from lowest to highest is drawn, and nothing below it", async () => {
	await page.route("**/servers/history/**", (route) => route.fulfill({ json: knownHistory() }));
	await page.reload();
	await page.locator('.charts input[value="24h"]').check({ force: true });
	await page.locator(".charts .resource:not(.pending)").waitFor();
	await page.locator(".chart canvas").first().waitFor();
	const share = await page.waitForFunction(() => {
		const canvas = document.querySelector(".chart canvas");
		const x = Math.round(canvas.width * 0.6);
		const { data } = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height);
		let drawn = 0;
		for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn += 1;
		return drawn > 0 && drawn / canvas.height;
	});
	const value = await share.jsonValue();
	assert.ok(value > 0.12 && value < 0.4, `${value} of the height is drawn`);
});

await test("charts: they speak, and a chart without values is not there", async () => {
	assert.match(await period(), /CPU 70% on average, 60% at least, 80% at most/);
	assert.equal(await page.locator(".plot").count(), 3);
	const chart = page.locator(".chart-box").first();
	await chart.focus();
	await page.keyboard.press("Home");
	assert.match(await chart.getAttribute("aria-valuetext"), /CPU 70% \(60% to 80%\)/);
	await page.locator(".chart-tip").waitFor();
	await shot(page, "server-day-1280");
});

await test("charts: dragging zooms all of them, the button shows the whole again", async () => {
	const whole = await period();
	const box = await page.locator(".plot .u-over").first().boundingBox();
	await page.mouse.move(box.x + box.width * 0.3, box.y + 60);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
	await page.mouse.up();
	await page.locator(".zoomed").waitFor();
	const zoomed = await page.locator(".chart > p").allInnerTexts();
	assert.ok(zoomed.every((text) => !text.startsWith("Last 24 hours")));
	await shot(page, "server-zoomed-1280");
	await page.locator(".zoomed button").click();
	await page.locator(".zoomed").waitFor({ state: "detached" });
	assert.equal(await period(), whole);
});

await test("charts: plus and minus zoom without a mouse", async () => {
	await page.locator(".chart-box").first().focus();
	await page.keyboard.press("+");
	await page.locator(".zoomed").waitFor();
	await page.keyboard.press("-");
	await page.locator(".zoomed").waitFor({ state: "detached" });
	await page.unroute("**/servers/history/**");
	await page.reload();
});

await test("server: axe, light and dark", async () => {
	await page.locator(".guests tbody tr").first().waitFor();
	await shot(page, "server-1280");
	assert.deepEqual(await axeFindings(page), []);
});

await test("a row leads to its guest", async () => {
	await page.locator("tbody a.device-title", { hasText: guest.name }).first().click();
	await page.locator(".actions .button").first().waitFor();
	assert.equal(await page.locator("h1").innerText(), guest.name);
	assert.equal(await status(), "Running");
	await shot(page, "guest-1280");
	assert.deepEqual(await axeFindings(page), []);
});

await test("the question keeps the focus, Escape means no", async () => {
	let asked = 0;
	const count = (request) => (asked += request.method() === "POST" ? 1 : 0);
	page.on("request", count);
	await page.locator(".actions .button", { hasText: "Stop" }).focus();
	await page.keyboard.press("Enter");
	await page.locator(".dialog").waitFor();
	assert.match(await page.locator(".dialog").innerText(), /Dangerous/);
	const focused = () => page.evaluate(() => document.activeElement.closest(".dialog") && document.activeElement.innerText);
	const seen = [await focused()];
	for (let i = 0; i < 4; i += 1) {
		await page.keyboard.press("Tab");
		seen.push(await focused());
	}
	assert.deepEqual(seen, ["Cancel", "Stop", "Cancel", "Stop", "Cancel"]);
	await page.keyboard.press("Shift+Tab");
	assert.equal(await focused(), "Stop");
	await shot(page, "guest-question-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.keyboard.press("Escape");
	await page.locator(".dialog").waitFor({ state: "detached" });
	assert.equal(await page.evaluate(() => document.activeElement.innerText), "Stop");
	page.off("request", count);
	assert.equal(asked, 0);
});

await test("a refusal is told in Proxmox's words", async () => {
	await page.route("**/shutdown?*", (route) =>
		route.fulfill({ status: 400, json: { detail: "Action failed - Permission check failed (/vms, VM.PowerMgmt)" } }),
	);
	await act("Shut down");
	const toast = page.locator(".toast.bad");
	await toast.waitFor();
	assert.match(await toast.innerText(), /failed: Permission check failed \(\/vms, VM\.PowerMgmt\)/);
	await page.locator(".actions .button").first().waitFor();
	await page.unroute("**/shutdown?*");
	await closeToasts();
	forgive(/status of 400/);
});

for (const [action, wanted] of [["Shut down", "Stopped"], ["Start", "Running"]])
	await test(`${action}: under way until the stored state shows it`, async () => {
		await act(action);
		await page.locator(".pending-action").waitFor();
		assert.equal(await page.locator(".actions .button").count(), 0);
		await page.locator(".page-title .pill", { hasText: wanted }).waitFor({ timeout: FIRST_DATA_MS });
		await page.locator(".toast", { hasText: guest.name }).waitFor({ timeout: FIRST_DATA_MS });
		await page.locator(".actions .button").first().waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.className), "actions");
		await closeToasts();
	});

await test("a server and a guest that do not exist", async () => {
	for (const hash of ["/servers/nowhere", `/servers/${server.id}/999999`]) {
		await page.goto(at(hash));
		await page.reload();
		await page.locator(".empty-title").first().waitFor();
		assert.match(await page.locator(".empty-title").first().innerText(), /There is no/);
		complaints.splice(0, complaints.length, ...complaints.filter((text) => !/status of 404/.test(text)));
	}
});

await test("no Proxmox: the page says how to connect one", async () => {
	await page.route("**/api/house/servers/status", (route) => route.fulfill({ json: { sources: [], poll_seconds: 10 } }));
	await page.goto(at("/servers"));
	await page.locator(".setup .commands").first().waitFor();
	await shot(page, "servers-empty-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.unroute("**/api/house/servers/status");
});

await test("a Proxmox that refuses the token is told, with what to do", async () => {
	const failing = {
		...{ id: "lab", name: "lab", url: "https://lab.lan:8006", state: "failing", failures: 3 },
		...{ last_success_at: null, next_attempt_at: new Date(Date.now() + 60_000).toISOString() },
		...{ error_code: "auth_failed", error_text: "The login was refused" },
	};
	await page.route("**/api/house/servers/status", (route) => route.fulfill({ json: { sources: [failing] } }));
	await page.reload();
	await page.locator(".verdict-problem").waitFor();
	assert.match(await page.locator(".verdict-problem").innerText(), /lab\.lan:8006: login refused[^]*TOKEN_SECRET/);
	await page.unroute("**/api/house/servers/status");
});

await test("the languages", async () => {
	await page.goto(at(`/servers/${server.id}/${guest.vmid}`));
	await page.reload();
	for (const [locale, title] of [["de", "Verlauf"], ["ru", "Графики"], ["en", "History"]]) {
		await page.locator(".side select").selectOption(locale);
		await page.locator(".charts h2", { hasText: title }).waitFor();
		assert.ok((await overflow()) <= 0, `${locale} is wider than the window`);
	}
});

await test("a hidden tab asks nothing", async () => {
	await page.evaluate(() => {
		Object.defineProperty(document, "hidden", { value: true, configurable: true });
		document.dispatchEvent(new Event("visibilitychange"));
	});
	await page.waitForLoadState("networkidle");
	let asked = 0;
	const count = () => (asked += 1);
	page.on("request", count);
	await page.waitForTimeout((POLL_S + 2) * 1000);
	page.off("request", count);
	assert.equal(asked, 0);
});

await test("the audit trail tells of the actions", async () => {
	await page.goto(at("/account"));
	await page.reload();
	await page.locator('a[href="#/audit"]').click();
	await page.locator(".event").first().waitFor();
	await page.locator(".audit .event", { hasText: `Start guest: ${guest.name}` }).first().waitFor();
	assert.doesNotMatch(await page.locator(".audit").innerText(), /[{}[\]"]|upid|success/);
	await shot(page, "audit-1280");
	assert.deepEqual(await axeFindings(page), []);
});

for (const width of [320, 390])
	for (const [name, hash] of [
		["servers", () => "/servers"],
		["server", () => `/servers/${server.id}`],
		["guest", () => `/servers/${server.id}/${guest.vmid}`],
	])
		await test(`${name} on a phone of ${width} px, without sideways scrolling`, async () => {
			await page.setViewportSize({ width, height: 800 });
			await page.goto(at(hash()));
			await page.locator(".meter").first().waitFor();
			await page.waitForLoadState("networkidle");
			assert.ok((await overflow()) <= 0);
			await shot(page, `${name}-${width}`);
			assert.deepEqual(await axeFindings(page), []);
			await page.emulateMedia({ colorScheme: "dark" });
			await shot(page, `${name}-${width}-dark`);
			await page.emulateMedia({ colorScheme: "light" });
		});

await test("no errors, no policy violations, no request left the origin", () => {
	assert.deepEqual(complaints, []);
});

await browser.close();
finish();
