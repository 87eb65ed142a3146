import { buildCircuit, type Circuit } from "../../../node/circuit/buildCircuit.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { free } from "./free.ts";
import type { Place } from "./places.ts";

/** A circuit over these relays. */
export function openCircuit(path: readonly Place[], signal: AbortSignal): Promise<Circuit> {
  return buildCircuit({
    path: path.map(({ nodeId, host, port }) => ({ nodeId, endpoint: { host, relayPort: port } })),
    entry: { token: new Uint8Array(16), account: new Uint8Array(16) },
    payer: free,
    signal,
  });
}

/** A session as a client has it. @param paths disjoint but for the exit */
export async function openSession(paths: readonly (readonly Place[])[], signal: AbortSignal): Promise<ClientSession> {
  const [first, ...others] = (await Promise.all(paths.map((path) => openCircuit(path, signal)))) as [Circuit, ...Circuit[]];
  const session = createClientSession(first);
  // A JOIN that overtakes the HELLO finds no session.
  await session.ping(signal);
  await Promise.all(others.map((circuit) => session.addCircuit(circuit)));
  return session;
}
