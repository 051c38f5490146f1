// Columns of a table and the order of its rows.
import type { ComponentChildren } from "preact";

export interface Column<Row> {
	key: string;
	label: string;
	cell: (row: Row) => ComponentChildren;
	sortBy: (row: Row) => string | number;
}

export interface Sort {
	key: string;
	isDescending: boolean;
}

export function sortRows<Row>(rows: Row[], columns: Column<Row>[], sort: Sort, locale: string): Row[] {
	const column = columns.find((candidate) => candidate.key === sort.key);
	if (!column) return rows;
	const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
	const sign = sort.isDescending ? -1 : 1;
	return [...rows].sort((a, b) => {
		const x = column.sortBy(a);
		const y = column.sortBy(b);
		const order = typeof x === "number" && typeof y === "number" ? x - y : collator.compare(String(x), String(y));
		return sign * order;
	});
}
