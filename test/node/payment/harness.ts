import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { devnetParameters } from "../../../core/parameters.ts";
import type { Channel, ChannelReader } from "../../../node/payment/channelBook.ts";
import { createPayments, type Payments, type PaymentsDeps } from "../../../node/payment/payments.ts";
import { decodePayMessage, encodePayMessage, type PayMessage } from "../../../node/payment/payMessage.ts";

export const CHAIN_ID = 31337;
export const CHANNELS: Address = "0x00000000000000000000000000000000000000C1";
export const PAYER_KEY: Hex = `0x${"11".repeat(32)}`;
export const OTHER_KEY: Hex = `0x${"22".repeat(32)}`;
export const PAYER: Address = privateKeyToAccount(PAYER_KEY).address;
export const OPERATOR: Address = "0x00000000000000000000000000000000000000b0";
export const PAYER_NODE: Hex = `0x${"a1".repeat(32)}`;
export const PAYEE_NODE: Hex = `0x${"b2".repeat(32)}`;
export const CHANNEL: Hex = `0x${"c3".repeat(32)}`;
export const silent = pino({ level: process.env.TEST_LOG ?? "silent" });

/** A chain of channels in memory; tests change it as transactions would. */
export function fakeChain(...channels: Partial<Channel>[]): ChannelReader & { all: Channel[]; down: boolean } {
  const all = channels.map(
    (channel): Channel => ({
      channel: CHANNEL,
      payer: PAYER,
      payee: OPERATOR,
      signer: PAYER,
      deposit: 50n * 10n ** 18n,
      redeemed: 0n,
      closesAt: 0,
      closed: false,
      ...channel,
    }),
  );
  const chain = {
    all,
    down: false,
    read(id: Hex) {
      if (chain.down) return Promise.reject(new Error("the chain is down"));
      const found = all.find((channel) => channel.channel === id);
      return Promise.resolve(found === undefined ? undefined : { ...found });
    },
    find(payer: Address, payee: Address) {
      if (chain.down) return Promise.reject(new Error("the chain is down"));
      return Promise.resolve(all.filter((c) => c.payer === payer && c.payee === payee).map((c) => ({ ...c })));
    },
  };
  return chain;
}

export async function temporaryHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), "x0t-pay-"));
  return { home, remove: () => rm(home, { recursive: true, force: true }) };
}

export function paymentsOf(home: string, reader: ChannelReader, over: Partial<PaymentsDeps> = {}): Payments {
  return createPayments({
    home,
    chainId: CHAIN_ID,
    channels: CHANNELS,
    reader,
    key: PAYER_KEY,
    operator: OPERATOR,
    operatorOf: () => OPERATOR,
    parameters: devnetParameters(60),
    log: silent,
    registry: new Registry(),
    ...over,
  });
}

/** Joins a payer and a payee as a control link would, through the real encoding. @returns cuts the link. */
export function link(
  payer: { attach(send: (m: PayMessage) => void): void; onMessage(m: PayMessage): void; detach(): void },
  payee: { attach(send: (m: PayMessage) => void): void; onMessage(m: PayMessage): void; detach(): void },
  spy: (message: PayMessage) => void = () => undefined,
): () => void {
  let cut = false;
  const carry = (to: (m: PayMessage) => void) => (message: PayMessage) => {
    spy(message);
    const { type, payload } = encodePayMessage(message);
    queueMicrotask(() => {
      if (!cut) to(decodePayMessage(type, payload));
    });
  };
  payee.attach(carry((message) => payer.onMessage(message)));
  payer.attach(carry((message) => payee.onMessage(message)));
  return () => {
    cut = true;
    payer.detach();
    payee.detach();
  };
}

export interface SocketPair {
  near: net.Socket;
  far: net.Socket;
  /** Sends so many bytes from `near`; resolves when `far` has read them. */
  send(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** A TCP connection of two real sockets. */
export async function socketPair(): Promise<SocketPair> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<net.Socket>((resolve) => server.once("connection", resolve));
  const near = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  const far = await accepted;
  for (const socket of [near, far]) socket.on("error", () => undefined);
  far.resume();
  near.resume();
  return {
    near,
    far,
    async send(bytes) {
      const until = far.bytesRead + bytes;
      for (let left = bytes; left > 0; left -= 65_536) near.write(Buffer.alloc(Math.min(65_536, left)));
      await eventually(() => far.bytesRead >= until, "bytes arrive");
    },
    async close() {
      near.destroy();
      far.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Polls until `condition` holds. */
export async function eventually(condition: () => boolean, what: string, deadlineMs = 8_000): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
