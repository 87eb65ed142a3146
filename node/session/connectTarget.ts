import net, { type Socket } from "node:net";
import { ATYP, REPLIES, type Target } from "../circuit/frames.ts";
import type { ExitPolicy } from "./exitPolicy.ts";
import type { ResolveName } from "./resolveName.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const STAGGER_MS = 250;
const BUFFER_BYTES = 256 << 10;

const REPLY_OF: Record<string, number> = {
  ECONNREFUSED: REPLIES.connectionRefused,
  ENETUNREACH: REPLIES.networkUnreachable,
  EHOSTUNREACH: REPLIES.hostUnreachable,
  ETIMEDOUT: REPLIES.timedOut,
  EADDRNOTAVAIL: REPLIES.networkUnreachable,
};

/** @returns a connected socket, paused, or the reply code that says why not (RFC 1928, section 6) */
export type ConnectTarget = (target: Target, signal: AbortSignal) => Promise<Socket | number>;

/**
 * Resolves, asks the policy about each literal, and connects to exactly that literal (NET-15).
 * @param isNat64 settles before the first IPv6 connection is made
 */
export function createConnectTarget(params: {
  policy: ExitPolicy;
  resolve: ResolveName;
  isNat64?: Promise<(address: string) => boolean>;
  dialFrom: string | undefined;
}): ConnectTarget {
  return async (target, signal) => {
    if (target.atyp === ATYP.echo) return REPLIES.addressTypeNotSupported;
    if (target.port === 0) return REPLIES.notAllowed;
    const addresses = await params.resolve(target.host, signal);
    if (addresses.length === 0) return REPLIES.hostUnreachable;
    // Only IPv6 needs to wait for the discovery.
    const isNat64 = addresses.some((address) => net.isIPv6(address)) ? await params.isNat64 : undefined;
    const allowed = addresses.filter((address) => params.policy.allows(address, target.port) && isNat64?.(address) !== true);
    if (allowed.length === 0) return REPLIES.notAllowed;
    return connectFirst(allowed, target.port, params.dialFrom, signal);
  };
}

/** Tries the addresses 250 ms apart, or sooner when one fails; the first that connects wins. */
function connectFirst(addresses: string[], port: number, dialFrom: string | undefined, signal: AbortSignal): Promise<Socket | number> {
  return new Promise((resolve) => {
    const waiting = [...addresses];
    const trying = new Set<Socket>();
    let reply: number = REPLIES.hostUnreachable;
    let staggerTimer: NodeJS.Timeout | undefined;
    const settle = (result: Socket | number) => {
      clearTimeout(deadline);
      clearTimeout(staggerTimer);
      signal.removeEventListener("abort", onAbort);
      for (const socket of trying) if (socket !== result) socket.destroy();
      resolve(result);
    };
    const onAbort = () => settle(REPLIES.generalFailure);
    const deadline = setTimeout(() => settle(REPLIES.timedOut), CONNECT_TIMEOUT_MS);
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
        reply = REPLY_OF[error.code ?? ""] ?? REPLIES.generalFailure;
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
