// Writes src/api-types.ts from the API documents in schema/openapi, a namespace for each family.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const FAMILIES = ["recorder", "network", "house", "panel"];
const target = new URL("src/api-types.ts", import.meta.url);

const documents = FAMILIES.map((family) => new URL(`../schema/openapi/${family}.json`, import.meta.url));
const missing = documents.filter((document) => !existsSync(document));
if (missing.length > 0) {
	console.error(`not there: ${missing.map((document) => document.pathname).join(", ")}`);
	process.exit(1);
}

const namespaces = await Promise.all(
	documents.map(async (document, index) => {
		const types = astToString(await openapiTS(document));
		return `export namespace ${FAMILIES[index]} {\n${types}}\n`;
	}),
);
const head = "// Shapes of the API, printed by `npm run types` from schema/openapi. Do not edit.\n\n";
await writeFile(target, head + namespaces.join("\n"));
