import { requireOfPonder } from "./ponderInternals.ts";

interface Column {
  name: string;
}

/** As Drizzle describes a table; Ponder does not hand its functions on. */
interface Drizzle {
  getTableColumns(table: unknown): Record<string, Column>;
  getTableConfig(table: unknown): { indexes: { config: { columns: Column[] } }[]; primaryKeys: { columns: Column[] }[]; columns: (Column & { primary: boolean })[] };
}

/** Which questions to a table an index answers. */
export interface TableColumns {
  /** True if an index leads to the rows of these conditions. */
  narrows(where: Record<string, unknown>): boolean;
  /** True if conditions and order of a page are served without reading all of the table. */
  answers(where: Record<string, unknown>, orderBy: unknown): boolean;
}

/** By the table's name in GraphQL. */
export type Tables = ReadonlyMap<string, TableColumns>;

export function readTables(schema: Readonly<Record<string, unknown>>): Tables {
  const { getTableColumns, isTable } = requireOfPonder("drizzle-orm") as Drizzle & { isTable(value: unknown): boolean };
  const { getTableConfig } = requireOfPonder("drizzle-orm/pg-core") as Drizzle;
  const tables = new Map<string, TableColumns>();
  for (const [name, table] of Object.entries(schema)) {
    if (!isTable(table)) continue;
    const names = new Map(Object.entries(getTableColumns(table)).map(([key, column]) => [column.name, key]));
    const { indexes, primaryKeys, columns } = getTableConfig(table);
    const single = columns.filter(({ primary }) => primary).map((column) => [column]);
    const lists = [...indexes.map(({ config }) => config.columns), ...primaryKeys.map((key) => key.columns), ...single];
    tables.set(name, describe(lists.map((list) => list.map((column) => names.get(column.name) ?? column.name))));
  }
  return tables;
}

/** @param indexes columns of each, in their order */
function describe(indexes: readonly string[][]): TableColumns {
  const leads = (column: string) => indexes.some(([first]) => first === column);
  const equals = (where: Record<string, unknown>, column: string) => where[column] !== undefined || Array.isArray(where[`${column}_in`]);
  const ranges = (where: Record<string, unknown>, column: string) =>
    ["_gt", "_gte", "_lt", "_lte"].some((suffix) => where[`${column}${suffix}`] !== undefined);
  const narrows = (where: Record<string, unknown>): boolean =>
    indexes.some(([first]) => first !== undefined && (equals(where, first) || ranges(where, first))) ||
    (Array.isArray(where["AND"]) && where["AND"].some((part) => narrows(part as Record<string, unknown>)));
  return {
    narrows,
    answers(where, orderBy) {
      if (Object.keys(where).length > 0) return narrows(where);
      return typeof orderBy !== "string" || leads(orderBy);
    },
  };
}
