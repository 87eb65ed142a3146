import type { TLSSocket } from "node:tls";
import { Counter, Gauge, type Registry } from "prom-client";
import type { NodeId } from "../../core/ids.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { PayeeCore } from "../payment/payeeTypes.ts";
import type { Payments } from "../payment/payments.ts";
import { STOP_BAD_VOUCHER, type PayMessage } from "../payment/payMessage.ts";
import { GOAWAY_DRAIN, type AccountMessage } from "./accountMessage.ts";
import { createAccountStream, type AccountStream } from "./accountStream.ts";
import { createPushLimit } from "./pushLimit.ts";
import type { TokenIssuer } from "./tokenIssuer.ts";

const MAX_TUNNELS = 1_024;
/** A stranger proves within this time that it has a channel, or makes room. */
const PROVE_WITHIN_MS = 30_000;
/** Of all tunnels, those that have proved nothing. */
const MAX_UNPROVED = 512;
/** Messages of one tunnel that wait for the chain. */
const MAX_WAITING = 32;
const FIRST_TOKENS = 8;
/** Blocks that a tunnel may be given at once, and each second from then on; who is beyond it may not ask. */
const GET_BURST_BLOCKS = 1_024;
const GET_BLOCKS_PER_SECOND = 256;
/** What asking for a block that is not there or not newer counts. */
const ASKED_BLOCKS = 1 / 16;
/** A client that says nothing for so long is gone: it pings every 2 s. */
const SILENT_MS = 20_000;

export interface AccountServer {
  /** Takes a tunnel over whose TLS handshake is done (ALPN x0t-acct/1). */
  accept(tls: TLSSocket): void;
  /** NET-23: tells every client to move its circuits within `ms`; tunnels stay, to pay to the last. */
  goAway(ms: number): void;
  /** NET-23: tells every client that a relay begins or ends to drain, within a limit. */
  pushDescriptor(nodeId: NodeId, block: Uint8Array): void;
  tunnels(): number;
  close(): void;
}

export interface AccountServerDeps {
  payments: Pick<Payments, "payeeForChannel" | "accountOf">;
  tokens: TokenIssuer;
  directory: { documentBlock(nodeId: NodeId): Uint8Array | undefined; descriptorBlock(nodeId: NodeId, newerThan?: number): Uint8Array | undefined };
  log: Logger;
  registry: Registry;
}

interface Session {
  stream: AccountStream;
  /** The client's books, once a PAY above the highest known voucher proved that the channel is its own. */
  payee: PayeeCore | undefined;
}

/**
 * The relay's end of account tunnels (NET-18).
 *   stranger ──PAY above all before──▶ proved (account, tokens) ──close──▶ gone, the books stay
 */
