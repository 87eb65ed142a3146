/** What our network is compared with. */
export const PEERS = ["tor", "tor-tuned", "ssh", "v2ray", "dante", "pipe"] as const;
export type PeerName = (typeof PEERS)[number];
export type SystemName = "ours" | PeerName;

/** Where the load goes in: SOCKS5 ports asked one after the other, or a port that leads to the origin by itself. */
export type Way = { socks: readonly number[] } | { port: number };

/** A way through three hops on this machine that works. */
export interface System {
  name: SystemName;
  way: Way;
  /** Its processes; what they started counts as well. */
  pids: readonly number[];
}
