import { Resolver } from "node:dns/promises";
import net from "node:net";

const TIMEOUT_MS = 2_000;
const TRIES = 2;
const MAX_ADDRESSES = 6;

/** The literal addresses of a name, in the order to try; empty if it has none or does not resolve. */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<string[]>;

/**
 * c-ares, 2 s, 2 tries (NET-15): `dns.lookup` would read "0177.0.0.1" as loopback and block the thread pool.
 * @param servers `address` or `address:port`; empty = the system's
 */
export function createResolveName(servers: readonly string[]): ResolveName {
  return async (name, signal) => {
    if (net.isIP(name) !== 0) return [name];
    if (signal.aborted) return [];
    // One resolver a query: cancel() ends all queries of a resolver.
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (servers.length > 0) resolver.setServers([...servers]);
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const [v4, v6] = await Promise.all([
        resolver.resolve4(name).catch((): string[] => []),
        resolver.resolve6(name).catch((): string[] => []),
      ]);
      const longest = Math.max(v4.length, v6.length);
      const alternating = Array.from({ length: longest }, (_, i) => [v4[i], v6[i]]).flat();
      return alternating.filter((address) => address !== undefined).slice(0, MAX_ADDRESSES);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}
