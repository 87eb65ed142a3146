import type { Address } from "viem";
import { readContract } from "viem/actions";
import { z } from "zod";
import { readHead } from "../../chain/readHead.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { formatX0t } from "../../core/amounts.ts";
import { X0tError } from "../../core/x0tError.ts";
import { readIndexedBlock, readTable, wei } from "../check/indexPages.ts";
import { readBalances, rebuildBalances } from "../check/rebuildBalances.ts";
import { accountFigure, compareFigures, compareRows, type Difference } from "../check/rows.ts";
import { showSlowWork } from "../check/slowWork.ts";
import { checkVaults, type VaultReport } from "../check/vaults.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { EXIT_FAILED } from "../reportError.ts";
import { formatTable } from "../table.ts";

interface Report extends VaultReport {
  block: bigint;
  behind: number;
  accounts: number;
  transfers: number;
  rows: number;
  supply: bigint;
  burned: bigint;
  differences: Difference[];
}

/** `x0t check balances`: rebuilds all balances from the indexed events and compares them with the chain; exit code 1 if a figure differs. */
export async function checkBalances(flags: NetworkFlags & { json?: boolean }): Promise<void> {
  const network = await findNetwork(flags);
  if (network.graphqlUrl === undefined) throw new X0tError("X0T_USAGE", "Say where the indexer answers: --indexer URL.");
  const progress = showSlowWork(process.stderr);
  try {
    const report = await check(network, progress.show);
    progress.close();
    const holds = report.differences.length === 0;
    if (flags.json === true) printJson(toJson(report, holds));
    else console.log(describe(network, report));
    if (!holds) process.exitCode = EXIT_FAILED;
  } finally {
    progress.close();
  }
}

async function check(network: Network, show: (text: string) => void): Promise<Report> {
  let summed = await compareTransfers(network, show);
  // A reorganisation takes back what was read before it: what is wrong stays so.
  if (summed.differences.length > 0) summed = await compareTransfers(network, show);
  const { block, balances } = summed;
  const differences = [...summed.differences, ...(await compareAccounts(network, balances, block, show))];
  const compared = await compareRows(network, block, (count) => show(`comparing nodes, channels and leases: ${count}`));
  differences.push(...compared.differences);
  show("comparing the vaults");
  const report = await checkVaults(network);
  for (const { name, balance, owed } of report.vaults ?? []) {
    if (balance < owed) differences.push({ what: `owed by ${name}, more than it holds`, indexed: owed, chain: balance });
  }
  for (const { what, kept, summed: sum } of report.totals ?? []) {
    if (kept !== sum) differences.push({ what: `${what}, as kept against its rows`, indexed: kept, chain: sum });
  }
  const { transfers, supply, burned, behind } = summed;
  return { ...report, block, behind, accounts: balances.size, transfers, rows: compared.rows, supply, burned, differences };
}

/** What all transfers add up to, and what the chain says at the same block. */
async function compareTransfers({ client, contracts, graphqlUrl = "" }: Network, show: (text: string) => void) {
  const { X0TToken: token } = contracts.contracts;
  const { number: block } = await readIndexedBlock(graphqlUrl);
  const head = await readHead(client);
  if (head.number < block) {
    throw new X0tError("X0T_WRONG_CHAIN", `The chain ends at block ${head.number}, the index at ${block}: the RPC endpoint lags, or the index is of another chain.`);
  }
  const rebuilt = await rebuildBalances(graphqlUrl, block, (count) => show(`adding up transfers: ${count}`));
  const accounts = [...rebuilt.balances.keys()];
  const balances = await readBalances(client, { token, accounts, blockNumber: block }, (count) => show(`asking the chain for balances: ${count} of ${accounts.length}`));
  const at = { address: token, abi: x0tTokenAbi, blockNumber: block } as const;
  const [supply, burned] = await Promise.all([readContract(client, { ...at, functionName: "totalSupply" }), readContract(client, { ...at, functionName: "totalBurned" })]);
  const sum = [...balances.values()].reduce((total, balance) => total + balance, 0n);
  const differences: Difference[] = [
    ...accounts.map((account) => ({ what: `balance of ${account}, from transfers`, indexed: rebuilt.balances.get(account) ?? 0n, chain: balances.get(account) ?? 0n })),
    { what: "Σ balances against the supply", indexed: sum, chain: supply },
    { what: "supply, from transfers", indexed: rebuilt.supply, chain: supply },
    { what: "burned, from transfers", indexed: rebuilt.burned, chain: burned },
  ].filter(({ indexed, chain }) => indexed !== chain);
  return { block, behind: Number(head.number - block), balances, transfers: rebuilt.transfers, supply, burned, differences };
}

