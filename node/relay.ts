import { join } from "node:path";
import type { Registry } from "prom-client";
import { createReader } from "../chain/createReader.ts";
import type { NodeId } from "../core/ids.ts";
import { parametersOf } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import { createEpochClock } from "../runtime/epochClock.ts";
import { createIpfsClient } from "../runtime/ipfsClient.ts";
import type { NodeKeys } from "../runtime/keystore.ts";
import type { Logger } from "../runtime/logger.ts";
import { createAccountServer } from "./account/accountServer.ts";
import { createTokenIssuer } from "./account/tokenIssuer.ts";
import { createApiServer } from "./api/server.ts";
import { createApiViews } from "./api/views.ts";
import { awaitRegistry, sayIfUnlikeDocument, sayIfUnregistered } from "./awaitRegistry.ts";
import { createDialbacks } from "./circuit/dialback.ts";
import { createDialbackAnswer } from "./circuit/dialbackAnswer.ts";
import { EXTENDED_CODES } from "./circuit/frames.ts";
import { ipToBytes } from "./circuit/ipBytes.ts";
import { createRelayServer } from "./circuit/relayServer.ts";
import { createTicketIssuer, createTicketWallet } from "./circuit/tickets.ts";
import { createWorkGate } from "./circuit/work.ts";
import { createWorkDifficulty } from "./circuit/workDifficulty.ts";
import { createChainFollower } from "./chainFollower.ts";
import { DID_FILE, type NodeConfig } from "./config.ts";
import { createDescriptorGossip } from "./directory/descriptorGossip.ts";
import { createDirectory } from "./directory/directory.ts";
import { registerDirectoryMetrics } from "./directory/directoryMetrics.ts";
import { createOwnDescriptor } from "./directory/ownDescriptor.ts";
import { createIdentity } from "./identity/identity.ts";
import { createLink } from "./link/link.ts";
import { requestDialback, requestTickets, serveTickets } from "./link/ticketProtocol.ts";
import { connectPayments } from "./link/voucherProtocol.ts";
import { createLoadMeter } from "./loadMeter.ts";
import { exitLimitsOf, relayLimitsOf } from "./relayLimits.ts";
import { chainChannelReader } from "./payment/channelBook.ts";
import { createPayments } from "./payment/payments.ts";
import { openSpool } from "./proofs/spool.ts";
import { shareOwnDocument } from "./directory/shareOwnDocument.ts";
import { createEchoOnly, createExit } from "./session/createExit.ts";
import { createWitnessing } from "./witness/witnessing.ts";

