import type { ResolveName } from "./resolveName.ts";

const KEPT_MS = 60_000;
const MAX_NAMES = 64;

/** One query for the datagrams to a name, and one address for all of them: a name that fails is asked for again. */
export function createNameCache(resolve: ResolveName): ResolveName {
  const names = new Map<string, { addresses: Promise<string[]>; untilMs: number }>();
  return async (name, signal) => {
    const known = names.get(name);
    if (known !== undefined && performance.now() < known.untilMs) return known.addresses;
    const addresses = resolve(name, signal);
    names.delete(name);
    names.set(name, { addresses, untilMs: performance.now() + KEPT_MS });
    const [oldest] = names.keys();
    if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest);
    const found = await addresses.catch((): string[] => []);
    if (found.length === 0 && names.get(name)?.addresses === addresses) names.delete(name);
    return found;
  };
}
