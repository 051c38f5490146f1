// Drives the panel as a person would: first login, network page, languages, keyboard, phone.
//
// HEARTH_URL, HEARTH_USER, HEARTH_PASSWORD (the one-time password), HEARTH_NEW_PASSWORD, HEARTH_OUT (screenshots).
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { axeFindings, launch, openPage } from "./browser.mjs";
import { finish, test } from "./tap.mjs";

const { HEARTH_URL, HEARTH_USER, HEARTH_PASSWORD, HEARTH_NEW_PASSWORD, HEARTH_OUT } = process.env;
const { origin } = new URL(HEARTH_URL);
const at = (hash) => `${origin}/#${hash}`;

/** The collector may need a round before there is something to see. */
const FIRST_DATA_MS = 60_000;
const POLL_S = 10;

await mkdir(HEARTH_OUT, { recursive: true });
const shot = (page, name) => page.screenshot({ path: join(HEARTH_OUT, `${name}.png`) });
const complaints = [];
const browser = await launch();
const page = await openPage(browser, origin, complaints);
const firstColumn = () => page.locator("tbody .device-title").allInnerTexts();
const heading = () => page.locator("h1").innerText();
const overflow = (target) => target.evaluate(() => document.documentElement.scrollWidth - innerWidth);

async function fillPasswords(current, next, repeated) {
	await page.locator("[name=current_password]").fill(current);
	await page.locator("[name=new_password]").fill(next);
	await page.locator("[name=confirm_password]").fill(repeated);
	await page.locator("button[type=submit]").click();
}

await test("the page comes with a policy that allows nothing inline", async () => {
	const response = await page.goto(at("/network"));
	const policy = response.headers()["content-security-policy"] ?? "";
	assert.match(policy, /default-src 'none'/);
	assert.doesNotMatch(policy, /unsafe/);
});

