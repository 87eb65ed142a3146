import { nodeIdFromBytes, type NodeId } from "../../../core/ids.ts";
import type { RelayServerDeps } from "../../../node/circuit/relayDeps.ts";
import { createWorkGate } from "../../../node/circuit/work.ts";
import type { Identity } from "../../../node/identity/identity.ts";
import { free } from "./free.ts";

/** A real relay without payments and directory: only the way of the data is measured, or broken. A ticket is its own depth. */
export function freeRelay(params: {
  identity: Identity;
  listen: { host: string; port: number };
  /** Where another relay listens; undefined if it is none. */
  peer(nodeId: NodeId): { host: string; port: number } | undefined;
  exit: RelayServerDeps["exit"];
  log: RelayServerDeps["log"];
  registry: RelayServerDeps["registry"];
}): RelayServerDeps {
  const { identity, listen, exit, log, registry } = params;
  return {
    identity,
    listen,
    dialFrom: listen.host,
    admission: {
      tickets: {
        issue: () => ({ expiresAtMs: 0, tickets: [] }),
        redeem: (value) => ({ peer: nodeIdFromBytes(new Uint8Array(32)), depth: value[0] as number }),
      },
      tokens: { redeem: () => "00".repeat(16) },
      work: createWorkGate(identity.nodeId),
    },
    payees: { forPeer: () => free, forAccount: () => free },
    payers: { forPeer: () => free },
    nextHop: {
      endpoint(nodeId) {
        const peer = params.peer(nodeId);
        return peer && { host: peer.host, relayPort: peer.port, controlPort: 1 };
      },
      takeTicket: (_nodeId, depth) => Promise.resolve(Uint8Array.of(depth, ...new Uint8Array(15))),
    },
    acceptAccountTunnel: (tls) => tls.destroy(),
    exit,
    log,
    registry,
  };
}
