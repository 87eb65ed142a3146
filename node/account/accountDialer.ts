import { once } from "node:events";
import net from "node:net";
import type { TLSSocket } from "node:tls";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { encodePreface, minuteOf, PREFACE_KINDS } from "../circuit/preface.ts";
import { ACCOUNT_ALPN, openTunnel } from "../circuit/tunnel.ts";
import { MAX_WORK_BITS, solveWork } from "../circuit/work.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** What a stranger adds to the work after each try that was reset, up to sixteen times what it knows of: seconds, not minutes. */
const MORE_BITS = 2;
const MOST_MORE_BITS = 4;

export interface DialledGuard {
  nodeId: NodeId;
  host: string;
  relayPort: number;
  /** By its last known descriptor. */
  workBits: number;
}

/**
 * Dials one guard again and again. A relay under load asks for more work than an older descriptor says, and can only reset who
 * brings less (NET-6): so every try that is reset brings more, until one succeeds.
 * @param guardOf what is known of it now. @throws as `dialAccountTunnel`
 */
export function createAccountDialer(guardOf: () => DialledGuard): (token: Uint8Array | undefined, signal: AbortSignal) => Promise<TLSSocket> {
  let more = 0;
  return async (token, signal) => {
    const guard = guardOf();
    try {
      const tls = await dialAccountTunnel({ ...guard, workBits: Math.min(MAX_WORK_BITS, guard.workBits + more) }, token, signal);
      more = 0;
      return tls;
    } catch (error) {
      if (token === undefined && error instanceof X0tError && error.code === "X0T_TUNNEL_FAILED") more = Math.min(MOST_MORE_BITS, more + MORE_BITS);
      throw error;
    }
  };
}

/**
 * Connects to a guard's relay port and pins it (NET-4, NET-6).
 * @param token a return token of an earlier tunnel; without one the work of a stranger is done first.
 * @throws X0T_UNREACHABLE, X0T_TUNNEL_FAILED, X0T_WORK_FAILED (retryable); X0T_TUNNEL_PIN
 */
export async function dialAccountTunnel(
  guard: DialledGuard,
  token: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { nodeId, host, relayPort, workBits } = guard;
  const kind = token === undefined ? PREFACE_KINDS.work : PREFACE_KINDS.token;
  const { minute, value } =
    token === undefined ? await solveWork(nodeId, workBits, signal) : { minute: minuteOf(Date.now()), value: token };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
  const socket = net.connect({ host, port: relayPort, autoSelectFamily: false, noDelay: true });
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect", { signal: limit });
  } catch (cause) {
    socket.destroy();
    throw new X0tError("X0T_UNREACHABLE", `Guard ${nodeId} does not answer on its relay port.`, { retryable: true, cause });
  }
  socket.write(encodePreface({ kind, minute, value }));
  return openTunnel({ under: socket, expect: nodeId, alpn: ACCOUNT_ALPN, layer: 0, signal: limit });
}
