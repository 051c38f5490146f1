// Builds panel/dist: bundle, styles, page, API docs, licences. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const assets = join(dist, "assets");
const modules = join(root, "node_modules");
const source = (name) => readFile(join(root, "src", name));

async function bundle() {
	const { outputFiles } = await build({
		absWorkingDir: root,
		entryPoints: { app: "src/main.tsx", style: "src/style/app.css" },
		bundle: true,
		minify: true,
		write: false,
		outdir: "dist/assets",
		format: "iife",
		target: ["chrome123", "firefox120", "safari17.5"],
		jsx: "automatic",
		jsxImportSource: "preact",
		legalComments: "none",
	});
	const content = (ending) => outputFiles.find((file) => file.path.endsWith(ending)).contents;
	return { "app.js": content("app.js"), "app.css": content("style.css") };
}

/** The page names each file with a hash of its content, so that a browser may keep it for ever. */
async function page(files) {
	const html = (await source("index.html")).toString();
	return html.replace(/\{\{(.+?)\}\}/g, (_, name) => {
		const hash = createHash("sha256").update(files[name]).digest("hex").slice(0, 12);
		return `/assets/${name}?v=${hash}`;
	});
}

async function swagger() {
	const from = join(modules, "swagger-ui-dist");
	const css = await readFile(join(from, "swagger-ui.css"), "utf8");
	return {
		// The source map is not shipped; a browser with its tools open would look for it.
		"docs/swagger-ui.css": css.replace(/\/\*# sourceMappingURL=.*\*\/\s*$/, ""),
		"docs/swagger-ui-bundle.js": await readFile(join(from, "swagger-ui-bundle.js")),
		"docs/docs.js": await source("docs.js"),
	};
}

const LICENCES = [
	["preact", "LICENSE"],
	["uplot", "LICENSE"],
	["swagger-ui-dist", "LICENSE"],
	["swagger-ui-dist", "NOTICE"],
	["swagger-ui-dist", "swagger-ui-bundle.js.LICENSE.txt"],
];

async function licences() {
	const parts = LICENCES.map(async ([name, file]) => {
		const { version } = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
		const text = await readFile(join(modules, name, file), "utf8");
		return `==== ${name} ${version}: ${file}\n\n${text.trim()}\n`;
	});
	return (await Promise.all(parts)).join("\n");
}

const files = {
	...(await bundle()),
	"favicon.svg": await source("favicon.svg"),
	"manifest.webmanifest": await source("manifest.webmanifest"),
	...(await swagger()),
	"LICENSES.txt": await licences(),
};

await rm(dist, { recursive: true, force: true });
await mkdir(join(assets, "docs"), { recursive: true });
for (const [name, content] of Object.entries(files)) await writeFile(join(assets, name), content);
await writeFile(join(dist, "index.html"), await page(files));
