import type { Address, Hex, TypedDataDomain, TypedDataParameter } from "viem";

/** What snapshot.js calls of an ethers signer. */
export interface SnapshotSigner {
  address: Address;
  _signTypedData(domain: TypedDataDomain, types: Record<string, TypedDataParameter[]>, message: Record<string, unknown>): Promise<Hex>;
}

/** Shares of one ballot: the choice's number from 1 on, and its weight. */
export type ChoiceMap = Record<string, number>;

export interface SpaceMessage {
  space: string;
  settings: string;
}

export interface ProposalMessage {
  space: string;
  timestamp: number;
  type: "quadratic";
  title: string;
  body: string;
  discussion: string;
  choices: string[];
  start: number;
  end: number;
  snapshot: number;
  plugins: string;
  app: string;
}

export interface VoteMessage {
  space: string;
  timestamp: number;
  proposal: string;
  type: "quadratic";
  choice: ChoiceMap;
  reason: string;
  app: string;
}

export interface SnapshotClient {
  /** Replaced by x0t: the library's own has no deadline and rewrites some URLs. */
  send(envelope: unknown): Promise<unknown>;
  space(signer: SnapshotSigner, address: Address, message: SpaceMessage): Promise<unknown>;
  proposal(signer: SnapshotSigner, address: Address, message: ProposalMessage): Promise<unknown>;
  vote(signer: SnapshotSigner, address: Address, message: VoteMessage): Promise<unknown>;
}

export interface SchemaFault {
  instancePath: string;
  keyword: string;
  message?: string;
  params?: Record<string, unknown>;
}

/** A ballot as the library counts it: balance is the voting power, scores the same by strategy. */
export interface CountedVote {
  choice: ChoiceMap;
  balance: number;
  scores: number[];
}

export interface QuadraticVoting {
  getScores(): number[];
  getScoresTotal(): number;
}

/** The parts of snapshot.js that x0t uses; the library's own types are mostly `any`. */
export interface SnapshotLibrary {
  Client: new (sequencerUrl: string) => SnapshotClient;
  schemas: { space: object; proposal: object; vote: object };
  utils: {
    validateSchema(schema: object, data: unknown, options?: { snapshotEnv: "default" | "mainnet"; spaceType: "default" }): true | SchemaFault[];
    voting: {
      quadratic: {
        new (proposal: { choices: string[] }, votes: CountedVote[], strategies: object[], selected: ChoiceMap): QuadraticVoting;
        isValidChoice(choice: unknown, choices: string[]): boolean;
      };
    };
  };
}

/** Takes 0.6 s and 100 MB: load it where it is used. */
export async function loadSnapshot(): Promise<SnapshotLibrary> {
  return (await import("@snapshot-labs/snapshot.js")).default as unknown as SnapshotLibrary;
}
