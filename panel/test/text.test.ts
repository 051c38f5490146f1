// Plural forms, and the order of addresses and rows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pluralOf } from "../src/locales/plural";
import { ipOrder } from "../src/network/address";
import { sortRows, type Column } from "../src/ui/sort";

test("Russian has four forms", () => {
	const plural = pluralOf<"one" | "few" | "many" | "other">("ru");
	const forms = { one: "# устройство", few: "# устройства", many: "# устройств", other: "# устройства" };
	const told = [1, 2, 5, 11, 21, 22, 25].map((count) => plural(count, forms));
	assert.deepEqual(told, [
		"1 устройство",
		"2 устройства",
		"5 устройств",
		"11 устройств",
		"21 устройство",
		"22 устройства",
		"25 устройств",
	]);
});

test("addresses sort as numbers, IPv6 after IPv4, none last", () => {
	const addresses = ["", "fd00::2", "192.168.178.10", "192.168.178.9", "10.0.0.1"];
	const columns: Column<string>[] = [{ key: "ip", label: "", cell: () => null, sortBy: ipOrder }];
	assert.deepEqual(sortRows(addresses, columns, { key: "ip", isDescending: false }, "en"), [
		"10.0.0.1",
		"192.168.178.9",
		"192.168.178.10",
		"fd00::2",
		"",
	]);
});

test("names sort without regard to case, numbers in them by value", () => {
	const columns: Column<string>[] = [{ key: "name", label: "", cell: () => null, sortBy: (name) => name }];
	const names = ["pve-10", "PVE-2", "Äpfel", "zebra"];
	assert.deepEqual(sortRows(names, columns, { key: "name", isDescending: false }, "de"), [
		"Äpfel",
		"PVE-2",
		"pve-10",
		"zebra",
	]);
	assert.equal(sortRows(names, columns, { key: "name", isDescending: true }, "de")[0], "zebra");
});
