import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as dagCbor from "@ipld/dag-cbor";
import type { Reader } from "../../chain/client.ts";
import { readNodes, type RegisteredNode } from "../../chain/readNodes.ts";
import { blockDigest } from "../../core/cid.ts";
import type { Descriptor } from "../../core/descriptor.ts";
import { isReachable, type DidDocument } from "../../core/didDocument.ts";
import type { Address, NodeId, NodeIndex } from "../../core/ids.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import { firstLine } from "../../runtime/logError.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createDescriptorStore, type PutResult } from "./descriptorStore.ts";
import { createDocumentStore, type BlockSource, type StoredDocument } from "./documentStore.ts";
import { endpointsAgree } from "./finalizedAgreement.ts";

/** A registered node with what is known of it. */
export interface DirectoryNode {
  index: NodeIndex;
  nodeId: NodeId;
  operator: Address;
  /** Its hot key. */
  witness: Address;
  /** Active stake, wei. */
  stake: bigint;
  active: boolean;
  /** Undefined while it cannot be fetched or is not valid: no endpoint then. */
  document?: DidDocument;
  descriptor?: Descriptor;
}

export interface ControlEndpoint {
  nodeId: NodeId;
  host: string;
  port: number;
}

export interface Coverage {
  /** Share of the active stake whose descriptors are held, 0 to 1. */
  stakeShare: number;
  /** Peers that delivered descriptors. */
  sources: number;
  /** No contradiction between RPC endpoints. */
  endpointsAgree: boolean;
}

export interface Directory {
  /** Reads the registry and fetches missing documents. Concurrent calls share one run. @throws if the chain cannot be read */
  refresh(signal?: AbortSignal): Promise<void>;
  /** Refreshes every `intervalMs` until `close`; failures are logged, the last state stays. */
  start(intervalMs: number): void;
  /** Called after each refresh. @returns how to stop. */
  onRefresh(callback: () => void): () => void;
  /** Called when a descriptor says that its node begins or ends to drain (NET-23). @returns how to stop. */
  onTurn(callback: (nodeId: NodeId, draining: boolean, block: Uint8Array) => void): () => void;
  nodes(): readonly DirectoryNode[];
  byId(nodeId: NodeId): DirectoryNode | undefined;
  byIndex(index: NodeIndex): DirectoryNode | undefined;
  isActive(nodeId: NodeId): boolean;
  /** Control ports of all active nodes with a document that can be dialled (NET-17, NET-20). */
  controlEndpoints(): readonly ControlEndpoint[];
  /** Literal addresses of every relay that can be dialled. */
  hosts(): ReadonlySet<string>;
  /** @param source who sent it; counts for `coverage`. */
  putDescriptor(block: Uint8Array, source?: string): PutResult;
  /** @param newerThan undefined for a descriptor whose counter is not higher */
  descriptorBlock(nodeId: NodeId, newerThan?: number): Uint8Array | undefined;
  /** Of the descriptor that is held. */
  counterOf(nodeId: NodeId): number | undefined;
  documentBlock(nodeId: NodeId): Uint8Array | undefined;
  /** Both blocks of a node that contradicted itself (NET-2). */
  conflictBlocks(nodeId: NodeId): readonly Uint8Array[] | undefined;
  coverage(): Coverage;
  close(): Promise<void>;
}

export interface DirectoryDeps {
  chainId: number;
  client: Reader;
  /** One reader for each RPC endpoint: with two or more they must agree on a finalized block (NET-2). */
  endpoints: readonly Reader[];
  contracts: { NodeRegistry: Address };
  /** Undefined for a client that has the documents from relays alone. */
  ipfs: BlockSource | undefined;
  /** Asks others than IPFS for documents, many at a time; `take` says whose valid document a block is. */
  fetchDocuments?: (nodeIds: readonly NodeId[], take: (block: Uint8Array) => NodeId | undefined, signal: AbortSignal) => Promise<void>;
  /** Documents by digest and the last descriptors live here. */
  cacheDir: string;
  log: Logger;
  nowMs?: () => number;
}

