// Bundles the unit tests, which are TypeScript, and hands them to node's test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const tests = (await readdir(here)).filter((name) => name.endsWith(".test.ts"));
const outdir = await mkdtemp(join(tmpdir(), "hearth-panel-test-"));
try {
	await build({
		absWorkingDir: here,
		entryPoints: tests,
		outdir,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		format: "esm",
		platform: "node",
		target: "node20",
		jsx: "automatic",
		jsxImportSource: "preact",
	});
	const files = tests.map((name) => join(outdir, name.replace(/\.ts$/, ".mjs")));
	process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
} finally {
	await rm(outdir, { recursive: true });
}
