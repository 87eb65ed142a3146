import { randomBytes } from "node:crypto";
import type { Registry } from "prom-client";
import type { Hex } from "viem";
import type { Address, NodeId } from "../../core/ids.ts";
import { UNIT_WEI, type ProtocolParameters } from "../../core/parameters.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createChannelBook, type ChannelReader } from "./channelBook.ts";
import { earningsOf, type EarningsReport } from "./earnings.ts";
import { settledClients } from "./forgetClients.ts";
import { createPairMeter } from "./meter.ts";
import { openPairStore, type PairKey } from "./pairStore.ts";
import { createPayee } from "./payee.ts";
import type { Payee, PayeeCore } from "./payeeTypes.ts";
import { createPayer } from "./payer.ts";
import type { Payer, PayerCore } from "./payerTypes.ts";
import { createPayerChannel } from "./payerChannel.ts";
import { STOP_FULL, STOP_UNKNOWN_CHANNEL, type StopCode } from "./payMessage.ts";
import { createPaymentMetrics } from "./paymentMetrics.ts";
import { CREDIT_PACKETS } from "./prepay.ts";
import { createVoucherSigner } from "./voucherSignature.ts";

/** Sockets are looked at this often while bytes flow, else every 100 ms. */
const BUSY_POLL_MS = 20;
const IDLE_POLL_MS = 100;
const BUSY_FOR_MS = 1_000;
const TICK_MS = 1_000;
/** Vouchers of so many units are synced at once, else once a second (NET-19). */
const SYNC_AT_UNITS = 1_000n;
/** Channels read again each second, of those that were not read for long: for closings, and for what is redeemed. */
const REFRESH_CHANNELS = 4;
/** Clients whose channels a node keeps books of. For more, settled ones are forgotten, a tenth of them at once. */
const MOST_CLIENTS = 10_000;
/** When none can be forgotten, one looks again so late: it means reading all books. */
const FORGET_AGAIN_MS = 1_000;

/** All pairs of one process: the money side of a relay, or of a client. */
export interface Payments {
  payeeForPeer(nodeId: NodeId): Payee;
  payerForPeer(nodeId: NodeId): Payer;
  /** The client whose account (32 hex digits) this is; undefined if no account tunnel proved it in this process. */
  payeeForAccount(account: string): Payee | undefined;
  /** The books of the client who opened a channel to this node, or why there are none. @throws if the chain cannot be read */
  payeeForChannel(channel: Hex): Promise<PayeeCore | StopCode>;
  /** The secret by which a client's entry tunnels name it (NET-18 BIND): 16 random bytes as 32 hex digits. */
  accountOf(payee: PayeeCore): string;
  /** Bytes of others' traffic over the node's whole life. */
  relayedBytes(): number;
  signedWei(): bigint;
  /** Every node that we ever paid or were about to, and the tunnels to it now. */
  paying(): { nodeId: NodeId; tunnels: number }[];
  /** Bytes of tunnels that we paid for, over the whole life. */
  paidBytes(): number;
  earnings(): EarningsReport;
  /** Writes everything to the disk and stops metering. */
  close(): Promise<void>;
}

