import type { Hex } from "viem";
import type { Logger } from "../../runtime/logger.ts";
import type { MeteredSocket, PairMeter } from "./meter.ts";
import type { PairKey } from "./pairStore.ts";
import type { Send } from "./payeeTypes.ts";
import type { PayerChannel } from "./payerChannel.ts";
import type { PayMessage } from "./payMessage.ts";
import type { PaymentMetrics } from "./paymentMetrics.ts";
import type { VoucherJournal } from "./voucherJournal.ts";
import type { VoucherDomain, VoucherSigner } from "./voucherSignature.ts";

/** The side of a pair that extends through a relay and pays it (NET-18, NET-19). */
export interface Payer {
  /** False: open no new tunnel. No link, no channel with deposit left, or a gap between the meters. */
  ready(): boolean;
  /**
   * Meters a tunnel to the payee.
   * @param depth relays still to follow behind the payee
   * @param socket the raw socket
   * @param alreadyRead bytes of its counters that are not metered: the preface
   * @returns call it when the tunnel ends.
   */
  addTunnel(depth: number, socket: MeteredSocket, alreadyRead?: number): () => void;
  onMessage(message: PayMessage): void;
  attach(send: Send): void;
  detach(): void;
  /** A channel was opened or topped up: look now, not when it is time. */
  lookAgain(): void;
  close(): void;
}

export interface PayerCore extends Payer {
  readonly key: PairKey;
  readonly meter: PairMeter;
  signedWei(): bigint;
  /** The channel that it pays by, or paid by last. */
  channelId(): Hex | undefined;
  /** Of that channel: what was put in, as last read from the chain, and what of it may still be signed. */
  deposit(): { depositWei: bigint; leftWei: bigint } | undefined;
  exhausted(): boolean;
  poll(nowMs: number): number;
  tick(nowMs: number): void;
}

export interface PayerDeps {
  key: PairKey;
  meter: PairMeter;
  journal: VoucherJournal;
  channel: PayerChannel;
  signer: VoucherSigner;
  domain: VoucherDomain;
  /** A client proves that the channel is its own by a voucher above the highest known one, and prepays without a tunnel. */
  proveOnAttach: boolean;
  log: Logger;
  metrics: PaymentMetrics;
  now: () => number;
  onVoucher: (units: bigint) => void;
  onChange: () => void;
  /** One was opened: look at the meters soon. */
  onTunnel: () => void;
}