export interface Relay {
  /** Listens, then waits for the registry as long as it takes. @throws X0T_PORT_TAKEN */
  start(signal: AbortSignal): Promise<void>;
  /** The ports in use. */
  ports(): { relay: number; control: number; api: number };
  /** True if the registry lists this node as active. */
  registered(): boolean;
  /** NET-23: says so everywhere and lets circuits move, at most 10 s; then `close`. */
  drain(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const TICK_MS = 1_000;
const DRAIN_NOTICE_MS = 10_000;

/**
 * A whole relay node of one home. This is the one place where its parts are put together, in the order in which they
 * need each other, and so the one long function of the node.
 */
export async function createRelay(deps: {
  home: string;
  config: NodeConfig;
  keys: NodeKeys;
  version: string;
  log: Logger;
  registry: Registry;
}): Promise<Relay> {
  const { home, config, keys, log, registry } = deps;
  const { chainId, nodeId, listen } = config;
  const reachable = listen.reachable !== false;
  const { contracts } = config.contracts;
  const parameters = parametersOf(config.parameters);
  const part = (name: string) => log.child({ part: name });
  const cacheDir = join(home, "cache");
  const identity = await createIdentity(keys);
  const reader = createReader({ chainId, rpcUrls: config.rpcUrls });
  const clock = createEpochClock(parameters);
  await shareOwnDocument(join(home, DID_FILE), cacheDir);

  const directory = await createDirectory({
    chainId,
    client: reader,
    endpoints: config.rpcUrls.map((url) => createReader({ chainId, rpcUrls: [url] })),
    contracts,
    ipfs: createIpfsClient({ url: config.ipfsUrl }),
    cacheDir,
    log: part("directory"),
    nowMs: clock.nowMs,
  });
  const self = () => directory.byId(nodeId);
  const load = createLoadMeter(() => relayServer.stats().tunnels);
  let draining = false;
  let assembled = false;

  const link = await createLink({
    identity,
    listen: reachable ? { host: listen.host, port: listen.controlPort } : undefined,
    dialFrom: config.dialFrom,
    authorised: (id) => directory.isActive(id),
    targets: () => (directory.isActive(nodeId) ? directory.controlEndpoints() : []),
    state: () => ({ load: load.bucket(), draining }),
    nowMs: clock.nowMs,
    log: part("link"),
    registry,
  });

  // A port before any file is opened: a second process of this home must fail before it touches them.
  const views = createApiViews({
    config,
    version: deps.version,
    directory,
    link,
    circuits: () => relayServer.stats().circuits,
    earnings: () => payments.earnings(),
    spool: () => spool,
    clock,
    draining: () => draining,
  });
  const { host: apiHost, port: apiPort } = config.api;
  const api = createApiServer({ listen: { host: apiHost, port: apiPort }, views, registry, ready: () => assembled });
  const ports = { relay: 0, control: 0, api: await api.start() };

  const payments = createPayments({
    home,
    chainId,
    channels: contracts.RelayChannels,
    reader: chainChannelReader(reader, contracts.RelayChannels),
    key: keys.hotKey,
    operator: config.operator,
    operatorOf: (id) => directory.byId(id)?.operator,
    parameters,
    log: part("payment"),
    registry,
  });
  connectPayments(link, payments);

  const tickets = createTicketIssuer();
  const endpointOf = (id: NodeId) => directory.byId(id)?.document?.endpoint;
  const payees = { forPeer: payments.payeeForPeer, forAccount: payments.payeeForAccount };
  const dialBack = createDialbackAnswer({
    dialFrom: config.dialFrom,
    endpointOf,
    payees,
    draining: () => draining,
    serve: (socket, opener) => relayServer.serve(socket, opener),
  });
  serveTickets(link, tickets.issue, reachable ? undefined : dialBack);
  const wallet = createTicketWallet((peer, depth, n, signal) => requestTickets(link, peer, depth, n, signal));
  // A peer that restarted does not know the tickets it gave before.
  link.onPeerLost((peer) => wallet.forget(peer.nodeId));
  const tokens = createTokenIssuer();
  const difficulty = createWorkDifficulty();
  const work = createWorkGate(nodeId, difficulty.bits, Date.now, difficulty.accepted);
  const accounts = createAccountServer({ payments, tokens, directory, log: part("account"), registry });

  directory.onTurn((id, _draining, block) => accounts.pushDescriptor(id, block));

  const askDialback = async (peer: NodeId, ticket: Uint8Array, depth: number, signal: AbortSignal) => {
    const own = endpointOf(nodeId);
    const address = own === undefined ? undefined : ipToBytes(own.host);
    if (own === undefined || address === undefined) return EXTENDED_CODES.unreachable;
    return requestDialback(link, peer, { ticket, depth, relayPort: own.relayPort, address }, signal);
  };
  const relayServer = createRelayServer({
    identity,
    listen: reachable ? { host: listen.host, port: listen.relayPort } : undefined,
    dialFrom: config.dialFrom,
    admission: { tickets, tokens, work, difficulty },
    payees,
    payers: { forPeer: payments.payerForPeer },
    nextHop: { endpoint: endpointOf, takeTicket: wallet.take },
    dialbacks: reachable ? createDialbacks({ addressOf: (peer) => link.peer(peer)?.remoteAddress, ask: askDialback }) : undefined,
    acceptAccountTunnel: accounts.accept,
    exit: config.roles.includes("exit")
      ? createExit({
          rules: config.exitPolicy,
          allowLoopback: config.allowLoopbackExit,
          dnsServers: config.dnsServers,
          dialFrom: config.dialFrom,
          relayAddresses: () => [listen.host, endpointOf(nodeId)?.host ?? listen.host, ...directory.hosts()],
          registry,
          limits: exitLimitsOf(config.limits),
        })
      : createEchoOnly(registry),
    log: part("circuit"),
    registry,
    limits: relayLimitsOf(config.limits),
  });

  const spool = await openSpool(home, part("proofs"));
  const witnessing = createWitnessing({
    self: () => self()?.index,
    nodeId,
    chainId,
    contracts,
    parameters,
    hotKey: keys.hotKey,
    payments,
    takeTicket: wallet.take,
    dialFrom: config.dialFrom,
    reader,
    directory,
    link,
    spool,
    clock,
    log: part("witness"),
    registry,
  });

  const gossip = createDescriptorGossip({ self: nodeId, link, directory });
  const descriptor = createOwnDescriptor({
    nodeId,
    sign: identity.sign,
    state: () => ({
      load: load.bucket(),
      funded: link.peers().flatMap((peer) => (payments.payerForPeer(peer.nodeId).ready() ? [peer.nodeId] : [])),
      work: work.bits,
      draining,
    }),
    ready: () => self()?.active === true && self()?.document !== undefined,
    publish: gossip.publish,
    nowMs: clock.nowMs,
  });

  registerDirectoryMetrics(registry, directory, link);

  let relayedSoFar = 0;
  const tick = () => {
    load.tick();
    const { relayedBytes } = relayServer.stats();
    if (relayedBytes > relayedSoFar) spool.addRelayed(clock.now().epoch, relayedBytes - relayedSoFar);
    relayedSoFar = relayedBytes;
    spool.flushRelayed().catch((error: unknown) => log.error({ err: error }, "the spool cannot be written: free some space"));
    descriptor.tick();
  };
  const followChain = createChainFollower(reader, clock, config.parameters === "production");
  const closed = new AbortController();
  assembled = true;
  let timer: NodeJS.Timeout | undefined;

  return {
    registered: () => self()?.active === true,
    ports: () => ports,
    async start(signal) {
      const either = AbortSignal.any([signal, closed.signal]);
      ports.relay = await relayServer.start();
      await link.start();
      ports.control = link.port();
      log.info({ nodeId, ...ports, host: listen.host }, reachable ? "listening" : "behind NAT: listening on nothing, dialling all peers");
      await awaitRegistry({ directory, followChain, log, signal: either });
      sayIfUnregistered(nodeId, directory, log);
      sayIfUnlikeDocument(reachable, self()?.document, log);
      directory.onRefresh(() => void followChain().catch(() => undefined));
      directory.start(refreshIntervalMs(parameters.epochSeconds));
      witnessing.start();
      timer = setInterval(tick, TICK_MS);
      tick();
    },
    async drain(signal) {
      draining = true;
      witnessing.drain();
      descriptor.tick();
      accounts.goAway(DRAIN_NOTICE_MS);
      await relayServer.drain(signal);
    },
    async close() {
      closed.abort(new X0tError("X0T_STOPPING", "This node is stopping.", { retryable: true }));
      clearInterval(timer);
      await api.close();
      witnessing.close();
      await relayServer.close();
      accounts.close();
      tick();
      await payments.close();
      gossip.close();
      await link.close();
      await directory.close();
      await spool.close();
      clock.close();
    },
  };
}

/** Twelve times an epoch, within 2 s and a minute. */
function refreshIntervalMs(epochSeconds: number): number {
  return Math.min(60_000, Math.max(2_000, (epochSeconds * 1000) / 12));
}
