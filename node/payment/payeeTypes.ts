import type { Hex } from "viem";
import type { Address } from "../../core/ids.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { ChannelBook } from "./channelBook.ts";
import type { MeteredSocket, PairMeter } from "./meter.ts";
import type { PairKey } from "./pairStore.ts";
import type { PayMessage, StopCode } from "./payMessage.ts";
import type { PaymentMetrics } from "./paymentMetrics.ts";
import type { VoucherJournal } from "./voucherJournal.ts";
import type { VoucherDomain } from "./voucherSignature.ts";

export type Pay = Extract<PayMessage, { type: "PAY" }>;
export type Send = (message: PayMessage) => void;

/** The side of a pair that relays and is paid (NET-18, NET-19). */
export interface Payee {
  /** False: accept no new tunnel, it would be paused at once. */
  ready(): boolean;
  /**
   * Meters a tunnel of the payer. `setPaused(true)`, maybe at once, while more is used than paid and credited.
   * @param depth relays still to follow
   * @param socket the raw socket, its preface included in the counters
   * @returns call it when the tunnel ends.
   */
  addTunnel(depth: number, socket: MeteredSocket, setPaused: (paused: boolean) => void): () => void;
  onMessage(message: PayMessage): void;
  attach(send: Send): void;
  detach(): void;
  meteredUnits(): bigint;
  /** Wei over the pair's whole life. */
  highestVoucher(): bigint;
  close(): void;
}

/** What payments.ts and the account desk use beyond `Payee`. */
export interface PayeeCore extends Payee {
  readonly key: PairKey;
  readonly meter: PairMeter;
  attached(): boolean;
  /** Judges one voucher. @throws what the chain reader throws */
  accept(pay: Pay): Promise<"accepted" | "old" | StopCode>;
  /** What LAST says of a channel. */
  lastOf(channel: Hex): Promise<PayMessage>;
  /** The payer's own count, once a process: a payee that crashed lost its last second. */
  claim(units: bigint): void;
  count(): PayMessage;
  poll(): number;
  /** Once a second: COUNT, and vouchers that the chain could not be asked about. */
  tick(): void;
}

export interface PayeeDeps {
  key: PairKey;
  meter: PairMeter;
  journal: VoucherJournal;
  book: ChannelBook;
  domain: VoucherDomain;
  /** Payee of every channel of this process. */
  operator: Address;
  /** 10 for registered payers, else 0. */
  creditPackets: number;
  channelMaxAgeMs: number;
  log: Logger;
  metrics: PaymentMetrics;
  onVoucher: (units: bigint) => void;
  onChange: () => void;
  /** One was opened: look at the meters soon. */
  onTunnel: () => void;
}
