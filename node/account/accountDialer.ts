import { once } from "node:events";
import net from "node:net";
import type { TLSSocket } from "node:tls";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { encodePreface, minuteOf, PREFACE_KINDS } from "../circuit/preface.ts";
import { ACCOUNT_ALPN, openTunnel } from "../circuit/tunnel.ts";
import { solveWork } from "../circuit/work.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to a guard's relay port and pins it (NET-4, NET-6).
 * @param token a return token of an earlier tunnel; without one the work of a stranger is done first.
 * @throws X0T_UNREACHABLE, X0T_TUNNEL_FAILED, X0T_WORK_FAILED (retryable); X0T_TUNNEL_PIN
 */
export async function dialAccountTunnel(
  guard: { nodeId: NodeId; host: string; relayPort: number; workBits: number },
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
