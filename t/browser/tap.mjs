// A TAP printer: each test is a name and a function that throws when it fails.

let count = 0;
let failures = 0;

export async function test(name, run) {
	count += 1;
	try {
		await run();
		console.log(`ok ${count} - ${name}`);
	} catch (error) {
		failures += 1;
		console.log(`not ok ${count} - ${name}`);
		for (const line of String(error.stack ?? error).split("\n")) console.log(`# ${line}`);
	}
}

export function finish() {
	console.log(`1..${count}`);
	process.exitCode = failures === 0 ? 0 : 1;
}
