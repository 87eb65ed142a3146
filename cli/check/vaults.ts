import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { z } from "zod";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import type { Network } from "../network.ts";
import { ask, askAtBlock, readTable, wei } from "./indexPages.ts";

/** What a vault holds at a block, and what the index says it owes, wei. */
export interface VaultCheck {
  name: string;
  address: Address;
  balance: bigint;
  owed: bigint;
}

/** A total that the index keeps, and the sum of the rows that it is of, wei. */
export interface TotalCheck {
  what: string;
  kept: bigint;
  summed: bigint;
}

export interface VaultReport {
  /** Undefined where blocks came too fast to read the totals of one. */
  vaults: VaultCheck[] | undefined;
  /** Undefined where rows changed each time they were summed. */
  totals: TotalCheck[] | undefined;
}

const networkSchema = z.object({
  network: z.object({ stake: wei, unbonding: wei, bonds: wei, reserve: wei, rewardsOwed: wei, channelDeposits: wei, escrow: wei }),
});
type Totals = z.infer<typeof networkSchema>["network"];

const TOTALS = `{ network(id: "x0t") { stake unbonding bonds reserve rewardsOwed channelDeposits escrow } }`;
const SUM_TRIES = 3;
const STRIKES = 3;
const STRIKE_MS = 300;

/** What the vaults owe and hold, and whether the totals that say so are those of the rows. */
export async function checkVaults(network: Network): Promise<VaultReport> {
  return {
    vaults: await untilRight(() => readVaults(network), ({ balance, owed }) => balance >= owed),
    totals: await untilRight(() => checkTotals(network), ({ kept, summed }) => kept === summed),
  };
}

/** Rows and their block are written one after the other: what is wrong is looked at again. */
async function untilRight<Row>(read: () => Promise<Row[] | undefined>, isRight: (row: Row) => boolean): Promise<Row[] | undefined> {
  for (let strike = 1; ; strike++) {
    const rows = await read();
    if (rows === undefined || rows.every(isRight) || strike === STRIKES) return rows;
    await delay(STRIKE_MS);
  }
}

async function readVaults({ client, contracts, graphqlUrl = "" }: Network): Promise<VaultCheck[] | undefined> {
  const { X0TToken: token, NodeRegistry, ProofLedger, EpochRewards, RelayChannels, Marketplace } = contracts.contracts;
  const { answer, block } = await askAtBlock(graphqlUrl, () => ask(graphqlUrl, networkSchema, TOTALS));
  const owed = owedOf(answer.network);
  const addresses = { NodeRegistry, ProofLedger, EpochRewards, RelayChannels, Marketplace };
  // Blocks came too fast.
  if (block === undefined) return undefined;
  return Promise.all(
    Object.entries(addresses).map(async ([name, address]) => {
      const call = { address: token, abi: x0tTokenAbi, functionName: "balanceOf", args: [address] } as const;
      return { name, address, balance: await readContract(client, { ...call, blockNumber: block.number }), owed: owed[name as keyof typeof owed] };
    }),
  );
}

function owedOf({ stake, unbonding, bonds, reserve, rewardsOwed, channelDeposits, escrow }: Totals) {
  return { NodeRegistry: stake + unbonding, ProofLedger: bonds, EpochRewards: reserve + rewardsOwed, RelayChannels: channelDeposits, Marketplace: escrow };
}

/** Sums the rows while no block comes. */
async function checkTotals({ graphqlUrl = "", parameters }: Network): Promise<TotalCheck[] | undefined> {
  const sum = async (table: string, columns: readonly string[], orderBy: string, where = "") => {
    const sums = columns.map(() => 0n);
    const row = z.object(Object.fromEntries(columns.map((column) => [column, wei])));
    for await (const page of readTable(graphqlUrl, row, { table, columns: columns.join(" "), orderBy, where })) {
      for (const item of page) columns.forEach((column, index) => (sums[index] = (sums[index] as bigint) + (item[column] as bigint)));
    }
    return sums;
  };
  const { answer, block } = await askAtBlock(
    graphqlUrl,
    async () => {
      const { network: kept } = await ask(graphqlUrl, networkSchema, TOTALS);
      const [stake = 0n, unbonding = 0n] = await sum("nodes", ["stake", "unbonding"], "index");
      const [remaining = 0n] = await sum("channels", ["remaining"], "id", "closed: false");
      const [pending = 0n] = await sum("leases", ["pending"], "id", "settled: false");
      let open = 0;
      const challenge = z.object({ commit: z.object({ enforced: z.boolean() }) });
      const unanswered = { table: "challenges", columns: "commit { enforced }", orderBy: "node", where: `status_in: ["open", "overdue"]` };
      for await (const page of readTable(graphqlUrl, challenge, unanswered)) open += page.filter(({ commit }) => !commit.enforced).length;
      return { kept, stake, unbonding, remaining, pending, bonds: parameters.challengeBond * BigInt(open) };
    },
    SUM_TRIES,
  );
  if (block === undefined) return undefined;
  const { kept, stake, unbonding, remaining, pending, bonds } = answer;
  return [
    { what: "Σ stake of nodes", kept: kept.stake, summed: stake },
    { what: "Σ unbonding stake", kept: kept.unbonding, summed: unbonding },
    { what: "Σ bonds of unanswered challenges", kept: kept.bonds, summed: bonds },
    { what: "Σ left in open channels", kept: kept.channelDeposits, summed: remaining },
    { what: "Σ escrow of open leases", kept: kept.escrow, summed: pending },
  ];
}
