import type { Duplex } from "node:stream";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { REPLIES } from "../circuit/frames.ts";
import type { SocksConnect } from "../socks5/server.ts";
import type { Routes } from "./routes.ts";

const CONNECT_DEADLINE_MS = 45_000;
/** Without a circuit for so long, an application had better be told. */
export const CIRCUIT_WAIT_MS = 15_000;
/** The same, where another exit has refused already. */
const SECOND_WAIT_MS = 5_000;
/** A stream whose circuit dies before it is open is tried on others, the application does not notice. */
const CONNECT_TRIES = 4;

/**
 * Opens streams on the routes' sessions: again where a circuit was lost, and once at another exit where one's policy refuses
 * (NET-15: of a name, only its port is known before it is resolved).
 */
export function createConnect({ routes, onRetry }: { routes: Pick<Routes, "carrier">; onRetry(): void }): SocksConnect {
  return async (target, isolationKey, signal): Promise<Duplex> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_DEADLINE_MS)]);
    const not = new Set<NodeId>();
    let refusal: unknown;
    for (let left = CONNECT_TRIES; ; left--) {
      const wait = AbortSignal.timeout(refusal === undefined ? CIRCUIT_WAIT_MS : SECOND_WAIT_MS);
      const { session, exit } = await routes.carrier(isolationKey, { target, not }, AbortSignal.any([limit, wait])).catch((error: unknown) => {
        throw refusal ?? error;
      });
      try {
        return await session.openStream(target, limit);
      } catch (error) {
        if (!(error instanceof X0tError) || left === 1) throw error;
        const refused = error.data.reply === REPLIES.notAllowed;
        if (refused && refusal !== undefined) throw error;
        if (!refused && error.code !== "X0T_CIRCUIT_LOST") throw error;
        if (refused) {
          refusal = error;
          not.add(exit);
        }
        onRetry();
      }
    }
  };
}
