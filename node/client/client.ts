import { createReader } from "../../chain/createReader.ts";
import type { Address, Hex } from "../../core/ids.ts";
import { parametersOf } from "../../core/parameters.ts";
import { X0tError } from "../../core/x0tError.ts";
import { join } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import type { Registry } from "prom-client";
import { createEpochClock } from "../../runtime/epochClock.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { firstLine } from "../../runtime/logError.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createTxMetrics } from "../../runtime/txMetrics.ts";
import { createTxQueue } from "../../runtime/txQueue.ts";
import { createChainFollower } from "../chainFollower.ts";
import { createApiServer } from "../api/server.ts";
import { createDirectory } from "../directory/directory.ts";
import { chainChannelReader } from "../payment/channelBook.ts";
import { createPayments } from "../payment/payments.ts";
import { createClientSession } from "../session/clientSession.ts";
import { createSocksServer } from "../socks5/server.ts";
import { createAssociations } from "./associations.ts";
import { createClientViews } from "./clientViews.ts";
import { createAvoidList } from "./avoidList.ts";
import { createCircuitBuilder } from "./circuitBuilder.ts";
import { createClientMetrics } from "./clientMetrics.ts";
import { createChannelCloser } from "./closeChannels.ts";
import { CIRCUIT_WAIT_MS, createConnect } from "./connect.ts";
import type { ClientConfig } from "./config.ts";
import { createDocumentFetcher } from "./documentFetcher.ts";
import { createDescriptorFetcher } from "./descriptorFetcher.ts";
import { ensureChannel } from "./ensureChannel.ts";
import { chooseGuards, secureRandom } from "./guards.ts";
import { createGuardSet } from "./guardSet.ts";
import { createGuardWatch } from "./guardWatch.ts";
import { createRoutes } from "./routes.ts";

const RETRY_DIRECTORY_MS = 1_000;
/** At the start documents are asked for each second, so often, until this share of them is there. */
const DOCUMENT_TRIES = 30;
const ENOUGH_DOCUMENTS = 0.6;

export interface Client {
  /** Resolves once a circuit stands. */
  ready: Promise<void>;
  /** The ports that it listens on. */
  ports: { socks: number; api: number };
  close(): Promise<void>;
}

