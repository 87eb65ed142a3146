/** What the chain says of a node. */
export interface ChainNode {
  index: number;
  nodeId: string;
  operator: string;
  metadata: string;
  /** Decimal wei. */
  stake: string;
  active: boolean;
  benched: boolean;
}

/** What a node's own API says of it, as far as this page shows it. */
export interface LiveStatus {
  version: string;
  region: string;
  draining: boolean;
  active: boolean;
  behindNat: boolean;
  peers: number;
  circuits: number;
  /** Forwarded over its life. */
  relayedBytes: string;
}

/** "asking" until the first answer; "none" where its API cannot be reached from here by design. */
export type Live = { state: "asking" | "none" } | { state: "silent"; why: string } | { state: "up"; status: LiveStatus; askedAtMs: number };

/** Slots that the node proved of the latest epoch whose commits are in. */
export interface Proved {
  epoch: number;
  slots: number;
}

export const HEALTHS = ["up", "proving", "draining", "idle", "silent", "inactive", "unknown"] as const;
export type Health = (typeof HEALTHS)[number];

export const HEALTH_WORDS: Record<Health, string> = {
  up: "up",
  proving: "proves slots",
  draining: "draining",
  idle: "proved nothing",
  silent: "does not answer",
  inactive: "not active",
  unknown: "not known",
};

export const HEALTH_TONES = { up: "good", proving: "good", draining: "warn", idle: "warn", silent: "bad", inactive: "plain", unknown: "info" } as const;

/** A node's own word counts for whether it runs, the chain's for whether it takes part; who cannot be asked is judged by what it proved. */
export function healthOf(node: Pick<ChainNode, "active">, live: Live, proved: Proved | undefined): Health {
  if (live.state === "silent") return node.active ? "silent" : "inactive";
  if (live.state === "up" && live.status.draining) return "draining";
  if (!node.active) return "inactive";
  if (live.state === "up") return "up";
  if (live.state === "asking" || proved === undefined) return "unknown";
  return proved.slots > 0 ? "proving" : "idle";
}

/** Why it is so, and what follows from it. */
export function explainHealth(node: Pick<ChainNode, "active" | "benched">, live: Live, proved: Proved | undefined): string {
  const api = live.state === "up" ? "Its own API answers" : live.state === "silent" ? `Its own API does not answer (${live.why})` : "Its own API cannot be asked from here";
  const bench = node.benched ? " It proved nothing for 12 final epochs, so it is not drawn as a witness until it does again." : "";
  const epoch = proved?.epoch.toLocaleString("en") ?? "?";
  switch (healthOf(node, live, proved)) {
    case "up":
      return `${api} and the chain counts it as active: it carries traffic, and other nodes witness it in every slot.${bench}`;
    case "proving":
      return `${api}, but it proved ${proved?.slots ?? "?"} slots of epoch ${epoch}, the latest whose commits are in.${bench}`;
    case "idle":
      return `${api}, and it proved no slot of epoch ${epoch}, the latest whose commits are in: it was stopped, cut off, or not active yet.${bench}`;
    case "draining":
      return `It is about to stop: it takes no new traffic, and what it carries ends or moves to other nodes.${bench}`;
    case "silent":
      return `${api}, but the chain counts it as active: it is stopped or cut off, and misses slots until it is back.${bench}`;
    case "inactive":
      return `Its stake is below the minimum, or it was registered in this epoch and takes part from the next one on. ${api}.${bench}`;
    case "unknown":
      return live.state === "asking" ? "Active on chain; its own API is being asked." : `Active on chain. ${api}: whether it runs shows in the slots that it proves.${bench}`;
  }
}
