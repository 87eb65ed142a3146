import net, { type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { REPLIES, type Target } from "../circuit/frames.ts";
import { createAllowedAddresses, type AddressRules } from "./allowedAddresses.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const STAGGER_MS = 250;
const BUFFER_BYTES = 256 << 10;

const REPLY_OF: Record<string, number> = {
  ECONNREFUSED: REPLIES.connectionRefused,
  ENETUNREACH: REPLIES.networkUnreachable,
  EHOSTUNREACH: REPLIES.hostUnreachable,
  ETIMEDOUT: REPLIES.timedOut,
  EADDRNOTAVAIL: REPLIES.networkUnreachable,
  // The exit's own firewall.
  EACCES: REPLIES.notAllowed,
  EPERM: REPLIES.notAllowed,
};
/** Of several addresses: an exit without IPv6 must not hide that the IPv4 address refused. */
const MOST_TELLING: readonly number[] = [
  REPLIES.connectionRefused,
  REPLIES.timedOut,
  REPLIES.hostUnreachable,
  REPLIES.networkUnreachable,
  REPLIES.notAllowed,
  REPLIES.generalFailure,
];

/** @returns a connected socket, paused, or the reply code that says why not (RFC 1928, section 6) */
export type ConnectTarget = (target: Target, signal: AbortSignal) => Promise<Duplex | number>;

/** Connects to exactly the literals that the policy allowed (NET-15). */
export function createConnectTarget(params: AddressRules & { dialFrom: string | undefined; timeoutMs?: number | undefined }): ConnectTarget {
  const allowed = createAllowedAddresses(params);
  return async (target, signal) => {
    const addresses = await allowed(target, signal);
    if (typeof addresses === "number") return addresses;
    return connectFirst({ addresses, port: target.port, dialFrom: params.dialFrom, timeoutMs: params.timeoutMs ?? CONNECT_TIMEOUT_MS, signal });
  };
}

/** Tries the addresses 250 ms apart, or sooner when one fails; the first that connects wins. */
function connectFirst(params: { addresses: string[]; port: number; dialFrom: string | undefined; timeoutMs: number; signal: AbortSignal }): Promise<Socket | number> {
  const { addresses, port, dialFrom, signal } = params;
  return new Promise((resolve) => {
    const waiting = [...addresses];
    const trying = new Set<Socket>();
    let reply: number = REPLIES.generalFailure;
    let staggerTimer: NodeJS.Timeout | undefined;
    const settle = (result: Socket | number) => {
      clearTimeout(deadline);
      clearTimeout(staggerTimer);
      signal.removeEventListener("abort", onAbort);
      for (const socket of trying) if (socket !== result) socket.destroy();
      resolve(result);
    };
    const onAbort = () => settle(REPLIES.generalFailure);
    const deadline = setTimeout(() => settle(REPLIES.timedOut), params.timeoutMs);
    const tryNext = () => {
      clearTimeout(staggerTimer);
      const host = waiting.shift();
      if (host === undefined) {
        if (trying.size === 0) settle(reply);
        return;
      }
      const sameFamily = dialFrom !== undefined && net.isIP(dialFrom) === net.isIP(host);
      const socket = net.connect({ host, port, ...(sameFamily && { localAddress: dialFrom }), autoSelectFamily: false, noDelay: true, allowHalfOpen: true, highWaterMark: BUFFER_BYTES } as net.NetConnectOpts);
      trying.add(socket);
      const onError = (error: NodeJS.ErrnoException) => {
        trying.delete(socket);
        const told = REPLY_OF[error.code ?? ""] ?? REPLIES.generalFailure;
        if (MOST_TELLING.indexOf(told) < MOST_TELLING.indexOf(reply)) reply = told;
        tryNext();
      };
      socket.once("error", onError).once("connect", () => {
        socket.off("error", onError).on("error", () => undefined);
        settle(socket);
      });
      if (waiting.length > 0) staggerTimer = setTimeout(tryNext, STAGGER_MS);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else tryNext();
  });
}
