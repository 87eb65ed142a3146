import { getBlock, readContract } from "viem/actions";
import { isMaintenance } from "../chain/isMaintenance.ts";
import { readChannel } from "../chain/readChannel.ts";
import { readHead } from "../chain/readHead.ts";
import { readNodes, type RegisteredNode } from "../chain/readNodes.ts";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import { epochAt, slotAt } from "../core/epochTime.ts";
import type { Hex } from "../core/ids.ts";
import { queryIndexer } from "../runtime/queryIndexer.ts";
import type { Network } from "./network.ts";
import { readNodeEarnings, readNodeStatus } from "./nodeApi.ts";
import { readUptime, type Uptime } from "./readUptime.ts";

/** What only a node's own API tells; all but `up` only while it answers. */
export interface LiveNode {
  up: boolean;
  peers?: number;
  relayedBytes?: bigint;
  /** What others used, what vouchers promise, what the chain paid before the burn. */
  meteredWei?: bigint;
  vouchersWei?: bigint;
  redeemedWei?: bigint;
  /** redeemed − metered. */
  prepaidWei?: bigint;
}

/** Without the live part where the node's API is unknown (not our devnet). */
export interface NodeSummary extends Partial<LiveNode> {
  index: number;
  nodeId: string;
  operator: string;
  active: boolean;
  stakeWei: bigint;
  uptime: Uptime;
  /** The present epoch was announced as maintenance: the node may be down. */
  maintenance: boolean;
  region?: string;
  /** Uptime rewards claimed, before the burn; undefined while the indexer is down. */
  claimedWei?: bigint;
}

export interface NetworkStatus {
  network: string;
  chainId: number;
  block: number;
  epoch: number;
  slot: number;
  slotsPerEpoch: number;
  indexerUp: boolean | undefined;
  burnedWei: bigint;
  nodes: NodeSummary[];
}

/** Reads everything that `x0t status` shows; works without the indexer and without the nodes. */
export async function collectStatus(network: Network): Promise<NetworkStatus> {
  const { client, parameters } = network;
  const { NodeRegistry: registry, X0TToken: token } = network.contracts.contracts;
  const [head, registered, burnedWei, indexed, since] = await Promise.all([
    readHead(client),
    readNodes(client, { registry }),
    readContract(client, { address: token, abi: x0tTokenAbi, functionName: "totalBurned" }),
    readIndexed(network),
    firstEpoch(network),
  ]);
  const epoch = epochAt(parameters, head.timestamp);
  return {
    network: network.name,
    chainId: network.contracts.chainId,
    block: Number(head.number),
    epoch,
    slot: slotAt(parameters, head.timestamp),
    slotsPerEpoch: parameters.slotsPerEpoch,
    indexerUp: network.graphqlUrl === undefined ? undefined : indexed !== undefined,
    burnedWei,
    nodes: await Promise.all(registered.map((node) => summarize(network, node, { timestamp: head.timestamp, since, indexed: indexed?.get(node.index) }))),
  };
}

async function summarize(
  network: Network,
  node: RegisteredNode,
  at: { timestamp: number; since: number; indexed: Indexed | undefined },
): Promise<NodeSummary> {
  const { index, nodeId, operator, active, stake } = node;
  const apiUrl = network.devnet?.file?.nodes[index]?.apiUrl;
  const registeredIn = at.indexed === undefined ? 0 : epochAt(network.parameters, at.indexed.registeredAt);
  const { ProofLedger: ledger } = network.contracts.contracts;
  const [uptime, maintenance, live] = await Promise.all([
    readUptime(network, index, Math.max(at.since, registeredIn + 1), at.timestamp),
    isMaintenance(network.client, { ledger, node: index, epoch: epochAt(network.parameters, at.timestamp) }),
    apiUrl === undefined ? {} : readLive(network, apiUrl),
  ]);
  const region = network.devnet?.genesis.nodes[index]?.region;
  return {
    index,
    nodeId,
    operator,
    active,
    stakeWei: stake,
    uptime,
    maintenance,
    ...(region !== undefined && { region }),
    ...live,
    ...(at.indexed !== undefined && { claimedWei: at.indexed.claimedWei }),
  };
}

/** What the node itself says, and what the chain says of its channels. */
export async function readLive(network: Pick<Network, "client" | "contracts">, apiUrl: string): Promise<LiveNode> {
  const [status, earnings] = await Promise.all([readNodeStatus(apiUrl), readNodeEarnings(apiUrl)]);
  if (status === undefined) return { up: false };
  const { peers, relayedBytes } = status;
  if (earnings === undefined) return { up: true, peers, relayedBytes };
  const { RelayChannels: channels } = network.contracts.contracts;
  const states = await Promise.all(
    earnings.channels.map(({ channel }) => readChannel(network.client, { channels, channel: channel as Hex })),
  );
  const redeemedWei = states.reduce((sum, state) => sum + (state?.redeemed ?? 0n), 0n);
  const { meteredWei } = earnings;
  const vouchersWei = earnings.channels.reduce((sum, { cumulativeWei }) => sum + cumulativeWei, 0n);
  return { up: true, peers, relayedBytes, meteredWei, vouchersWei, redeemedWei, prepaidWei: redeemedWei - meteredWei };
}

/** The first whole epoch in which a node could be seen. */
export async function firstEpoch(network: Network): Promise<number> {
  if (network.devnet !== undefined) return epochAt(network.parameters, network.devnet.genesis.startedAt) + 1;
  const block = await getBlock(network.client, { blockNumber: BigInt(network.contracts.deployBlock) });
  return epochAt(network.parameters, Number(block.timestamp)) + 1;
}

/** What only events tell of a node. */
interface Indexed {
  claimedWei: bigint;
  /** Seconds since 1970. */
  registeredAt: number;
}

/** @returns undefined while the indexer is down. */
async function readIndexed(network: Network): Promise<Map<number, Indexed> | undefined> {
  if (network.graphqlUrl === undefined) return undefined;
  const answer = await queryIndexer<{ nodes: { items: { index: number; claimed: string; registeredAt: string }[] } }>(
    network.graphqlUrl,
    "{ nodes(limit: 1000) { items { index claimed registeredAt } } }",
  );
  return (
    answer &&
    new Map(answer.nodes.items.map(({ index, claimed, registeredAt }) => [index, { claimedWei: BigInt(claimed), registeredAt: Number(registeredAt) }]))
  );
}
