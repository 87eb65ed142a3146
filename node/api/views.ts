import type { EpochClock } from "../../runtime/epochClock.ts";
import type { NodeConfig } from "../config.ts";
import type { Directory } from "../directory/directory.ts";
import type { Link } from "../link/link.ts";
import type { Spool } from "../proofs/spool.ts";
import type { ApiViews } from "./server.ts";

/** Epochs whose receipts `/v1/status` counts. */
const SHOWN_EPOCHS = 4;

/** What the node's API tells of its parts (NET-24). */
export function createApiViews(deps: {
  config: NodeConfig;
  version: string;
  directory: Pick<Directory, "byId">;
  link: Pick<Link, "peers">;
  circuits: () => number;
  earnings: () => unknown;
  spool: () => Pick<Spool, "lifetimeRelayedBytes" | "relayedBytes" | "receiptCounts">;
  clock: EpochClock;
  draining: () => boolean;
}): ApiViews {
  const { config, version, link, circuits, clock } = deps;
  const startedAtMs = performance.now();
  const receipts = (epoch: number) =>
    Object.fromEntries(Array.from({ length: SHOWN_EPOCHS }, (_, back) => [epoch - back, deps.spool().receiptCounts(epoch - back)]));
  return {
    health: () => ({
      status: "ok",
      version,
      uptimeSeconds: Math.floor((performance.now() - startedAtMs) / 1000),
      peers: link.peers().length,
      circuits: circuits(),
    }),
    peers: () =>
      link.peers().map(({ nodeId, remoteAddress, rttMs, load, draining }) => ({
        nodeId,
        remoteAddress,
        rttMs: rttMs === undefined ? null : Math.round(rttMs * 1000) / 1000,
        load: load ?? null,
        draining,
      })),
    status() {
      const { epoch, slot } = clock.now();
      const node = deps.directory.byId(config.nodeId);
      return {
        version,
        index: node?.index ?? null,
        nodeId: config.nodeId,
        operator: config.operator,
        region: config.region,
        behindNat: config.listen.reachable === false,
        active: node?.active ?? false,
        epoch,
        slot,
        draining: deps.draining(),
        peers: link.peers().length,
        circuits: circuits(),
        relayedBytes: String(deps.spool().lifetimeRelayedBytes()),
        epochRelayedBytes: String(deps.spool().relayedBytes(epoch)),
        receipts: receipts(epoch),
      };
    },
    earnings: () => deps.earnings(),
  };
}
