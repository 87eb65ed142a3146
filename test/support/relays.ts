import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { Registry } from "prom-client";
import type { ExitRule } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import { createLogger } from "../../runtime/logger.ts";
import { buildCircuit, type Circuit, type PathHop } from "../../node/circuit/buildCircuit.ts";
import type { RelayServerDeps } from "../../node/circuit/relayDeps.ts";
import { createRelayServer, type RelayServer } from "../../node/circuit/relayServer.ts";
import { createTicketIssuer, createTicketWallet, type TicketIssuer } from "../../node/circuit/tickets.ts";
import { createWorkGate } from "../../node/circuit/work.ts";
import { createExit } from "../../node/session/createExit.ts";
import type { Identity } from "../../node/identity/identity.ts";
import { testIdentity } from "./testIdentity.ts";

/** What a payee was told of one tunnel. */
export interface PaidTunnel {
  depth: number;
  bytes(): number;
  setPaused(paused: boolean): void;
  released: boolean;
}

/** A payee or payer that records tunnels and asks for nothing. */
export interface FreePayee {
  tunnels: PaidTunnel[];
  isReady: boolean;
  ready(): boolean;
  addTunnel(depth: number, socket: Socket, third: ((paused: boolean) => void) | number): () => void;
}

export interface TestRelay {
  hop: PathHop;
  identity: Identity;
  host: string;
  port: number;
  server: RelayServer;
  issuer: TicketIssuer;
  registry: Registry;
  /** From whom it is paid: peers by NodeId, clients by account. */
  payees: Map<string, FreePayee>;
  payers: Map<string, FreePayee>;
  tokens: Map<string, string>;
  accountTunnels: string[];
}

export function freePayee(): FreePayee {
  const tunnels: PaidTunnel[] = [];
  return {
    tunnels,
    isReady: true,
    ready() {
      return this.isReady;
    },
    addTunnel(depth, socket, setPaused) {
      const tunnel: PaidTunnel = {
        depth,
        bytes: () => socket.bytesRead + socket.bytesWritten,
        setPaused: typeof setPaused === "function" ? setPaused : () => undefined,
        released: false,
      };
      tunnels.push(tunnel);
      return () => (tunnel.released = true);
    },
  };
}

export const ACCOUNT = "00112233445566778899aabbccddeeff";
export const ANY_LOOPBACK: ExitRule[] = [{ action: "accept", network: "127.0.0.0/8", ports: [1, 65_535] }];

/** Relays on 127.(i + 1).0.1, each knowing and paying every other, in this process, on real sockets. */
export async function startRelays(
  count: number,
  options: { exitRules?: ExitRule[]; dnsServers?: string[]; orphanMs?: number; change?: (deps: RelayServerDeps, index: number) => Partial<RelayServerDeps> } = {},
): Promise<{ relays: TestRelay[]; circuit(hops?: number[]): Promise<Circuit>; close(): Promise<void> }> {
  const relays: TestRelay[] = [];
  const byId = (nodeId: NodeId) => relays.find((relay) => relay.identity.nodeId === nodeId);
  for (let i = 0; i < count; i++) relays.push(await startRelay(i));

  async function startRelay(index: number): Promise<TestRelay> {
    const identity = await testIdentity();
    const host = `127.${index + 1}.0.1`;
    const issuer = createTicketIssuer();
    const registry = new Registry();
    const payees = new Map<string, FreePayee>([[ACCOUNT, freePayee()]]);
    const payers = new Map<string, FreePayee>();
    const tokens = new Map<string, string>();
    const accountTunnels: string[] = [];
    const ofPeer = (map: Map<string, FreePayee>) => (key: string) => {
      if (!map.has(key) && byId(key as NodeId) !== undefined) map.set(key, freePayee());
      return map.get(key);
    };
    const wallet = createTicketWallet(async (peer, depth, n) => (byId(peer) as TestRelay).issuer.issue(identity.nodeId, host, depth, n));
    const log = createLogger("relay", "silent");
    const exit = createExit({
      rules: options.exitRules ?? ANY_LOOPBACK,
      allowLoopback: true,
      dnsServers: options.dnsServers ?? [],
      dialFrom: host,
      relayAddresses: () => relays.map((relay) => relay.host),
      registry,
      orphanMs: options.orphanMs ?? 300,
    });
    const deps: RelayServerDeps = {
      identity,
      listen: { host, port: 0 },
      dialFrom: host,
      admission: {
        tickets: issuer,
        tokens: {
          redeem(value) {
            const key = Buffer.from(value).toString("hex");
            const account = tokens.get(key);
            tokens.delete(key);
            return account;
          },
        },
        work: createWorkGate(identity.nodeId, () => 8),
      },
      payees: { forPeer: ofPeer(payees), forAccount: (account) => payees.get(account) },
      payers: { forPeer: ofPeer(payers) },
      nextHop: {
        endpoint: (nodeId) => {
          const relay = byId(nodeId);
          return relay && { host: relay.host, relayPort: relay.port, controlPort: 1 };
        },
        takeTicket: (nodeId, depth, signal) => wallet.take(nodeId, depth, signal),
      },
      acceptAccountTunnel: (tls, remoteAddress) => {
        accountTunnels.push(remoteAddress);
        tls.destroy();
      },
      exit,
      log,
      registry,
    };
    const server = createRelayServer({ ...deps, ...options.change?.(deps, index) });
    const port = await server.start();
    return { hop: { nodeId: identity.nodeId, endpoint: { host, relayPort: port } }, identity, host, port, server, issuer, registry, payees, payers, tokens, accountTunnels };
  }

  return {
    relays,
    circuit(hops = relays.map((_, i) => i)) {
      const path = hops.map((i) => (relays[i] as TestRelay).hop);
      return buildCircuit({ path, entry: entryOf(relays[hops[0] as number] as TestRelay), payer: freePayee(), signal: AbortSignal.timeout(10_000) });
    },
    async close() {
      await Promise.all(relays.map((relay) => relay.server.close()));
    },
  };
}

/** A fresh single-use token at the relay, for ACCOUNT. */
export function entryOf(relay: TestRelay): { token: Uint8Array; account: Uint8Array } {
  const token = new Uint8Array(randomBytes(16));
  relay.tokens.set(Buffer.from(token).toString("hex"), ACCOUNT);
  return { token, account: new Uint8Array(Buffer.from(ACCOUNT, "hex")) };
}