/** Wires the SOCKS5 client: directory, guards, payments, circuits, SOCKS and API. @throws X0T_PORT_TAKEN, X0T_METER_CORRUPT */
export async function startClient(deps: {
  home: string;
  config: ClientConfig;
  payerKey: Hex;
  version: string;
  log: Logger;
  registry: Registry;
}): Promise<Client> {
  const { home, config, payerKey, version, log, registry } = deps;
  const { chainId, rpcUrls } = config;
  const { contracts } = config.contracts;
  const parameters = parametersOf(config.parameters);
  const stop = new AbortController();
  const chain = createReader({ chainId, rpcUrls });
  // Descriptors are dated by the relays' clocks, which follow the chain: a development chain may be elsewhere in time.
  const clock = createEpochClock(parameters);
  const ready = Promise.withResolvers<undefined>();

  const directory = await createDirectory({
    chainId,
    client: chain,
    endpoints: rpcUrls.map((url) => createReader({ chainId, rpcUrls: [url] })),
    contracts,
    ipfs: config.ipfsUrl === undefined ? undefined : createIpfsClient({ url: config.ipfsUrl }),
    fetchDocuments: (ids, take, signal) => documents(ids, take, signal),
    cacheDir: join(home, "cache"),
    log,
    nowMs: clock.nowMs,
  });
  // The ports come before the vouchers: a second client of this home must fail before it touches them.
  const views = createClientViews({
    version,
    payer: privateKeyToAccount(payerKey).address,
    directory,
    parts: () => ({ guards, routes, descriptors, payments, socks: { host: config.socks.host, port: ports.socks } }),
  });
  const api = createApiServer({ listen: config.api, views, registry });
  const apiPort = await api.start();
  const payments = createPayments({
    home,
    chainId,
    channels: contracts.RelayChannels,
    reader: chainChannelReader(chain, contracts.RelayChannels),
    key: payerKey,
    operator: undefined,
    operatorOf: (nodeId) => directory.byId(nodeId)?.operator,
    parameters,
    client: { unitsPerPacket: config.hops },
    log,
    registry,
  });
  const txQueue = createTxQueue({ client: chain, account: privateKeyToAccount(payerKey), chainId, log, metrics: createTxMetrics(registry) });

  const payment = { token: contracts.X0TToken, channels: contracts.RelayChannels, depositWei: config.depositWei };
  let funding: Promise<unknown> = Promise.resolve();
  /** One after the other: an approval must not be taken by another guard's channel. */
  const fund = (payee: Address, signal: AbortSignal) => {
    const result = funding.then(() => ensureChannel(txQueue, { ...payment, payee }, log, signal));
    funding = result.catch(() => undefined);
    return result;
  };
  const guards = createGuardSet({
    directory,
    payments,
    bootstrap: config.bootstrap,
    ensureChannel: fund,
    onChange(nodeId, event) {
      watch.onEvent(nodeId, event);
      if (event === "ready") descriptors.kick();
      routes.kick();
    },
    log,
  });
  const closer = createChannelCloser({
    sender: txQueue,
    channels: contracts.RelayChannels,
    paying: payments.paying,
    guards: () => guards.tunnels().map(({ nodeId }) => nodeId),
    operatorOf: (nodeId) => directory.byId(nodeId)?.operator,
    intervalMs: Math.min(3_600, Math.max(5, parameters.channelCloseSeconds / 6)) * 1_000,
    log,
  });
  const connected = () => guards.tunnels().filter((tunnel) => tunnel.connected());
  const documents = createDocumentFetcher({
    guards: connected,
    bootstrap: config.bootstrap.map(({ nodeId }) => nodeId),
    withStranger: guards.withStranger,
    random: secureRandom,
    log,
  });
  const descriptors = createDescriptorFetcher({
    directory,
    guards: connected,
    withStranger: guards.withStranger,
    random: secureRandom,
    onChange: () => routes.kick(),
    log,
  });
  const avoid = createAvoidList();
  const metrics = createClientMetrics(registry, {
    circuits: () => {
      const { active, spare, retiring } = routes.counts();
      return { active, spare, retiring };
    },
    guards: () => {
      const tunnels = guards.tunnels();
      return { configured: tunnels.length, connected: tunnels.filter((t) => t.connected()).length, ready: tunnels.filter((t) => t.ready()).length };
    },
    streams: () => routes.counts().streams,
    descriptorStakeShare: () => directory.coverage().stakeShare,
    entryBytes: () => payments.paidBytes(),
  });
  const build = createCircuitBuilder({
    hops: config.hops,
    directory,
    descriptors,
    guards,
    payments,
    avoid,
    metrics,
  });
  const routes = createRoutes({
    build,
    startSession: createClientSession,
    nodes: () => directory.nodes(),
    onLost({ path }, left) {
      metrics.losses.inc();
      const [entry, ...rest] = path.map(({ nodeId }) => nodeId);
      const guardLives = entry !== undefined && guards.get(entry)?.connected() === true;
      // Where other circuits of the session go on, its exit does.
      const suspects = left > 0 ? rest.slice(0, -1) : rest;
      avoid.suspect(guardLives || entry === undefined ? suspects : [entry]);
      descriptors.kick();
      log.warn({ hops: path.length, left }, "circuit lost");
    },
    onSwitch: () => metrics.switches.inc(),
    onActive({ path }) {
      log.info({ path: path.map(({ index }) => index) }, "circuit ready");
      ready.resolve(undefined);
    },
    log,
  });

  const watch = createGuardWatch(() => guards, () => routes);
  // NET-23: a relay that drains is left before it stops; one that is back is used again.
  directory.onTurn((nodeId, draining) => (draining ? routes.nodeLeaving(nodeId) : descriptors.kick()));

  const connect = createConnect({ routes, onRetry: () => metrics.retries.inc() });
  const associate = createAssociations((key, target, signal) =>
    routes.carrier(key, target && { target, not: new Set() }, AbortSignal.any([signal, AbortSignal.timeout(CIRCUIT_WAIT_MS)])),
  );

  async function updateGuards(): Promise<void> {
    const open = guards.state();
    const chosen = await chooseGuards(home, directory.nodes(), config.guards, open.length > 0 ? { known: open } : {});
    guards.set(chosen);
  }

  const followChain = createChainFollower(chain, clock, config.parameters === "production");

  async function keepDirectory(): Promise<void> {
    const intervalMs = Math.min(300, Math.max(10, parameters.epochSeconds / 4)) * 1_000;
    let told = false;
    let documentTries = DOCUMENT_TRIES;
    while (!stop.signal.aborted) {
      try {
        await followChain();
        await directory.refresh(stop.signal);
        await updateGuards();
        descriptors.kick();
        const active = directory.nodes().filter((node) => node.active);
        if (active.filter(({ document }) => document !== undefined).length < active.length * ENOUGH_DOCUMENTS && --documentTries > 0) {
          throw new X0tError("X0T_NO_DOCUMENTS", "Neither IPFS nor a relay gives the documents of enough nodes: check ipfsUrl and bootstrap.", { retryable: true });
        }
        directory.onRefresh(() => {
          followChain().catch(() => undefined);
          updateGuards().catch((error: unknown) => log.warn({ err: error }, "guards not written"));
          descriptors.kick();
        });
        descriptors.kick();
        return directory.start(intervalMs);
      } catch (error) {
        if (!told && !stop.signal.aborted) log.warn({ reason: firstLine(error) }, "the network is not known yet");
        told = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DIRECTORY_MS));
      }
    }
  }

  const socks = createSocksServer({ ...config.socks, connect, associate, log, registry });
  const ports = { socks: 0, api: apiPort };
  const close = async () => {
    stop.abort(new X0tError("X0T_STOPPING", "The client is stopping."));
    descriptors.close();
    watch.close();
    closer.close();
    await socks.close();
    routes.close();
    guards.close();
    txQueue.close();
    await api.close();
    await directory.close();
    await payments.close();
    clock.close();
  };
  try {
    ports.socks = await socks.start();
  } catch (error) {
    await close();
    throw error;
  }
  void keepDirectory();
  closer.start();
  return { ready: ready.promise.then(() => undefined), ports, close };
}
