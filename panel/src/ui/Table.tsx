// A sortable table on wide screens, a list of cards on narrow ones; a page gives columns and rows.
import { t } from "../i18n";
import { Select } from "./Choice";
import type { Column, Sort } from "./sort";

interface TableProps<Row> {
	caption: string;
	columns: Column<Row>[];
	rows: Row[];
	rowKey: (row: Row) => number | string;
	sort: Sort;
	onSort: (sort: Sort) => void;
}

/** The roles stand in the markup because cards change `display`, which would take the table's meaning away. */
export function Table<Row>({ caption, columns, rows, rowKey, sort, onSort }: TableProps<Row>) {
	const toggle = (key: string) =>
		onSort({ key, isDescending: sort.key === key ? !sort.isDescending : false });
	return (
		<div class="cards-when-narrow">
			<div class="table-sort">
				<Select
					label={t.app.sortBy}
					options={columns.map((column) => ({ value: column.key, label: column.label }))}
					value={sort.key}
					onChange={(key) => onSort({ key, isDescending: false })}
				/>
			</div>
			<table role="table">
				<caption class="hidden">{caption}</caption>
				<thead role="rowgroup">
					<tr role="row">
						{columns.map(({ key, label }) => (
							<th
								key={key}
								role="columnheader"
								scope="col"
								class={`col-${key}`}
								aria-sort={sort.key !== key ? undefined : sort.isDescending ? "descending" : "ascending"}
							>
								<button type="button" onClick={() => toggle(key)}>
									{label}
									<span class="sort-mark" aria-hidden="true" />
								</button>
							</th>
						))}
					</tr>
				</thead>
				<tbody role="rowgroup">
					{rows.map((row) => (
						<tr key={rowKey(row)} role="row">
							{columns.map((column, index) => (
								<td key={column.key} role={index === 0 ? "rowheader" : "cell"} class={`col-${column.key}`} data-label={column.label}>
									{column.cell(row)}
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
