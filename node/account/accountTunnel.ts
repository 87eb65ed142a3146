import type { TLSSocket } from "node:tls";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Payer } from "../payment/payerTypes.ts";
import { MAX_GET_IDS, type AccountMessage, type Wanted } from "./accountMessage.ts";
import { createAccountStream, type AccountStream } from "./accountStream.ts";

/** Tokens that a client keeps for the circuits to come; more are asked for at half. */
const TOKEN_STOCK = 8;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5_000;
/** A guard that does not answer is gone within 5 s. */
const PING_EVERY_MS = 1_500;
const PONG_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 10_000;
const MAX_REQUESTS = 64;
/** Pushed descriptors taken at once, and a second from then on: each costs a signature check. */
const PUSH_BURST = 64;
const PUSHES_PER_SECOND = 8;

/** What an entry tunnel needs (NET-6 kind 2, NET-18 BIND). */
export interface EntryPass {
  /** 16 bytes, single use. */
  token: Uint8Array;
  /** 16 bytes, secret. */
  account: Uint8Array;
}

/** A client's account tunnel to one guard: pays, keeps tokens, fetches blocks; reconnects for as long as it lives. */
export interface AccountTunnel {
  readonly nodeId: NodeId;
  /** True while the tunnel stands and the guard has accepted the channel as ours. */
  ready(): boolean;
  connected(): boolean;
  /** Unix ms since when it cannot be reached; undefined while it can. */
  unreachableSinceMs(): number | undefined;
  /** The guard said that it goes away (NET-23). */
  leaving(): boolean;
  /** @throws X0T_NO_TOKEN (retryable) if the guard gives none in time */
  takePass(signal: AbortSignal): Promise<EntryPass>;
  /** Blocks that the guard has, unverified. @param newerThan the counter known of each descriptor. @throws X0T_GUARD_LOST (retryable) */
  fetch(wanted: Wanted, nodeIds: readonly NodeId[], signal: AbortSignal, newerThan?: readonly number[]): Promise<Uint8Array[]>;
  rttMs(): number | undefined;
  close(): void;
}

export interface AccountTunnelDeps {
  nodeId: NodeId;
  /** Connects once; `token` as in accountDialer.ts. */
  dial: (token: Uint8Array | undefined, signal: AbortSignal) => Promise<TLSSocket>;
  payer: Payer;
  /** Something changed that may let a circuit be built, or must end one. */
  onChange: (event: "ready" | "lost" | "leaving") => void;
  /** A descriptor that nobody asked for: unverified, at most a few a second. */
  onDescriptor?: (block: Uint8Array) => void;
  log: Logger;
}

/**
 *  dialling ──▶ connected ──TOKENS──▶ ready ──lost──▶ waiting (0.25 s, doubling to 5 s) ──▶ dialling
 */
