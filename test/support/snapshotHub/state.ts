import type { Address, Hex } from "viem";
import type { ChoiceMap } from "../../../cli/snapshot/library.ts";

export interface Strategy {
  name: string;
  network?: string;
  params: Record<string, unknown>;
}

/** What a space's owner signed, as far as the hub's rules read it. */
export interface SpaceSettings {
  name: string;
  network: string;
  symbol?: string;
  admins?: string[];
  members?: string[];
  moderators?: string[];
  strategies: Strategy[];
  filters?: { minScore?: number; onlyMembers?: boolean };
  validation?: { name: string; params?: { minScore?: number } };
  voting?: { delay?: number; period?: number; type?: string; quorum?: number; privacy?: string };
}

export interface StoredProposal {
  id: Hex;
  ipfs: string;
  author: Address;
  created: number;
  space: string;
  network: string;
  symbol: string;
  type: "quadratic";
  strategies: Strategy[];
  title: string;
  body: string;
  discussion: string;
  choices: string[];
  start: number;
  end: number;
  snapshot: number;
  quorum: number;
  privacy: string;
  app: string;
  scores: number[];
  scores_total: number;
  votes: number;
}

export interface StoredVote {
  id: Hex;
  ipfs: string;
  voter: Address;
  created: number;
  space: string;
  proposal: Hex;
  choice: ChoiceMap;
  reason: string;
  app: string;
  vp: number;
  vp_by_strategy: number[];
  vp_state: string;
}

/** The hub's memory; tests read it, and forge it to be lied to. */
export interface HubState {
  spaces: Map<string, SpaceSettings>;
  proposals: Map<string, StoredProposal>;
  /** By proposal and voter. */
  votes: Map<string, StoredVote>;
  messages: Set<string>;
}

export interface HubContext {
  state: HubState;
  /** Chain id → JSON-RPC endpoint. */
  rpcUrls: Record<string, string>;
  /** The hub's own RPC gateway, which snapshot.js asks about contract accounts. */
  gatewayUrl(): string;
  /** Space → owner of its ENS name. */
  controllers: Record<string, Address>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Thrown for what a sequencer answers with status 400. */
export class Refused extends Error {}

export function refuseUnless(holds: unknown, reason: string): asserts holds {
  if (!holds) throw new Refused(reason);
}

/** As sequencers round the clock. */
export function nowSeconds(context: HubContext): number {
  return Number((context.now() / 1000).toFixed());
}