export interface PaymentsDeps {
  home: string;
  chainId: number;
  /** The RelayChannels contract. */
  channels: Address;
  reader: ChannelReader;
  /** Payer of our channels and signer of their vouchers: the hot key, or a client's payer key. */
  key: Hex;
  /** Payee of channels to this node; undefined for a client. */
  operator: Address | undefined;
  /** Payee of channels to a node, once the directory knows it. */
  operatorOf: (nodeId: NodeId) => Address | undefined;
  parameters: ProtocolParameters;
  /** Client: prove ownership at each attach, with tunnels of so many units a packet ahead (NET-18). */
  client?: { unitsPerPacket: number };
  /** Clients kept, for tests. */
  mostClients?: number;
  log: Logger;
  registry: Registry;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** @throws X0T_METER_CORRUPT, X0T_VOUCHER_FILE */
export function createPayments(deps: PaymentsDeps): Payments {
  const now = deps.now ?? (() => performance.now());
  const { log } = deps;
  const metrics = createPaymentMetrics(deps.registry);
  const store = openPairStore(deps.home);
  const domain = { chainId: deps.chainId, channels: deps.channels };
  const signer = createVoucherSigner(domain, deps.key);
  const book = createChannelBook(deps.reader, now, (deps.parameters.channelCloseSeconds / 2) * 1_000);
  const payees = new Map<PairKey, PayeeCore>();
  const payers = new Map<PairKey, PayerCore>();
  const accounts = new Map<string, PayeeCore>();
  const accountByPair = new Map<PairKey, string>();
  // A closing channel must be noticed while its last voucher can still be redeemed (CHN-2).
  const channelMaxAgeMs = Math.min(60, deps.parameters.channelCloseSeconds / 6) * 1_000;
  let unsyncedUnits = 0n;
  let busyUntilMs = 0;
  let forgetAgainMs = Number.NEGATIVE_INFINITY;
  const mostClients = deps.mostClients ?? MOST_CLIENTS;
  let closed = false;

  const save = () => {
    unsyncedUnits = 0n;
    const timer = metrics.syncSeconds.startTimer();
    return store.save().then(
      () => void timer(),
      (error: unknown) => log.error({ err: error }, "vouchers or meters not written: free some space"),
    );
  };
  const onVoucher = (units: bigint) => {
    unsyncedUnits += units;
    if (unsyncedUnits >= SYNC_AT_UNITS) void save();
  };
  /** What a new tunnel carries before the next look is served on trust. */
  const onTunnel = () => {
    const nowMs = now();
    if (nowMs < busyUntilMs || closed) return;
    busyUntilMs = nowMs + BUSY_FOR_MS;
    clearTimeout(pollTimer);
    pollTimer = setTimeout(poll, BUSY_POLL_MS);
  };
  const shared = { domain, log, metrics, onVoucher, onTunnel, onChange: () => store.markDirty() };

  function payeeOf(key: PairKey, creditPackets: number): PayeeCore {
    let payee = payees.get(key);
    if (payee === undefined) {
      if (deps.operator === undefined) throw new TypeError("a client is paid by nobody");
      const meter = createPairMeter(store.meter(key));
      payee = createPayee({ ...shared, key, meter, journal: store.received, book, operator: deps.operator, creditPackets, channelMaxAgeMs });
      payees.set(key, payee);
    }
    return payee;
  }

  function payerOf(nodeId: NodeId): PayerCore {
    const key: PairKey = `to:${nodeId}`;
    let payer = payers.get(key);
    if (payer === undefined) {
      const payee = () => deps.operatorOf(nodeId);
      const channel = createPayerChannel({ key, payer: signer.address, journal: store.signed, reader: deps.reader, payee, log });
      const meter = createPairMeter(store.meter(key), deps.client?.unitsPerPacket ?? 1);
      payer = createPayer({ ...shared, key, meter, journal: store.signed, channel, signer, now, proveOnAttach: deps.client !== undefined });
      payers.set(key, payer);
      payer.tick(now());
    }
    return payer;
  }

  /** False if all of them are needed. First the vouchers, then the meters: a meter without vouchers is dropped at the next start. */
  function forgetSome(): boolean {
    if (now() < forgetAgainMs) return false;
    const forgotten = settledClients(payees.values(), store.received, book, Math.max(1, mostClients / 10));
    if (forgotten.length === 0) forgetAgainMs = now() + FORGET_AGAIN_MS;
    if (forgotten.length === 0) return false;
    store.received.forget(new Set(forgotten.map(({ key }) => key)));
    for (const { key, close } of forgotten) {
      close();
      payees.delete(key);
      store.forget(key);
      accounts.delete(accountByPair.get(key) ?? "");
      accountByPair.delete(key);
    }
    log.info({ clients: forgotten.length }, "settled clients forgotten, longest unseen first");
    return true;
  }

  function poll(): void {
    const nowMs = now();
    let earnedBytes = 0;
    let spentBytes = 0;
    for (const payee of payees.values()) earnedBytes += payee.poll();
    for (const payer of payers.values()) spentBytes += payer.poll(nowMs);
    if (earnedBytes + spentBytes > 0) {
      busyUntilMs = nowMs + BUSY_FOR_MS;
      store.markDirty();
    }
    metrics.relayedBytes.inc(earnedBytes);
    pollTimer = setTimeout(poll, nowMs < busyUntilMs ? BUSY_POLL_MS : IDLE_POLL_MS);
  }

  const meteredTotals = { earned: 0n, spent: 0n };
  function tick(): void {
    const nowMs = now();
    const sums = { earned: 0n, spent: 0n };
    const prepaid = { earned: 0n, spent: 0n };
    for (const payee of payees.values()) {
      payee.tick();
      sums.earned += payee.meteredUnits();
      prepaid.earned += payee.highestVoucher() / UNIT_WEI - payee.meteredUnits();
    }
    for (const payer of payers.values()) {
      payer.tick(nowMs);
      sums.spent += payer.meter.units();
      prepaid.spent += payer.signedWei() / UNIT_WEI - payer.meter.units();
    }
    for (const direction of ["earned", "spent"] as const) {
      metrics.units.inc({ direction }, Math.max(0, Number(sums[direction] - meteredTotals[direction])));
      metrics.prepaidUnits.set({ direction }, Number(prepaid[direction]));
      meteredTotals[direction] = sums[direction];
    }
    void save();
    book.refreshSome(store.received.highest.keys(), channelMaxAgeMs, REFRESH_CHANNELS);
  }

  const paying = new Set([...store.received.highest.values()].map(({ pair }) => pair));
  for (const key of store.meters().keys()) {
    if (key.startsWith("from:")) payeeOf(key, CREDIT_PACKETS);
    else if (key.startsWith("client:") && !paying.has(key)) store.forget(key);
    else if (key.startsWith("client:")) payeeOf(key, 0);
    else payerOf(key.slice(3) as NodeId);
  }
  let pollTimer = setTimeout(poll, BUSY_POLL_MS);
  const tickTimer = setInterval(tick, TICK_MS);

  return {
    payeeForPeer: (nodeId) => payeeOf(`from:${nodeId}`, CREDIT_PACKETS),
    payerForPeer: payerOf,
    payeeForAccount: (account) => accounts.get(account),
    async payeeForChannel(id) {
      const channel = await book.get(id, channelMaxAgeMs);
      if (channel === undefined || channel.closed || channel.payee !== deps.operator) return STOP_UNKNOWN_CHANNEL;
      const key: PairKey = `client:${channel.payer}`;
      if (!payees.has(key) && payees.size >= mostClients && !forgetSome()) return STOP_FULL;
      const payee = payeeOf(key, 0);
      // The longest unseen stands first.
      payees.delete(key);
      payees.set(key, payee);
      return payee;
    },
    accountOf(payee) {
      let account = accountByPair.get(payee.key);
      if (account === undefined) {
        account = randomBytes(16).toString("hex");
        accountByPair.set(payee.key, account);
        accounts.set(account, payee);
      }
      return account;
    },
    relayedBytes: () => [...payees.values()].reduce((sum, payee) => sum + payee.meter.bytes(), 0),
    signedWei: () => [...payers.values()].reduce((sum, payer) => sum + payer.signedWei(), 0n),
    paying: () => [...payers.values()].map(({ key, meter }) => ({ nodeId: key.slice("to:".length) as NodeId, tunnels: meter.openTunnels() })),
    paidBytes: () => [...payers.values()].reduce((sum, payer) => sum + payer.meter.bytes(), 0),
    earnings: () => earningsOf([...payees.values()], [...payers.values()], store.received, book),
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(pollTimer);
      clearInterval(tickTimer);
      for (const half of [...payees.values(), ...payers.values()]) {
        if (half.meter.poll() > 0) store.markDirty();
        half.close();
      }
      await store.close();
    },
  };
}