const accountSchema = z.object({ address: z.string(), balance: wei });

/** The balances that the index keeps, beside those that its transfers add up to. */
async function compareAccounts(network: Network, balances: ReadonlyMap<Address, bigint>, block: bigint, show: (text: string) => void): Promise<Difference[]> {
  const missing = new Set(balances.keys());
  const suspects = [];
  let count = 0;
  for await (const page of readTable(network.graphqlUrl ?? "", accountSchema, { table: "accounts", columns: "address balance", orderBy: "address" })) {
    for (const { address, balance } of page) {
      missing.delete(address as Address);
      if (balance !== (balances.get(address as Address) ?? 0n)) suspects.push(accountFigure(network, address as Address, balance));
    }
    show(`comparing accounts: ${(count += page.length)}`);
  }
  for (const address of missing) suspects.push(accountFigure(network, address, null));
  return compareFigures(network, suspects, block);
}

function describe({ name }: Network, report: Report): string {
  const { block, behind, accounts, transfers, rows, supply, burned, vaults, totals, differences } = report;
  const lines = [
    `${name}, block ${block}${behind > 0 ? ` (the chain is ${behind} further)` : ""}: ${accounts} balances from ${transfers} transfers; ${formatX0t(supply)} X0T exist, ${formatX0t(burned)} are burned.`,
    `Compared beside them: ${rows} nodes, channels and leases.`,
    "",
  ];
  if (vaults === undefined) lines.push("Blocks came too fast to read what the vaults owe at one of them: try again.");
  else {
    const head = ["vault", "holds X0T", "owes X0T", ""];
    const table = vaults.map(({ name: vault, balance, owed }) => [vault, formatX0t(balance), formatX0t(owed), explain(balance, owed)]);
    lines.push(formatTable(head, table, head.slice(1, 3)));
  }
  if (totals === undefined) lines.push("Rows changed each time they were summed: their sums were not compared.");
  lines.push("");
  if (differences.length === 0) return [...lines, "TRUE: the index agrees with the chain to the wei."].join("\n");
  const head = ["what differs (wei)", "index", "chain", "index - chain"];
  const table = differences.map(({ what, indexed, chain }) => [what, indexed === null ? "no row" : String(indexed), String(chain), indexed === null ? "" : String(indexed - chain)]);
  const way = "The index is wrong, or of another chain: index again (stop it, remove its state folder, start it).";
  return [...lines, formatTable(head, table, head.slice(1)), "", `FALSE: ${differences.length} figure${differences.length === 1 ? " differs" : "s differ"}. ${way}`].join("\n");
}

function explain(balance: bigint, owed: bigint): string {
  if (balance === owed) return "the same";
  return balance > owed ? `${formatX0t(balance - owed)} more: somebody sent it there without a deposit` : "LESS THAN IT OWES";
}

function toJson({ block, vaults, totals, supply, burned, differences, ...rest }: Report, holds: boolean) {
  return {
    holds,
    block: Number(block),
    ...rest,
    supplyWei: String(supply),
    burnedWei: String(burned),
    vaults: vaults?.map(({ name, address, balance, owed }) => ({ name, address, balanceWei: String(balance), owedWei: String(owed) })) ?? null,
    sums: totals?.map(({ what, kept, summed }) => ({ what, keptWei: String(kept), summedWei: String(summed) })) ?? null,
    differences: differences.map(({ what, indexed, chain }) => ({ what, indexedWei: indexed === null ? null : String(indexed), chainWei: String(chain) })),
  };
}
