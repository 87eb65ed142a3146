import { setTimeout as delay } from "node:timers/promises";
import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { z } from "zod";
import { readLease } from "../../chain/readLease.ts";
import { readPaged } from "../../chain/readPaged.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { relayChannelsAbi } from "../../core/abi/RelayChannels.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { pendingWei } from "../../core/leases.ts";
import type { Network } from "../network.ts";
import { ask, askAtBlock, readTable, wei } from "./indexPages.ts";

/** A figure of the index that is not the chain's, wei. `indexed` null: there is no row. */
export interface Difference {
  what: string;
  indexed: bigint | null;
  chain: bigint;
}

/** One figure of a row that changes as the chain goes on. */
export interface Figure {
  what: string;
  /** In the row, as read. */
  indexed: bigint | null;
  /** The same row, read anew. */
  again(): Promise<bigint | null>;
  onChain(blockNumber: bigint): Promise<bigint>;
}

/** How many figures are compared at a time. */
const TOGETHER = 100;
/** A row and its block are written one after the other: only what differs this often, at blocks that held still, is wrong. */
const STRIKES = 3;
const STRIKE_MS = 300;

/** Those of `figures` that are not the chain's at `blockNumber`, nor at any later block that they were looked at again. */
export async function compareFigures(network: Network, figures: readonly Figure[], blockNumber: bigint): Promise<Difference[]> {
  const chain = await readPaged(figures.length, (index) => (figures[index] as Figure).onChain(blockNumber));
  const suspects = figures.filter(({ indexed }, index) => indexed !== chain[index]);
  const differences: Difference[] = [];
  for (const suspect of suspects) {
    const difference = await lookAgain(network, suspect);
    if (difference !== undefined) differences.push(difference);
  }
  return differences;
}

async function lookAgain({ graphqlUrl = "" }: Network, figure: Figure): Promise<Difference | undefined> {
  let found: Difference | undefined;
  for (let strike = 0; strike < STRIKES; strike++) {
    if (strike > 0) await delay(STRIKE_MS);
    const { answer: indexed, block } = await askAtBlock(graphqlUrl, figure.again);
    // Blocks come faster than it can be looked at: nothing can be said of it.
    if (block === undefined) return undefined;
    const chain = await figure.onChain(block.number);
    if (indexed === chain) return undefined;
    found = { what: figure.what, indexed, chain };
  }
  return found;
}

/** One column of one row. */
function column(url: string, query: string, path: string): () => Promise<bigint | null> {
  const schema = z.object({ row: z.object({ [path]: wei }).nullable() });
  return async () => {
    const { row } = await ask(url, schema, `{ row: ${query} { ${path} } }`);
    return (row as Record<string, bigint> | null)?.[path] ?? null;
  };
}

export function accountFigure({ client, contracts, graphqlUrl = "" }: Network, address: Address, indexed: bigint | null): Figure {
  const call = { address: contracts.contracts.X0TToken, abi: x0tTokenAbi, functionName: "balanceOf", args: [address] } as const;
  return {
    what: `balance of ${address}`,
    indexed,
    again: column(graphqlUrl, `account(address: "${address}")`, "balance"),
    onChain: (blockNumber) => readContract(client, { ...call, blockNumber }),
  };
}

const nodeSchema = z.object({ index: z.number().int(), stake: wei, unbonding: wei });

function nodeFigures({ client, contracts, graphqlUrl = "" }: Network, row: z.infer<typeof nodeSchema>): Figure[] {
  const call = { address: contracts.contracts.NodeRegistry, abi: nodeRegistryAbi, functionName: "getNode", args: [row.index] } as const;
  return (["stake", "unbonding"] as const).map((name) => ({
    what: `${name} of node ${row.index}`,
    indexed: row[name],
    again: column(graphqlUrl, `node(index: ${row.index})`, name),
    onChain: async (blockNumber) => (await readContract(client, { ...call, blockNumber }))[name],
  }));
}

const channelSchema = z.object({ id: z.string(), remaining: wei });

function channelFigures({ client, contracts, graphqlUrl = "" }: Network, { id, remaining }: z.infer<typeof channelSchema>): Figure[] {
  const call = { address: contracts.contracts.RelayChannels, abi: relayChannelsAbi, functionName: "channelOf", args: [id as Hex] } as const;
  return [
    {
      what: `deposit left in channel ${id}`,
      indexed: remaining,
      again: column(graphqlUrl, `channel(id: "${id}")`, "remaining"),
      async onChain(blockNumber) {
        const { deposit, redeemed, closed } = await readContract(client, { ...call, blockNumber });
        return closed ? 0n : deposit - redeemed;
      },
    },
  ];
}

const leaseSchema = z.object({ id: z.number().int(), pending: wei });

function leaseFigures({ client, contracts, graphqlUrl = "" }: Network, { id, pending }: z.infer<typeof leaseSchema>): Figure[] {
  const of = { marketplace: contracts.contracts.Marketplace, lease: BigInt(id) };
  return [
    {
      what: `escrow of lease ${id}`,
      indexed: pending,
      again: column(graphqlUrl, `lease(id: ${id})`, "pending"),
      async onChain(blockNumber) {
        const lease = await readLease(client, { ...of, blockNumber });
        return lease === undefined ? 0n : pendingWei(lease);
      },
    },
  ];
}

/** The tables whose rows owe something, and what they owe together. */
const TABLES = {
  nodes: { row: nodeSchema, columns: "index stake unbonding", orderBy: "index", figures: nodeFigures },
  channels: { row: channelSchema, columns: "id remaining", orderBy: "id", figures: channelFigures },
  leases: { row: leaseSchema, columns: "id pending", orderBy: "id", figures: leaseFigures },
} as const;

/** Compares every row of nodes, channels and leases with the contract's. */
export async function compareRows(
  network: Network,
  blockNumber: bigint,
  onProgress: (rows: number) => void,
): Promise<{ rows: number; differences: Difference[] }> {
  const differences: Difference[] = [];
  let rows = 0;
  const { graphqlUrl = "" } = network;
  for (const [table, { row, columns, orderBy, figures }] of Object.entries(TABLES)) {
    for await (const page of readTable(graphqlUrl, row, { table, columns, orderBy })) {
      for (let from = 0; from < page.length; from += TOGETHER) {
        const part = page.slice(from, from + TOGETHER).flatMap((item) => (figures as (network: Network, row: unknown) => Figure[])(network, item));
        differences.push(...(await compareFigures(network, part, blockNumber)));
        onProgress((rows += Math.min(TOGETHER, page.length - from)));
      }
    }
  }
  return { rows, differences };
}