const DESCRIPTOR_FILE = "descriptors.cbor";
const REFRESH_DEADLINE_MS = 30_000;
/** All of them are written at once, 6 MB for a thousand nodes; what is lost is fetched again. */
const SAVE_INTERVAL_MS = 300_000;
const FIRST_SAVE_MS = 30_000;
const PARALLEL_FETCHES = 8;

export async function createDirectory(deps: DirectoryDeps): Promise<Directory> {
  const { log, client, endpoints } = deps;
  const documents = createDocumentStore(deps);
  const callbacks = new Set<() => void>();
  const turnCallbacks = new Set<(nodeId: NodeId, draining: boolean, block: Uint8Array) => void>();
  const closed = new AbortController();
  let byId = new Map<NodeId, RegisteredNode & { stored: StoredDocument | undefined }>();
  let byIndex: RegisteredNode[] = [];
  let endpointList: ControlEndpoint[] = [];
  let hosts: ReadonlySet<string> = new Set();
  let agree = endpoints.length < 2;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dirty = false;
  let savedAtMs = performance.now() - SAVE_INTERVAL_MS + FIRST_SAVE_MS;

  const store = createDescriptorStore({
    publicKeyOf(nodeId) {
      const node = byId.get(nodeId);
      return node?.active === true ? node.stored?.document.publicKey : undefined;
    },
    nowMs: deps.nowMs ?? Date.now,
    onTurn(nodeId, draining, block) {
      for (const callback of [...turnCallbacks]) callback(nodeId, draining, block);
    },
  });
  /** From the last run; they can be verified once their nodes' documents are there. */
  let unverified = await readDescriptors(deps.cacheDir);

  const view = (node: RegisteredNode): DirectoryNode => {
    const document = byId.get(node.nodeId)?.stored?.document;
    const descriptor = store.get(node.nodeId);
    const { index, nodeId, operator, witness, stake, active } = node;
    return { index, nodeId, operator, witness, stake, active, ...(document && { document }), ...(descriptor && { descriptor }) };
  };

  const run = async (signal: AbortSignal) => {
    const [nodes, agreed] = await Promise.all([
      readNodes(client, { registry: deps.contracts.NodeRegistry }),
      endpointsAgree(endpoints).catch(() => false),
    ]);
    if (!agreed && agree) log.error("the RPC endpoints contradict each other or fewer than two answer");
    agree = agreed;
    // The registry counts at once; documents that IPFS is slow to give follow.
    if (!show(nodes)) {
      await fetchFromPeers(nodes, signal);
      // Many registered nodes without a document must not use up the time of those behind them.
      const ordered = nodes.toSorted((a, b) => documents.failures(a) - documents.failures(b));
      await eachLimited(ordered, PARALLEL_FETCHES, (node) => documents.load(node, signal));
      show(nodes);
    }
    if (dirty && performance.now() - savedAtMs > SAVE_INTERVAL_MS) await save();
  };

  /** What is not at home, from relays: a thousand documents one by one from IPFS take long. */
  const fetchFromPeers = async (nodes: RegisteredNode[], signal: AbortSignal): Promise<void> => {
    if (deps.fetchDocuments === undefined) return;
    await eachLimited(nodes, PARALLEL_FETCHES, documents.loadHome);
    const missing = nodes.filter((node) => documents.loaded(node) === undefined);
    if (missing.length === 0) return;
    const byDigest = Map.groupBy(missing, ({ metadata }) => metadata);
    const take = (block: Uint8Array) => byDigest.get(blockDigest(block))?.find((node) => documents.take(node, block))?.nodeId;
    const nodeIds = missing.map(({ nodeId }) => nodeId);
    await deps.fetchDocuments(nodeIds, take, signal).catch((error: unknown) => log.debug({ err: error }, "no documents from relays"));
    show(nodes);
  };

  /** @returns true if no document is missing. */
  const show = (nodes: RegisteredNode[]): boolean => {
    const entries = nodes.map((node) => ({ ...node, stored: documents.loaded(node) }));
    byIndex = nodes;
    byId = new Map(entries.map((node) => [node.nodeId, node]));
    const dialled = entries.flatMap(({ nodeId, active, stored }) => {
      const endpoint = stored?.document.endpoint;
      return endpoint !== undefined && isReachable(endpoint) ? [{ nodeId, active, endpoint }] : [];
    });
    endpointList = dialled.flatMap(({ nodeId, active, endpoint: { host, controlPort } }) => (active ? [{ nodeId, host, port: controlPort }] : []));
    hosts = new Set(dialled.map(({ endpoint }) => endpoint.host));
    unverified = unverified.filter((block) => store.put(block) === "invalid");
    for (const callback of [...callbacks]) callback();
    return entries.every(({ stored }) => stored !== undefined);
  };

  const save = async () => {
    dirty = false;
    savedAtMs = performance.now();
    await writeFileAtomic(join(deps.cacheDir, DESCRIPTOR_FILE), dagCbor.encode(store.blocks()));
  };

  const refresh = (signal?: AbortSignal): Promise<void> => {
    const limits = [closed.signal, AbortSignal.timeout(REFRESH_DEADLINE_MS), ...(signal === undefined ? [] : [signal])];
    running ??= run(AbortSignal.any(limits)).finally(() => (running = undefined));
    return running;
  };

  let failing = false;
  const tick = async (intervalMs: number) => {
    try {
      await refresh();
      if (failing) log.info("the registry can be read again");
      failing = false;
    } catch (error) {
      if (!failing && !closed.signal.aborted) {
        log.warn({ reason: firstLine(error) }, "the registry cannot be read: going on with what was read last");
      }
      failing = true;
    }
    if (!closed.signal.aborted) timer = setTimeout(() => void tick(intervalMs), intervalMs * (0.9 + 0.2 * Math.random()));
  };

  return {
    refresh,
    start(intervalMs) {
      if (timer === undefined) timer = setTimeout(() => void tick(intervalMs), intervalMs);
    },
    onRefresh(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    onTurn(callback) {
      turnCallbacks.add(callback);
      return () => turnCallbacks.delete(callback);
    },
    nodes: () => byIndex.map(view),
    byId(nodeId) {
      const node = byId.get(nodeId);
      return node && view(node);
    },
    byIndex(index) {
      const node = byIndex[index];
      return node && view(node);
    },
    isActive: (nodeId) => byId.get(nodeId)?.active === true,
    controlEndpoints: () => endpointList,
    hosts: () => hosts,
    putDescriptor(block, source) {
      const result = store.put(block, source);
      if (result === "new" || result === "conflict") dirty = true;
      return result;
    },
    descriptorBlock: (nodeId, newerThan = -1) => ((store.get(nodeId)?.counter ?? -1) > newerThan ? store.block(nodeId) : undefined),
    counterOf: (nodeId) => store.get(nodeId)?.counter,
    documentBlock: (nodeId) => byId.get(nodeId)?.stored?.block,
    conflictBlocks: store.conflict,
    coverage: () => ({ stakeShare: stakeShare(byIndex, store.get), sources: store.sources(), endpointsAgree: agree }),
    async close() {
      closed.abort(new Error("the directory was closed"));
      clearTimeout(timer);
      await running?.catch(() => undefined);
      if (dirty) await save();
    },
  };
}

function stakeShare(nodes: readonly RegisteredNode[], descriptorOf: (nodeId: NodeId) => Descriptor | undefined): number {
  let all = 0n;
  let covered = 0n;
  for (const { active, stake, nodeId } of nodes) {
    if (!active) continue;
    all += stake;
    if (descriptorOf(nodeId) !== undefined) covered += stake;
  }
  return all === 0n ? 0 : Number((covered * 1_000_000n) / all) / 1_000_000;
}

async function readDescriptors(cacheDir: string): Promise<Uint8Array[]> {
  try {
    const blocks: unknown = dagCbor.decode(await readFile(join(cacheDir, DESCRIPTOR_FILE)));
    return Array.isArray(blocks) ? blocks.filter((block) => block instanceof Uint8Array) : [];
  } catch {
    // A cache: without it the descriptors come by gossip.
    return [];
  }
}

async function eachLimited<T>(items: readonly T[], limit: number, run: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) await run(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
