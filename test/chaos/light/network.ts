/** What every process of a light network knows: relays with free payments and no chain, addressed by index. */
export interface LightRelay {
  host: string;
  port: number;
  nodeId: `0x${string}`;
}

export interface LightNetwork {
  relays: LightRelay[];
  origin: { host: string; port: number };
}

/** All processes read it from here. */
export const NETWORK_VARIABLE = "X0T_LIGHT_NETWORK";

export function readLightNetwork(): LightNetwork {
  return JSON.parse(process.env[NETWORK_VARIABLE] ?? "null") as LightNetwork;
}