await test("a visitor is led to the login, and the target is kept", async () => {
	await page.waitForURL(/#\/login\?to=%2Fnetwork$/);
	assert.equal(await page.evaluate(() => document.activeElement.getAttribute("name")), "username");
});

await test("login page: axe, light and dark", async () => {
	await shot(page, "login-1280");
	assert.deepEqual(await axeFindings(page), []);
});

await test("a wrong password is told and does not log in", async () => {
	await page.locator("[name=username]").fill(HEARTH_USER);
	await page.locator("[name=password]").fill("not the password");
	await page.locator("button[type=submit]").click();
	await page.locator(".problem").waitFor();
	assert.match(page.url(), /#\/login/);
});

await test("the keyboard alone logs in, and the first password must be changed", async () => {
	await page.reload();
	await page.locator("[name=username]:focus").waitFor();
	await page.keyboard.type(HEARTH_USER);
	await page.keyboard.press("Tab");
	await page.keyboard.type(HEARTH_PASSWORD);
	await page.keyboard.press("Enter");
	await page.locator("[name=new_password]").waitFor();
});

await test("password page: axe, light and dark", async () => {
	await shot(page, "password-1280");
	assert.deepEqual(await axeFindings(page), []);
});

await test("no other page opens before the change", async () => {
	await page.goto(at("/account"));
	await page.locator("[name=new_password]").waitFor();
	assert.equal(await page.locator("nav").count(), 0);
});

await test("a short or mistyped new password is refused at once", async () => {
	await fillPasswords(HEARTH_PASSWORD, "short", "shorter");
	await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "new_password");
	assert.equal(await page.locator(".field.wrong").count(), 2);
});

await test("after the change the network page opens", async () => {
	await page.goto(at("/network"));
	await fillPasswords(HEARTH_PASSWORD, HEARTH_NEW_PASSWORD, HEARTH_NEW_PASSWORD);
	await page.locator(".verdict-title").waitFor({ timeout: FIRST_DATA_MS });
	assert.equal(await heading(), "Network");
	assert.notEqual(await page.locator(".verdict-title").innerText(), "");
});

await test("the chart is drawn", async () => {
	await page.locator(".chart canvas").waitFor({ timeout: FIRST_DATA_MS });
	await page.waitForFunction(() => {
		const canvas = document.querySelector(".chart canvas");
		const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
		let drawn = 0;
		for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn += 1;
		return drawn > 500;
	});
});

await test("the chart speaks: arrow keys read its values, a summary stands beside it", async () => {
	const chart = page.locator(".chart-box");
	await chart.focus();
	await page.keyboard.press("Home");
	const first = await chart.getAttribute("aria-valuetext");
	await page.keyboard.press("ArrowRight");
	assert.notEqual(await chart.getAttribute("aria-valuetext"), first);
	await page.locator(".chart-tip").waitFor();
	assert.match(await page.locator(".chart > p").innerText(), /Mbit\/s/);
});

await test("the chart shows a day and a week", async () => {
	const chart = page.locator(".chart-box");
	for (const [hours, period] of [["24", /24 hours/], ["168", /7 days/]]) {
		await page.locator(`.bandwidth input[value="${hours}"]`).check({ force: true });
		await page.locator(".bandwidth .resource:not(.pending)").waitFor();
		assert.match(await chart.getAttribute("aria-label"), period);
	}
	await shot(page, "network-week-1280");
	await page.locator('.bandwidth input[value="1"]').check({ force: true });
});

await test("devices: rows, search, no match", async () => {
	await page.locator("tbody tr").first().waitFor({ timeout: FIRST_DATA_MS });
	const [name] = await firstColumn();
	const search = page.locator(".search input");
	await search.fill(name.toUpperCase());
	await page.waitForFunction((count) => document.querySelectorAll("tbody tr").length <= count, 1);
	assert.deepEqual(await firstColumn(), [name]);
	await search.fill("no device has this name");
	await page.locator(".devices .empty button").click();
	assert.equal(await search.inputValue(), "");
});

await test("devices: every column sorts both ways", async () => {
	for (const header of await page.locator("thead th").all()) {
		const button = header.locator("button");
		if ((await header.getAttribute("aria-sort")) !== "ascending") await button.click();
		assert.equal(await header.getAttribute("aria-sort"), "ascending");
		const ascending = await firstColumn();
		await button.click();
		assert.equal(await header.getAttribute("aria-sort"), "descending");
		assert.deepEqual((await firstColumn()).sort(), ascending.sort());
	}
	await page.locator("th.col-name button").click();
	const names = await firstColumn();
	const sorted = [...names].sort(new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare);
	assert.deepEqual(names, sorted);
});

await test("devices: the filter keeps only those online", async () => {
	await page.locator('.devices input[value="online"]').check({ force: true });
	assert.equal(await page.locator("tbody .pill.off").count(), 0);
	await page.locator('.devices input[value="all"]').check({ force: true });
});

await test("devices: an administrator renames, and undoes it", async () => {
	const [before] = await firstColumn();
	await page.locator("tbody .icon-button").first().click();
	await page.locator("[name=custom_name]").fill("Aaa first of all");
	await page.keyboard.press("Enter");
	await page.locator(".device-title", { hasText: "Aaa first of all" }).waitFor();
	await page.locator(".toast-undo").click();
	await page.locator(".device-title", { hasText: "Aaa first of all" }).waitFor({ state: "detached" });
	assert.ok((await firstColumn()).includes(before));
});

await test("events are listed and can be filtered", async () => {
	await page.locator(".events .event, .events .empty").first().waitFor();
	await page.locator('.events input[value="device"]').check({ force: true });
	await page.locator(".events .resource:not(.pending)").waitFor();
	await page.locator('.events input[value=""]').check({ force: true });
	await page.locator(".events .resource:not(.pending)").waitFor();
});

await test("network page: axe, light and dark", async () => {
	await shot(page, "network-1280");
	assert.deepEqual(await axeFindings(page), []);
	await page.emulateMedia({ colorScheme: "dark" });
	await shot(page, "network-1280-dark");
	await page.emulateMedia({ colorScheme: "light" });
});

await test("the language can be switched and is remembered", async () => {
	for (const [locale, title] of [["de", "Netzwerk"], ["ru", "Сеть"]]) {
		await page.locator(".side select").selectOption(locale);
		assert.equal(await heading(), title);
		assert.equal(await page.locator("html").getAttribute("lang"), locale);
		assert.match(await page.title(), new RegExp(title));
		assert.ok((await overflow(page)) <= 0, `${locale} is wider than the window`);
	}
	await page.reload();
	await page.locator("h1").waitFor();
	assert.equal(await heading(), "Сеть");
	await page.locator(".side select").selectOption("en");
});

await test("the appearance can be chosen against the system", async () => {
	const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const light = await background();
	await page.locator('.side input[value="dark"]').check({ force: true });
	assert.notEqual(await background(), light);
	await page.locator('.side input[value="system"]').check({ force: true });
	assert.equal(await background(), light);
});

await test("the skip link is the first stop and leads to the content", async () => {
	await page.reload();
	await page.locator("h1").waitFor();
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
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
	assert.equal(asked, 0);
	await page.evaluate(() => {
		delete document.hidden;
		document.dispatchEvent(new Event("visibilitychange"));
	});
	await page.waitForTimeout(500);
	page.off("request", count);
	assert.ok(asked > 0, "polling goes on when the tab is seen again");
});

await test("account page: axe, light and dark", async () => {
	await page.locator(".pages a").last().click();
	await page.locator("[name=current_password]").waitFor();
	assert.deepEqual(await axeFindings(page), []);
});

for (const width of [320, 390]) {
	await test(`a phone of ${width} px shows everything without sideways scrolling`, async () => {
		await page.setViewportSize({ width, height: 800 });
		await page.goto(at("/network"));
		await page.locator(".verdict-title").waitFor();
		await page.locator("tbody tr").first().waitFor();
		await page.locator(".chart canvas").waitFor();
		await shot(page, `network-${width}`);
		assert.ok((await overflow(page)) <= 0);
		assert.deepEqual(await axeFindings(page), []);
		await page.emulateMedia({ colorScheme: "dark" });
		await shot(page, `network-${width}-dark`);
		await page.emulateMedia({ colorScheme: "light" });
	});
}

await test("logging out ends the session; the next login returns to where it was", async () => {
	await page.setViewportSize({ width: 1280, height: 900 });
	await page.locator(".who button").click();
	await page.locator("[name=username]").waitFor();
	assert.equal((await page.request.get(`${origin}/api/session`)).status(), 401);
	await page.goto(at("/account"));
	await page.waitForURL(/to=%2Faccount$/);
	await page.locator("[name=username]").fill(HEARTH_USER);
	await page.locator("[name=password]").fill(HEARTH_NEW_PASSWORD);
	await page.locator("button[type=submit]").click();
	await page.locator("[name=current_password]").waitFor();
	assert.match(page.url(), /#\/account$/);
});

await test("a session that ends elsewhere leads back to the login", async () => {
	await page.context().clearCookies();
	await page.goto(at("/network"));
	await page.waitForURL(/#\/login\?to=%2Fnetwork$/);
});

for (const path of ["/docs", "/network/docs"])
	await test(`${path} lists the operations`, async () => {
		await page.goto(origin + path);
		await page.locator(".opblock").first().waitFor();
	});

await test("no errors, no policy violations, no request left the origin", () => {
	assert.deepEqual(complaints, []);
});

await browser.close();
finish();
