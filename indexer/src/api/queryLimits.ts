import type { FieldNode, FragmentDefinitionNode, GraphQLObjectType, GraphQLSchema, SelectionSetNode, ValueNode } from "graphql";
import { graphqlJs } from "./ponderInternals.ts";
import type { Tables } from "./tables.ts";

/** What one query may be; docs/graphql.md says so too. */
export const LIMITS = {
  /** Words and signs of the text. */
  tokens: 1_000,
  /** Levels; an introspection query has 14. */
  depth: 16,
  aliases: 30,
  /** Rows of one page, and how far `offset` may skip: cursors go on from there. */
  page: 1_000,
  offset: 20_000,
  /** Conditions of one `where`, and how deep they nest. */
  conditions: 2_000,
  nesting: 8,
  /** Price of the whole, as priceOf counts it. */
  cost: 25_000,
} as const;

/** Price of a row is 1; of a question to the database; of one that no index answers. */
const QUESTION = 10;
const SCAN = 250;
/** Rows that `offset` passes over cost a part of those that are read. */
const SKIPPED_PER_POINT = 40;
const DEFAULT_PAGE = 50;

/** A query that asks for more than is allowed. */
export class QueryLimitError extends Error {
  readonly limit: keyof typeof LIMITS;
  readonly most: number;

  constructor(limit: keyof typeof LIMITS, got: number | string) {
    const most = LIMITS[limit];
    super(`The query's ${limit} is ${got}, at most ${most} is allowed. See docs/graphql.md.`);
    this.name = "QueryLimitError";
    this.limit = limit;
    this.most = most;
  }
}

export interface Priced {
  schema: GraphQLSchema;
  tables: Tables;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Readonly<Record<string, unknown>>;
}

/** Depth and aliases of a selection, through its fragments. @throws QueryLimitError */
export function checkShape(selections: SelectionSetNode, fragments: Priced["fragments"]): void {
  let aliases = 0;
  const visit = (set: SelectionSetNode, depth: number): void => {
    if (depth > LIMITS.depth) throw new QueryLimitError("depth", `more than ${LIMITS.depth}`);
    for (const selection of set.selections) {
      if (selection.kind === "FragmentSpread") {
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) visit(fragment.selectionSet, depth);
        continue;
      }
      if (selection.kind === "Field" && selection.alias !== undefined && ++aliases > LIMITS.aliases) {
        throw new QueryLimitError("aliases", `more than ${LIMITS.aliases}`);
      }
      if (selection.selectionSet !== undefined) visit(selection.selectionSet, selection.kind === "Field" ? depth + 1 : depth);
    }
  };
  visit(selections, 1);
}

/**
 * What a valid query costs at worst: its rows, multiplied through nested pages, 10 for each question to the database and
 * 250 for each that reads a table from end to end. @throws QueryLimitError
 */
export function priceOf(selections: SelectionSetNode, type: GraphQLObjectType, priced: Priced): number {
  let cost = 0;
  for (const field of fieldsOf(selections, priced)) {
    const definition = type.getFields()[field.name.value];
    if (definition === undefined) continue;
    const returned = graphqlJs.getNamedType(definition.type);
    const isPage = returned.name.endsWith("Page");
    if (isPage) cost += priceOfPage(field, returned as GraphQLObjectType, type === priced.schema.getQueryType(), priced);
    else if (field.name.value === "_meta") cost += QUESTION;
    else if (field.selectionSet !== undefined) cost += QUESTION + 1 + priceOf(field.selectionSet, returned as GraphQLObjectType, priced);
    if (cost > LIMITS.cost) throw new QueryLimitError("cost", `more than ${LIMITS.cost}`);
  }
  return cost;
}

function priceOfPage(field: FieldNode, page: GraphQLObjectType, isRoot: boolean, priced: Priced): number {
  const args = argumentsOf(field, priced.variables);
  const rows = wholeNumber(args["limit"], DEFAULT_PAGE, "page");
  const skipped = wholeNumber(args["offset"], 0, "offset");
  const where = (args["where"] ?? {}) as Record<string, unknown>;
  checkConditions(where);
  const columns = priced.tables.get(page.name.slice(0, -"Page".length));
  // Below a row the relation's own condition narrows it down.
  const scans = isRoot && columns !== undefined && !columns.answers(where, args["orderBy"]);
  let cost = QUESTION + (scans ? SCAN : 0) + Math.ceil(skipped / SKIPPED_PER_POINT);
  for (const part of fieldsOf(field.selectionSet, priced)) {
    if (part.name.value === "totalCount") cost += QUESTION + (isRoot && !columns?.narrows(where) ? SCAN : 0);
    if (part.name.value !== "items" || part.selectionSet === undefined) continue;
    const item = graphqlJs.getNamedType(page.getFields()["items"]?.type) as GraphQLObjectType;
    cost += rows * (1 + priceOfRow(part.selectionSet, item, priced));
  }
  return cost;
}

/** Single relations of the rows of a page are fetched together: of them only the rows cost. */
function priceOfRow(selections: SelectionSetNode, type: GraphQLObjectType, priced: Priced): number {
  let cost = 0;
  for (const field of fieldsOf(selections, priced)) {
    const definition = type.getFields()[field.name.value];
    if (definition === undefined || field.selectionSet === undefined) continue;
    const returned = graphqlJs.getNamedType(definition.type) as GraphQLObjectType;
    if (returned.name.endsWith("Page")) cost += priceOfPage(field, returned, false, priced);
    else cost += 1 + priceOfRow(field.selectionSet, returned, priced);
  }
  return cost;
}

function* fieldsOf(selections: SelectionSetNode | undefined, priced: Priced): Generator<FieldNode> {
  for (const selection of selections?.selections ?? []) {
    if (selection.kind === "Field") yield selection;
    else if (selection.kind === "InlineFragment") yield* fieldsOf(selection.selectionSet, priced);
    else yield* fieldsOf(priced.fragments.get(selection.name.value)?.selectionSet, priced);
  }
}

function argumentsOf(field: FieldNode, variables: Priced["variables"]): Record<string, unknown> {
  return Object.fromEntries((field.arguments ?? []).map(({ name, value }) => [name.value, plain(value, variables)]));
}

function plain(value: ValueNode, variables: Priced["variables"]): unknown {
  return graphqlJs.valueFromASTUntyped(value, variables as Record<string, unknown>);
}

function wholeNumber(value: unknown, missing: number, limit: "page" | "offset"): number {
  if (value === undefined || value === null) return missing;
  if (typeof value !== "number" || value < 0 || value > LIMITS[limit]) throw new QueryLimitError(limit, String(value));
  return value;
}

function checkConditions(where: unknown): void {
  let count = 0;
  const visit = (value: unknown, depth: number): void => {
    if (depth > LIMITS.nesting) throw new QueryLimitError("nesting", `more than ${LIMITS.nesting}`);
    if (++count > LIMITS.conditions) throw new QueryLimitError("conditions", `more than ${LIMITS.conditions}`);
    if (typeof value === "object" && value !== null) for (const part of Object.values(value)) visit(part, depth + 1);
  };
  visit(where, 0);
}
