import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net, { type Socket } from "node:net";
import type { Hex } from "viem";
import type { PayMessage } from "../../../node/payment/payMessage.ts";

/**
 * One half of a pair as a process of its own: `role home port crashAt`. The payer dials; each connection begins with C
 * (money) or D (a tunnel of depth 2, 24 bytes of preface). `crashAt` names the step at which it kills itself, by SIGKILL.
 */
const [role = "", home = "", portText = "", crashAt = ""] = process.argv.slice(2);
const NODE: Hex = `0x${"aa".repeat(32)}`;
const DEPTH = 2;

/** The second time the step is reached, so that there is something to lose. */
let passes = 0;
function step(name: string): void {
  if (name === crashAt && ++passes === 2) process.kill(process.pid, "SIGKILL");
}

// Steps around the write of a voucher: patched before anything imports node:fs by name.
const writeSync = fs.writeSync;
fs.writeSync = ((fd: number, line: string) => {
  const isVoucher = line.includes('"pair"');
  if (isVoucher) step("before-write");
  if (isVoucher && crashAt === "torn-write" && ++passes === 2) {
    writeSync(fd, line.slice(0, 40));
    process.kill(process.pid, "SIGKILL");
  }
  const written = writeSync(fd, line);
  if (isVoucher) step("after-write");
  return written;
}) as typeof fs.writeSync;
syncBuiltinESMExports();

const { fakeChain, OTHER_KEY, paymentsOf } = await import("./harness.ts");
const { createMessageDecoder, encodeMessage } = await import("../../../node/link/message.ts");
const { decodePayMessage, encodePayMessage } = await import("../../../node/payment/payMessage.ts");

const payments = paymentsOf(home, fakeChain({}), role === "payee" ? { key: OTHER_KEY } : {});
const half = role === "payee" ? payments.payeeForPeer(NODE) : payments.payerForPeer(NODE);

function carryMoney(socket: Socket): void {
  const decoder = createMessageDecoder();
  socket.on("data", (chunk) => {
    for (const { type, payload } of decoder.push(chunk)) {
      step(`receive-${decodePayMessage(type, payload).type}`);
      half.onMessage(decodePayMessage(type, payload));
    }
  });
  half.attach((message: PayMessage) => {
    step(`before-send-${message.type}`);
    socket.write(encodeMessage({ id: 0, ...encodePayMessage(message) }));
    // Let the bytes leave before a crash that comes after sending.
    setImmediate(() => step(`after-send-${message.type}`));
  });
  socket.on("close", () => half.detach());
}

function serve(): void {
  const payee = payments.payeeForPeer(NODE);
  net
    .createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("readable", () => {
        const kind = String.fromCharCode((socket.read(1) as Buffer)[0] as number);
        if (kind === "C") return carryMoney(socket);
        const remove = payee.addTunnel(DEPTH, socket, (paused) => (paused ? socket.pause() : socket.resume()));
        socket.on("data", () => undefined).on("end", () => socket.end()).on("close", remove);
      });
    })
    .listen(Number(portText), "127.0.0.1");
}

function dialMoney(): void {
  const socket = net.connect(Number(portText), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.on("connect", () => {
    socket.write("C");
    carryMoney(socket);
  });
  socket.on("close", () => setTimeout(dialMoney, 50));
}

/** @returns true if the payee read all of it and said so. */
function sendBytes(bytes: number): Promise<boolean> {
  const payer = payments.payerForPeer(NODE);
  const socket = net.connect(Number(portText), "127.0.0.1");
  return new Promise((resolve) => {
    let whole = false;
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      socket.write(Buffer.alloc(24, "D"));
      const remove = payer.addTunnel(DEPTH, socket);
      socket.write(Buffer.alloc(bytes));
      socket.end();
      socket.resume();
      socket.on("end", () => (whole = true));
      socket.on("close", remove);
    });
    socket.on("close", () => resolve(whole));
  });
}

function status(): Record<string, unknown> {
  const { meteredUnits, channels, paid } = payments.earnings();
  const mine = role === "payee" ? channels[0]?.cumulativeWei : paid[0]?.signedWei;
  const units = role === "payee" ? meteredUnits : String(BigInt(paid[0]?.meteredWei ?? 0) / 10n ** 14n);
  return { ready: half.ready(), units, wei: mine ?? "0" };
}

process.on("message", (message: { send?: number; close?: true }) => {
  if (message.send !== undefined) void sendBytes(message.send).then((whole) => process.send?.({ whole }));
  else if (message.close === true) void payments.close().then(() => process.exit(0));
  else process.send?.({ status: status() });
});
process.on("disconnect", () => process.exit(0));
if (role === "payee") serve();
else dialMoney();
process.send?.({ started: true });
