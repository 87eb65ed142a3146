import { Registry } from "prom-client";
import type { NodeId } from "../../../core/ids.ts";
import type { Identity } from "../../../node/identity/identity.ts";
import type { DialTarget } from "../../../node/link/dialer.ts";
import { createLink, type Link, type LinkDeps } from "../../../node/link/link.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { testIdentity } from "../../support/testIdentity.ts";

/** A "registry" and any number of real links on loopback. */
export function linkNetwork() {
  const registered = new Map<NodeId, DialTarget>();
  const links: Link[] = [];
  return {
    registered,
    async add(options: { host?: string; register?: boolean; behindNat?: boolean; identity?: Identity; port?: number } & Partial<LinkDeps> = {}) {
      const identity = options.identity ?? (await testIdentity());
      const host = options.host ?? "127.0.0.1";
      const registry = new Registry();
      const link = await createLink({
        identity,
        listen: options.behindNat === true ? undefined : { host, port: options.port ?? 0 },
        dialFrom: options.dialFrom ?? host,
        authorised: options.authorised ?? ((nodeId) => registered.has(nodeId)),
        targets: options.targets ?? (() => [...registered.values()].filter(({ port }) => port !== 0)),
        state: options.state ?? (() => ({ load: 0, draining: false })),
        nowMs: options.nowMs ?? Date.now,
        log: createLogger("test", process.env.X0T_LOG_LEVEL ?? "silent"),
        registry,
      });
      links.push(link);
      await link.start();
      if (options.register !== false) registered.set(identity.nodeId, { nodeId: identity.nodeId, host, port: link.port() });
      return { link, identity, registry };
    },
    async close() {
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
