// A table in which one finds something: a search, a choice of which rows, an order; the rest on demand.
import { useMemo, useState } from "preact/hooks";
import { locale } from "../i18n";
import { useStore } from "../store";
import { Button } from "./Button";
import { Segments } from "./Choice";
import { SearchField } from "./SearchField";
import { sortRows, type Column, type Sort } from "./sort";
import { Empty } from "./State";
import { Table } from "./Table";

export interface FinderTexts {
	title: string;
	search: string;
	filter: string;
	all: string;
	noMatch: string;
	noMatchText: string;
	reset: string;
	showAll: (count: number) => string;
}

interface FinderProps<Row> {
	texts: FinderTexts;
	columns: Column<Row>[];
	sortedBy: string;
	rows: Row[];
	rowKey: (row: Row) => number | string;
	matches: (row: Row, query: string) => boolean;
	/** What the rows are divided into; `partOf` gives the value of a row's part. */
	parts: { value: string; label: string }[];
	partOf: (row: Row) => string;
	/** Says how many rows are left, to those who do not see them. */
	count: (shown: number) => string;
	/** Rows drawn before the reader asks for all of them. */
	firstRows: number;
}

const ALL = "all";

export function Finder<Row>(props: FinderProps<Row>) {
	const { texts, columns, rows, rowKey, matches, parts, partOf, count } = props;
	const language = useStore(locale);
	const [query, setQuery] = useState("");
	const [part, setPart] = useState(ALL);
	const [sort, setSort] = useState<Sort>({ key: props.sortedBy, isDescending: false });
	const [limit, setLimit] = useState(props.firstRows);

	const found = useMemo(() => {
		const wanted = rows
			.filter((row) => part === ALL || partOf(row) === part)
			.filter((row) => matches(row, query));
		return sortRows(wanted, columns, sort, language);
	}, [rows, part, query, sort, language]);

	const reset = () => {
		setQuery("");
		setPart(ALL);
	};
	const options = [{ value: ALL, label: texts.all }, ...parts].map(({ value, label }) => {
		const size = value === ALL ? rows.length : rows.filter((row) => partOf(row) === value).length;
		return {
			value,
			label: (
				<>
					{label} <small>{size}</small>
				</>
			),
		};
	});
	return (
		<>
			<div class="toolbar">
				<SearchField label={texts.search} value={query} onInput={setQuery} />
				<Segments legend={texts.filter} value={part} onChange={setPart} options={options} />
			</div>
			<p class="hidden" role="status">
				{count(found.length)}
			</p>
			{found.length === 0 ? (
				<Empty icon="search" title={texts.noMatch} text={texts.noMatchText}>
					<Button onClick={reset}>{texts.reset}</Button>
				</Empty>
			) : (
				<Table
					caption={texts.title}
					columns={columns}
					rows={found.slice(0, limit)}
					rowKey={rowKey}
					sort={sort}
					onSort={setSort}
				/>
			)}
			{found.length > limit && (
				<div class="more">
					<Button onClick={() => setLimit(Infinity)}>{texts.showAll(found.length)}</Button>
				</div>
			)}
		</>
	);
}
