import type { Address, NodeId } from "../../core/ids.ts";
import { firstLine } from "../../runtime/logError.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createAccountDialer } from "../account/accountDialer.ts";
import { createAccountTunnel, type AccountTunnel } from "../account/accountTunnel.ts";
import { DEFAULT_WORK_BITS } from "../circuit/work.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Directory } from "../directory/directory.ts";
import type { Payments } from "../payment/payments.ts";
import type { Payer } from "../payment/payerTypes.ts";
import type { BootstrapRelay } from "./config.ts";
import type { Guard } from "./guards.ts";

const ASK_POLL_MS = 50;
const CHANNEL_RETRY_MS = 10_000;

/** The account tunnels of a client's guards. */
export interface GuardSet {
  /** Opens tunnels to new guards, closes those to dropped ones. */
  set(guards: readonly Guard[]): void;
  tunnels(): readonly AccountTunnel[];
  get(nodeId: NodeId): AccountTunnel | undefined;
  /** The guards with what is now known of their reachability. */
  state(): Guard[];
  /** A tunnel to any node, as a stranger, for as long as `use` runs. @param signal gives up connecting @throws X0T_GUARD_LOST, and what `use` throws */
  withStranger<T>(nodeId: NodeId, use: (tunnel: AccountTunnel) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

export interface GuardSetDeps {
  directory: Pick<Directory, "byId" | "putDescriptor">;
  payments: Payments;
  /** Relays whose address is known before their document. */
  bootstrap: readonly BootstrapRelay[];
  /** Opens the channel if there is none. */
  ensureChannel(operator: Address, signal: AbortSignal): Promise<unknown>;
  onChange(nodeId: NodeId, event: "ready" | "lost" | "leaving"): void;
  log: Logger;
}

export function createGuardSet(deps: GuardSetDeps): GuardSet {
  const { directory, payments, bootstrap, log } = deps;
  const stop = new AbortController();
  const open = new Map<NodeId, { guard: Guard; tunnel: AccountTunnel; stopFunding: AbortController }>();

  const dialer = (nodeId: NodeId) =>
    createAccountDialer(() => {
      const node = directory.byId(nodeId);
      const endpoint = node?.document?.endpoint ?? bootstrap.find((relay) => relay.nodeId === nodeId);
      if (endpoint === undefined) throw new X0tError("X0T_UNREACHABLE", `No document of guard ${nodeId} is known yet.`, { retryable: true });
      const { host, relayPort } = endpoint;
      return { nodeId, host, relayPort, workBits: node?.descriptor?.work ?? DEFAULT_WORK_BITS };
    });

  /** Until the guard's operator has a channel: the payer finds it by itself from then on. */
  async function fund(nodeId: NodeId, signal: AbortSignal): Promise<void> {
    let told = "";
    while (!signal.aborted) {
      const operator = directory.byId(nodeId)?.operator;
      try {
        if (operator !== undefined) {
          await deps.ensureChannel(operator, signal);
          return payments.payerForPeer(nodeId).lookAgain();
        }
      } catch (error) {
        const reason = firstLine(error);
        if (reason !== told && !signal.aborted) log.warn({ guard: nodeId, code: (error as X0tError).code }, reason);
        told = reason;
      }
      await pause(CHANNEL_RETRY_MS, signal);
    }
  }

  function add(guard: Guard): void {
    const { nodeId } = guard;
    const stopFunding = new AbortController();
    const payer = payments.payerForPeer(nodeId);
    const onChange = (event: "ready" | "lost" | "leaving") => deps.onChange(nodeId, event);
    const onDescriptor = (block: Uint8Array) => void directory.putDescriptor(block, nodeId);
    const tunnel = createAccountTunnel({ nodeId, dial: dialer(nodeId), payer, onChange, onDescriptor, log });
    open.set(nodeId, { guard, tunnel, stopFunding });
    void fund(nodeId, AbortSignal.any([stop.signal, stopFunding.signal]));
  }

  return {
    set(guards) {
      const wanted = new Set(guards.map(({ nodeId }) => nodeId));
      for (const [nodeId, { tunnel, stopFunding }] of open) {
        if (wanted.has(nodeId)) continue;
        stopFunding.abort();
        tunnel.close();
        open.delete(nodeId);
        log.info({ guard: nodeId }, "guard dropped");
      }
      for (const guard of guards) {
        const known = open.get(guard.nodeId);
        if (known === undefined) add(guard);
        else known.guard = guard;
      }
    },
    tunnels: () => [...open.values()].map(({ tunnel }) => tunnel),
    get: (nodeId) => open.get(nodeId)?.tunnel,
    state: () =>
      [...open.values()].map(({ guard, tunnel }) => {
        const { nodeId, addedMs, expiresMs } = guard;
        const lostMs = tunnel.unreachableSinceMs();
        if (lostMs === undefined) return { nodeId, addedMs, expiresMs };
        return { nodeId, addedMs, expiresMs, unreachableSinceMs: Math.min(lostMs, guard.unreachableSinceMs ?? lostMs) };
      }),
    async withStranger(nodeId, use, signal) {
      const tunnel = createAccountTunnel({ nodeId, dial: dialer(nodeId), payer: NO_PAYER, onChange: () => undefined, log });
      try {
        while (!tunnel.connected()) {
          signal.throwIfAborted();
          await pause(ASK_POLL_MS, signal);
        }
        return await use(tunnel);
      } finally {
        tunnel.close();
      }
    },
    close() {
      stop.abort();
      for (const { tunnel } of open.values()) tunnel.close();
      open.clear();
    },
  };
}

/** A stranger pays nothing and builds nothing. */
const NO_PAYER: Payer = {
  ready: () => false,
  addTunnel: () => () => undefined,
  onMessage: () => undefined,
  attach: () => undefined,
  detach: () => undefined,
  lookAgain: () => undefined,
  close: () => undefined,
};

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
