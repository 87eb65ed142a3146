import { glob } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { graphqlJs } from "../../indexer/src/api/ponderInternals.ts";
import type { Filled } from "./fill.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface BenchQuery {
  name: string;
  query: string;
  /** Other variables for each `turn`. */
  variables: (turn: number) => Record<string, unknown>;
}

/** Of the dashboard: what its pages export, with variables for a large network, and what they do not ask yet. */
export async function readQueries(filled: Filled): Promise<BenchQuery[]> {
  const queries: BenchQuery[] = [];
  for await (const file of glob("web/src/data/queries/*.graphql.ts", { cwd: ROOT })) {
    const module = (await import(pathToFileURL(join(ROOT, file)).href)) as Record<string, unknown>;
    for (const text of Object.values(module)) {
      if (typeof text !== "string" || !/^\s*(query|\{|fragment)/.test(text)) continue;
      queries.push(describe(text, filled));
    }
  }
  const asked = new Set(queries.map(({ name }) => name));
  const { NEEDED } = await import("./needed.ts");
  return [...queries.sort((a, b) => (a.name < b.name ? -1 : 1)), ...NEEDED.map((text) => describe(text, filled)).filter(({ name }) => !asked.has(name))];
}

function describe(query: string, filled: Filled): BenchQuery {
  const operation = graphqlJs.getOperationAST(graphqlJs.parse(query));
  const names = (operation?.variableDefinitions ?? []).map(({ variable, type }) => ({ name: variable.name.value, type: graphqlJs.print(type) }));
  return {
    name: operation?.name?.value ?? "unnamed",
    query,
    variables: (turn) => Object.fromEntries(names.flatMap(({ name, type }) => valueOf(name, type, turn, filled))),
  };
}

/** A sensible value by name and type; what may be null is left out. */
function valueOf(name: string, type: string, turn: number, { nodes, epochs, firstEpoch }: Filled): [string, unknown][] {
  const node = (turn * 7919) % nodes;
  const account = `0x${(node >> 1).toString(16).padStart(40, "a")}`;
  const byName: Record<string, unknown> = {
    node,
    nodes: [node],
    index: node,
    epoch: firstEpoch + (turn % epochs),
    from: firstEpoch + epochs - 168,
    fromEpoch: firstEpoch + epochs - 168,
    sinceEpoch: firstEpoch + epochs - 168,
    lease: 100_000 + (turn % 1_000),
    listing: 100_000 + node,
    proposal: String(1_000_000 + (turn % 200)),
    // Of a lease.
    id: type.startsWith("BigInt") ? String(1_000_000 + (turn % 200)) : 100_000 + (turn % 1_000),
    to: firstEpoch + epochs,
    orderBy: "stake",
    orderDirection: "desc",
    limit: 50,
    days: 90,
    epochs: 168,
  };
  if (name in byName) return [[name, byName[name]]];
  if (type.startsWith("leaseFilter")) return [[name, { tenant: account }]];
  if (type.startsWith("listingFilter")) return [[name, { open: true, minUptimeBps_gte: 5_000, maxEpochs_gte: 1 }]];
  if (/Filter!?$/.test(type)) return [[name, {}]];
  if (!type.endsWith("!")) return [];
  if (type.startsWith("[")) return [[name, []]];
  if (type.startsWith("BigInt")) return [[name, "0"]];
  if (type.startsWith("String")) return [[name, account]];
  return [[name, type.startsWith("Boolean") ? true : 50]];
}