export function createAccountTunnel(deps: AccountTunnelDeps): AccountTunnel {
  const { nodeId, payer, log } = deps;
  const stop = new AbortController();
  const requests = new Map<number, { blocks: Uint8Array[]; done: (blocks: Uint8Array[] | undefined) => void }>();
  const waiters = new Set<() => void>();
  let stream: AccountStream | undefined;
  let tokens: Uint8Array[] = [];
  let account = "";
  let asked = false;
  let leaving = false;
  let nextId = 1;
  let backoffMs = FIRST_BACKOFF_MS;
  let lostAtMs: number | undefined = Date.now();
  let rttMs: number | undefined;
  let ping: { id: number; atMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pushes = { left: PUSH_BURST, atMs: performance.now() };

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const token = tokens.pop();
      try {
        const tls = await deps.dial(token, stop.signal);
        if (stop.signal.aborted) return void tls.destroy();
        backoffMs = FIRST_BACKOFF_MS;
        await serve(tls);
      } catch (error) {
        // A restarted guard knows none of its old tokens: come as a stranger.
        if (token !== undefined) tokens = [];
        log.debug({ err: error, guard: nodeId }, "guard not reached");
      }
      lostAtMs ??= Date.now();
      if (stop.signal.aborted) return;
      await sleep(backoffMs * (0.75 + Math.random() / 2), stop.signal);
      backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
    }
  }

  /** Until the tunnel is lost. */
  function serve(tls: TLSSocket): Promise<void> {
    return new Promise((resolve) => {
      leaving = false;
      asked = false;
      const onClose = () => {
        clearInterval(timer);
        stream = undefined;
        account = "";
        ping = undefined;
        lostAtMs = Date.now();
        payer.detach();
        for (const { done } of requests.values()) done(undefined);
        requests.clear();
        for (const wake of waiters) wake();
        if (!stop.signal.aborted) log.warn({ guard: nodeId }, "account tunnel lost");
        deps.onChange("lost");
        resolve();
      };
      const opened = createAccountStream(tls, onMessage, onClose);
      stream = opened;
      timer = setInterval(keepAlive, PING_EVERY_MS);
      keepAlive();
      payer.attach((message) => void opened.send(message));
    });
  }

  function keepAlive(): void {
    if (ping !== undefined && performance.now() - ping.atMs > PONG_WITHIN_MS) return stream?.close();
    if (ping !== undefined) return;
    ping = { id: nextId++, atMs: performance.now() };
    stream?.send({ type: "PING" }, ping.id);
  }

  function onMessage(message: AccountMessage, id: number): void {
    switch (message.type) {
      case "PONG":
        if (ping?.id !== id) return;
        rttMs = performance.now() - ping.atMs;
        ping = undefined;
        return;
      case "TOKENS":
        return onTokens(message);
      case "DOC":
      case "DESC": {
        if (id === 0) return message.type === "DESC" ? onPushed(message.block) : stream?.close();
        const request = requests.get(id);
        if (request !== undefined && request.blocks.length < MAX_GET_IDS) request.blocks.push(message.block);
        return;
      }
      case "END": {
        const request = requests.get(id);
        requests.delete(id);
        return request?.done(request.blocks);
      }
      case "GOAWAY":
        leaving = true;
        log.info({ guard: nodeId, ms: message.ms }, "guard goes away");
        return deps.onChange("leaving");
      case "LAST":
      case "COUNT":
      case "STOP":
        return payer.onMessage(message);
      default:
        return stream?.close();
    }
  }

  function onPushed(block: Uint8Array): void {
    const nowMs = performance.now();
    pushes = { left: Math.min(PUSH_BURST, pushes.left + ((nowMs - pushes.atMs) / 1_000) * PUSHES_PER_SECOND), atMs: nowMs };
    if (pushes.left < 1) return;
    pushes.left--;
    deps.onDescriptor?.(block);
  }

  function onTokens(message: Extract<AccountMessage, { type: "TOKENS" }>): void {
    asked = false;
    const first = account === "";
    // After a restart the guard calls us by a new name and its old tokens are dead.
    if (account !== message.account) tokens = [];
    account = message.account;
    tokens.push(...message.tokens.slice(0, Math.max(0, 2 * TOKEN_STOCK - tokens.length)));
    lostAtMs = undefined;
    for (const wake of waiters) wake();
    if (first) {
      log.info({ guard: nodeId }, "account tunnel ready");
      deps.onChange("ready");
    }
  }

  function refill(): void {
    if (asked || account === "" || tokens.length > TOKEN_STOCK / 2) return;
    asked = stream?.send({ type: "WANT", n: TOKEN_STOCK }) ?? false;
  }

  void run();
  return {
    nodeId,
    ready: () => stream !== undefined && account !== "" && payer.ready(),
    connected: () => stream !== undefined,
    unreachableSinceMs: () => lostAtMs,
    leaving: () => leaving,
    rttMs: () => rttMs,
    async takePass(signal) {
      const limit = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      refill();
      while (account === "" || tokens.length === 0) {
        if (limit.aborted || stream === undefined) {
          throw new X0tError("X0T_NO_TOKEN", `Guard ${nodeId} gave no entry token in time.`, { retryable: true });
        }
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiters.delete(wake);
            limit.removeEventListener("abort", wake);
            resolve();
          };
          waiters.add(wake);
          limit.addEventListener("abort", wake, { once: true });
        });
      }
      const token = tokens.shift() as Uint8Array;
      refill();
      return { token, account: new Uint8Array(Buffer.from(account, "hex")) };
    },
    fetch(wanted, nodeIds, signal, newerThan) {
      const lost = () => new X0tError("X0T_GUARD_LOST", `Guard ${nodeId} is not connected.`, { retryable: true });
      const open = stream;
      if (open === undefined || requests.size >= MAX_REQUESTS) return Promise.reject(lost());
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      if (limit.aborted) return Promise.reject(lost());
      const id = nextId++;
      return new Promise((resolve, reject) => {
        const give = () => {
          requests.delete(id);
          reject(lost());
        };
        limit.addEventListener("abort", give, { once: true });
        const done = (blocks: Uint8Array[] | undefined) => {
          limit.removeEventListener("abort", give);
          if (blocks === undefined) reject(lost());
          else resolve(blocks);
        };
        requests.set(id, { blocks: [], done });
        const known = newerThan && { newerThan: newerThan.slice(0, MAX_GET_IDS) };
        open.send({ type: "GET", wanted, nodeIds: nodeIds.slice(0, MAX_GET_IDS), ...known }, id);
      });
    },
    close() {
      stop.abort();
      stream?.close();
      for (const wake of waiters) wake();
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
