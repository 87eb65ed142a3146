import type { ReactNode } from "react";

export interface Column<Row> {
  name: string;
  /** Right-aligned figures. */
  isNumber?: boolean;
  /** The table can be sorted by it, under this name. */
  sortKey?: string;
  cell: (row: Row) => ReactNode;
}

/** By which column, which way, and what a click on another one's head does; the rows come sorted. */
export interface Sorting {
  key: string;
  isDown: boolean;
  onSort: (key: string) => void;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  sorting?: Sorting;
}

/** A table that scrolls within its own box on a narrow screen. */
export function DataTable<Row>({ caption, columns, rows, rowKey, sorting }: Props<Row>) {
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="data-table">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isNumber, sortKey }) => (
              <th key={name} scope="col" className={isNumber === true ? "num" : undefined} aria-sort={sortKey !== undefined && sorting?.key === sortKey ? (sorting.isDown ? "descending" : "ascending") : undefined}>
                {sorting === undefined || sortKey === undefined ? (
                  name
                ) : (
                  <button type="button" className="cursor-pointer font-medium hover:text-text" onClick={() => sorting.onSort(sortKey)}>
                    {name} <span aria-hidden="true">{sorting.key !== sortKey ? "↕" : sorting.isDown ? "↓" : "↑"}</span>
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ name, isNumber, cell }) => (
                <td key={name} className={isNumber === true ? "num" : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
