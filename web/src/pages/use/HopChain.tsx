import { countryOf } from "../network/regions.ts";
import type { Hop } from "./clientStatus.ts";

/** The way through the network by countries alone. `isShort`: the relays without what is before and behind them. */
export function HopChain({ regions, label, isShort = false }: { regions: readonly (string | null)[]; label: string; isShort?: boolean }) {
  const relays = regions.map((region) => (region === null ? "a relay that tells no country" : countryOf(region)));
  const stops = isShort ? relays : ["you", ...relays, "the internet"];
  return (
    <ol aria-label={label} className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {stops.map((stop, place) => (
        <li key={place} className="flex items-center gap-2">
          {place > 0 && (
            <span aria-hidden="true" className="text-muted">
              →
            </span>
          )}
          <span className={!isShort && (place === 0 || place === stops.length - 1) ? "text-muted" : "rounded-full bg-raised px-2.5 py-0.5 font-medium"}>{stop}</span>
        </li>
      ))}
    </ol>
  );
}

export const regionsOfHops = (hops: readonly Hop[]): (string | null)[] => hops.map(({ region }) => region ?? null);
