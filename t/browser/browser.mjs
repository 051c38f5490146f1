// Chromium with an ear for everything a page must not do: errors, CSP violations, requests elsewhere.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const ARGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/** Chromium reports these refusals as errors though they are answers: not logged in, wrong password, nothing measured yet. */
const ANSWERS = /status of (401|503)/;

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
}

/** Opens a page whose misdeeds are collected in `complaints`. */
export async function openPage(browser, origin, complaints, options = {}) {
	const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
	await context.addInitScript(() => {
		addEventListener("securitypolicyviolation", (event) =>
			console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`),
		);
	});
	context.on("request", (request) => {
		const { protocol, origin: target } = new URL(request.url());
		if (protocol.startsWith("http") && target !== origin) complaints.push(`request to ${request.url()}`);
	});
	const page = await context.newPage();
	page.on("console", (message) => {
		if (message.type() === "error" && !ANSWERS.test(message.text())) complaints.push(message.text());
	});
	page.on("pageerror", (error) => complaints.push(String(error)));
	return page;
}

/** What sticks out of its card, or out of the page. */
export function sticksOut(page) {
	return page.evaluate(() => {
		const found = [];
		for (const card of document.querySelectorAll(".card")) {
			const { right } = card.getBoundingClientRect();
			for (const part of card.querySelectorAll("*")) {
				const box = part.getBoundingClientRect();
				if (box.width > 0 && box.right > right + 0.5 && !part.closest(".hidden, svg, .chart-box"))
					found.push(`${part.tagName} ${part.className}: ${box.right - right} px`);
			}
		}
		const wider = document.documentElement.scrollWidth - innerWidth;
		return wider > 0 ? [...found, `the page: ${wider} px`] : found;
	});
}

/** Serious and critical findings of axe, in both colour schemes. */
export async function axeFindings(page) {
	const findings = [];
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
		await page.evaluate(axeSource);
		const { violations } = await page.evaluate(() => globalThis.axe.run());
		for (const { id, impact, nodes } of violations)
			if (impact === "serious" || impact === "critical")
				findings.push(`${colorScheme}: ${id} at ${nodes.map((node) => node.target).join(", ")}`);
	}
	await page.emulateMedia({ colorScheme: "light" });
	return findings;
}