export function createAccountServer(deps: AccountServerDeps): AccountServer {
  const { payments, log } = deps;
  const sessions = new Set<Session>();
  const mayPush = createPushLimit();
  const registers = [deps.registry];
  const proofs = new Counter({ name: "x0t_account_proofs_total", help: "Account tunnels that proved a channel.", registers });
  const served = new Counter({ name: "x0t_account_blocks_total", help: "Documents and descriptors given to clients.", labelNames: ["kind"], registers });
  new Gauge({ name: "x0t_account_tunnels", help: "Open account tunnels.", registers, collect() { this.set(sessions.size); } });

  function prove(session: Session, payee: PayeeCore, claim: PayMessage | undefined): void {
    // It closed while the chain was asked: it must not displace the tunnel that came after it.
    if (!sessions.has(session)) return;
    // One tunnel a client: the newer one is the living one.
    for (const other of sessions) {
      if (other === session || other.payee !== payee) continue;
      other.payee = undefined;
      other.stream.close();
    }
    session.payee = payee;
    payee.attach((message) => void session.stream.send(message));
    if (claim !== undefined) payee.onMessage(claim);
    giveTokens(session, FIRST_TOKENS);
    proofs.inc();
  }

  function giveTokens(session: Session, n: number): void {
    if (session.payee === undefined) return;
    const account = payments.accountOf(session.payee);
    session.stream.send({ type: "TOKENS", account, tokens: deps.tokens.issue(account, n) });
  }

  /** @returns how many blocks it sent */
  function answerGet(session: Session, { wanted, nodeIds, newerThan }: Extract<AccountMessage, { type: "GET" }>, id: number): number {
    const { directory } = deps;
    let sent = 0;
    for (const [index, nodeId] of nodeIds.entries()) {
      const block = wanted === "document" ? directory.documentBlock(nodeId) : directory.descriptorBlock(nodeId, newerThan?.[index]);
      if (block === undefined) continue;
      sent++;
      served.inc({ kind: wanted });
      session.stream.send({ type: wanted === "document" ? "DOC" : "DESC", block }, id);
    }
    session.stream.send({ type: "END" }, id);
    return sent;
  }

  /** Payment messages of a tunnel that has proved nothing yet. */
  async function beforeProof(session: Session, message: PayMessage, state: { claim?: PayMessage; bad: number }): Promise<void> {
    if (message.type !== "PAY" && message.type !== "LAST_REQUEST") return;
    const payee = await payments.payeeForChannel(message.channel);
    if (typeof payee === "number") return void session.stream.send({ type: "STOP", code: payee });
    if (message.type === "LAST_REQUEST") {
      state.claim = message;
      const last = await payee.lastOf(message.channel);
      session.stream.send(last);
      if (last.type === "LAST") session.stream.send(payee.count());
      return;
    }
    const verdict = await payee.accept(message);
    if (verdict === "accepted") return prove(session, payee, state.claim);
    if (verdict === "old") return void session.stream.send(await payee.lastOf(message.channel));
    session.stream.send({ type: "STOP", code: verdict });
    if (verdict === STOP_BAD_VOUCHER && ++state.bad >= 3) session.stream.close();
  }

  /** Strangers keep no client out: of those that have proved nothing, the oldest goes. */
  function makeRoom(): boolean {
    const unproved = [...sessions].filter(({ payee }) => payee === undefined);
    if (sessions.size < MAX_TUNNELS && unproved.length < MAX_UNPROVED) return true;
    const [oldest] = unproved;
    if (oldest === undefined) return false;
    sessions.delete(oldest);
    oldest.stream.close();
    return true;
  }

  return {
    accept(tls) {
      if (!makeRoom()) return void tls.destroy();
      const state: { claim?: PayMessage; bad: number } = { bad: 0 };
      let queue: Promise<void> = Promise.resolve();
      let waiting = 0;
      const allowance = createAllowance();
      const onPay = (message: PayMessage) => {
        if (session.payee !== undefined) return session.payee.onMessage(message);
        if (++waiting > MAX_WAITING) return stream.close();
        queue = queue
          .then(() => (session.payee === undefined ? beforeProof(session, message, state) : session.payee.onMessage(message)))
          .catch((error: unknown) => log.warn({ err: error }, "an account tunnel waits: the chain does not answer"))
          .finally(() => waiting--);
      };
      const onMessage = (message: AccountMessage, id: number) => {
        silent.refresh();
        switch (message.type) {
          case "PING":
            return void stream.send({ type: "PONG" }, id);
          case "WANT":
            return giveTokens(session, message.n);
          case "GET":
            if (!allowance(Math.max(1, message.nodeIds.length) * ASKED_BLOCKS)) return stream.close();
            return void allowance(answerGet(session, message, id));
          case "PAY":
          case "LAST_REQUEST":
            return onPay(message);
          default:
            // What only a relay says.
            return stream.close();
        }
      };
      const onClose = () => {
        clearTimeout(proving);
        clearTimeout(silent);
        sessions.delete(session);
        session.payee?.detach();
      };
      const proving = setTimeout(() => session.payee === undefined && stream.close(), PROVE_WITHIN_MS);
      const silent = setTimeout(() => stream.close(), SILENT_MS);
      const stream = createAccountStream(tls, onMessage, onClose);
      const session: Session = { stream, payee: undefined };
      sessions.add(session);
    },
    goAway(ms) {
      for (const { stream } of sessions) stream.send({ type: "GOAWAY", code: GOAWAY_DRAIN, ms });
    },
    pushDescriptor(nodeId, block) {
      if (sessions.size === 0 || !mayPush(nodeId)) return;
      served.inc({ kind: "push" }, sessions.size);
      for (const { stream } of sessions) stream.send({ type: "DESC", block });
    },
    tunnels: () => sessions.size,
    close() {
      for (const { stream } of sessions) stream.close();
    },
  };
}

/** A token bucket over blocks; a network of n nodes costs n at once, then little. */
function createAllowance(): (blocks: number) => boolean {
  let left = GET_BURST_BLOCKS;
  let atMs = performance.now();
  return (blocks) => {
    const nowMs = performance.now();
    left = Math.min(GET_BURST_BLOCKS, left + ((nowMs - atMs) / 1_000) * GET_BLOCKS_PER_SECOND);
    atMs = nowMs;
    const allowed = left > 0;
    left -= blocks;
    return allowed;
  };
}
