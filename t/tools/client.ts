// What a stranger does with the generated client: log in, make a key, read with it, meet errors.
// argv: base URL, user name, password. Prints one JSON object; the test compares it.
import { client } from "./generated/client.gen";
import { createApiKey, getFritzboxDevices, getFritzboxDeviceHistory, getHealth, login, revokeApiKey } from "./generated/sdk.gen";

declare const process: { argv: string[]; exitCode: number };

const [, , baseUrl = "", username = "", password = ""] = process.argv;
let token = "";
let key = "";

client.setConfig({ baseUrl, auth: (scheme) => (scheme.type === "apiKey" ? key : token) || undefined });

async function main(): Promise<void> {
	const health = await getHealth();
	const refused = await getFritzboxDeviceHistory();
	const session = await login({ body: { username, password } });
	token = session.data?.access_token ?? "";
	const made = await createApiKey({ body: { name: "client" } });
	token = "";
	key = made.data?.api_key ?? "";
	const history = await getFritzboxDeviceHistory({ query: { hours: 1, limit: 5 } });
	const invalid = await getFritzboxDevices({ query: { limit: 0 } });
	key = "";
	token = session.data?.access_token ?? "";
	const revoked = await revokeApiKey({ path: { key_id: made.data?.id ?? 0 } });
	console.log(
		JSON.stringify({
			health: health.response?.status,
			refused: [refused.response?.status, refused.error?.title],
			login: [session.response?.status, session.data?.token_type],
			made: [made.response?.status, made.data?.name],
			history: [history.response?.status, Array.isArray(history.data?.items), history.data?.limit],
			invalid: [invalid.response?.status, invalid.error?.detail],
			revoked: revoked.response?.status,
		}),
	);
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
