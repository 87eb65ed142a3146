import type { Address } from "viem";
import type { ApiViews } from "../api/server.ts";
import type { Directory, DirectoryNode } from "../directory/directory.ts";
import type { Payments } from "../payment/payments.ts";
import type { DescriptorFetcher } from "./descriptorFetcher.ts";
import type { GuardSet } from "./guardSet.ts";
import type { Routes } from "./routes.ts";

/** What the client's API shows; amounts are decimal strings of wei. */
export function createClientViews(deps: {
  version: string;
  payer: Address;
  directory: Pick<Directory, "byId">;
  parts(): { guards: GuardSet; routes: Routes; descriptors: DescriptorFetcher; payments: Payments; socks: { host: string; port: number } };
}): ApiViews {
  const { version, directory, parts } = deps;
  const startedMs = performance.now();

  function circuit() {
    const path = parts().routes.active()?.lead()?.path;
    return path === undefined ? null : hopsOf(path);
  }

  /** What new streams without credentials take. No destinations, no addresses: its user may show it to others. */
  function session() {
    const carrier = parts().routes.active();
    if (carrier === undefined) return null;
    const { ageMs, paths, ...totals } = carrier.report();
    return {
      ageSeconds: Math.floor(ageMs / 1_000),
      streams: carrier.session.streams(),
      ...totals,
      paths: paths.map(({ path, role, srttMs, suspect, bytes }) => ({ role, rttMs: srttMs ?? null, suspect, bytes, hops: hopsOf(path) })),
    };
  }

  function peers() {
    return parts().guards.tunnels().map((tunnel) => ({
      nodeId: tunnel.nodeId,
      region: directory.byId(tunnel.nodeId)?.document?.region,
      connected: tunnel.connected(),
      ready: tunnel.ready(),
      rttMs: tunnel.rttMs() ?? null,
    }));
  }

  return {
    peers,
    earnings: () => parts().payments.earnings(),
    health() {
      const { active, spare, retiring } = parts().routes.counts();
      return {
        status: "ok",
        version,
        uptimeSeconds: Math.floor((performance.now() - startedMs) / 1_000),
        peers: peers().filter(({ connected }) => connected).length,
        circuits: active + spare + retiring,
      };
    },
    status() {
      const { routes, descriptors, payments, socks } = parts();
      const { streams, ...circuits } = routes.counts();
      const path = circuit();
      return {
        version,
        payer: deps.payer,
        socks,
        circuit: path,
        circuits,
        session: session(),
        /** Why there is no circuit, for people. */
        waitingFor: path === null ? (descriptors.missing() ?? routes.reason() ?? null) : null,
        guards: peers(),
        streams,
        bytes: payments.paidBytes(),
        spentWei: payments.signedWei().toString(),
        channels: payments.earnings().paid,
      };
    },
  };
}

const hopsOf = (path: readonly DirectoryNode[]) => path.map(({ nodeId, document }) => ({ nodeId, region: document?.region }));
