import type { Sql } from "./sql.ts";

/** Rows of each table for so many commits; nodes share them by epochs of 200. */
const EPOCHS = 200;
const FIRST_EPOCH = 20_000_000;

export interface Filled {
  nodes: number;
  epochs: number;
  firstEpoch: number;
}

/** Multiplies what a small chain left in the tables: each new row is a copy of a real one with other keys. */
export async function fill(sql: Sql, commits: number, say: (line: string) => void): Promise<Filled> {
  const nodes = Math.max(1, Math.round(commits / EPOCHS));
  // Ponder's triggers would note each row for a reorganisation.
  await sql("SET session_replication_role = replica");
  const node = `(g / ${EPOCHS})`;
  const epoch = `(${FIRST_EPOCH} + g % ${EPOCHS})`;
  const address = (value: string) => `('0x' || lpad(to_hex(${value}), 40, 'a'))`;
  const operator = address(`${node} / 2`);
  const id = `(lpad((g * 10)::text, 75, '0'))`;
  const time = `(1700000000 + g * 36)::text`;
  const happened = `'id', ${id}, 'timestamp', ${time}, 'block', g, 'transaction_hash', '0x' || lpad(to_hex(g), 64, 'b')`;
  const plans: [table: string, rows: number, columns: string][] = [
    ["node", nodes, `'index', g, 'node_id', '0x' || lpad(to_hex(g), 64, 'c'), 'operator', ${address("g / 2")}, 'active', g % 10 <> 0`],
    ["operator", Math.ceil(nodes / 2), `'address', ${address("g")}`],
    ["epoch", EPOCHS, `'epoch', ${FIRST_EPOCH} + g, 'starts_at', (1700000000 + g * 3600)::text, 'burned', (g * 1000000)::text`],
    ["day", 400, `'day', 10000 + g, 'starts_at', (g * 86400)::text`],
    ["commit", commits, `'node', ${node}, 'epoch', ${epoch}`],
    ["claim", commits, `'node', ${node}, 'epoch', ${epoch}, 'operator', ${operator}, ${happened}`],
    ["redemption", commits / 2, `'payee', ${operator}, 'node', ${node}, 'epoch', ${epoch}, 'channel', '0x' || lpad(to_hex(g % 1000), 64, 'd'), ${happened}`],
    ["payment", commits / 2, `'to', ${operator}, 'epoch', ${epoch}, ${happened}`],
    ["transfer", commits, `'from', ${operator}, 'to', ${address("g % 5000")}, 'amount', (g * 7919)::text, ${happened}`],
    ["burn", commits, `'from', ${operator}, 'epoch', ${epoch}, ${happened}`],
    ["event", commits, `'node', ${node}, 'account', ${operator}, ${happened}`],
    ["account", 5_000, `'address', ${address("g")}`],
    ["listing", nodes, `'id', 100000 + g, 'node', g, 'provider', ${address("g / 2")}, 'price_per_epoch', (g * 1000003)::text, 'open', g % 3 <> 0`],
    ["lease", commits / 10, `'id', 100000 + g, 'node', g % ${nodes}, 'tenant', ${address("g % 100")}, 'listing', 100000 + g % ${nodes}, 'settled', g % 4 <> 0`],
    ["lease_epoch", commits / 2, `'lease', 100000 + g / 5, 'epoch', ${FIRST_EPOCH} + g % 5, 'node', (g / 5) % ${nodes}`],
    ["proposal", 200, `'id', (1000000 + g)::text, 'block', g, 'proposed_at', ${time}`],
    ["vote", 20_000, `'proposal', (1000000 + g / 100)::text, 'voter', ${address("g % 100")}, ${happened}`],
    ["proposal_change", 1_000, `'proposal', (1000000 + g / 5)::text, 'at', ${time}, ${happened}`],
    ["stake_change", nodes * 5, `'node', g / 5, ${happened}`],
  ];
  for (const [table, rows, columns] of plans) {
    const startedMs = performance.now();
    await sql(`INSERT INTO "${table}" SELECT made.* FROM (SELECT t FROM "${table}" t LIMIT 1) one,
      generate_series(0, ${Math.round(rows) - 1}) g, LATERAL jsonb_populate_record(one.t, jsonb_build_object(${columns})) made
      ON CONFLICT DO NOTHING`);
    say(`  ${table}: ${Math.round(rows).toLocaleString("en")} rows, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }
  for (const [table] of plans) await sql(`ANALYZE "${table}"`);
  return { nodes, epochs: EPOCHS, firstEpoch: FIRST_EPOCH };
}
