import type { Address, Hex, LocalAccount, TypedDataParameter } from "viem";
import { loadSnapshot, type ChoiceMap, type SnapshotClient, type SnapshotSigner } from "../../../cli/snapshot/library.ts";

export interface Envelope {
  address: Address;
  sig: Hex;
  data: { domain: Record<string, unknown>; types: Record<string, TypedDataParameter[]>; message: Record<string, unknown> };
}

/** What snapshot.js would send. */
export async function makeEnvelope(sign: (client: SnapshotClient) => Promise<unknown>): Promise<Envelope> {
  const client = new (await loadSnapshot()).Client("http://127.0.0.1:1");
  // As it goes over the wire.
  client.send = (envelope) => Promise.resolve(JSON.parse(JSON.stringify(envelope)));
  return (await sign(client)) as Envelope;
}

export function spaceEnvelope(signer: SnapshotSigner, space: string, settings: object): Promise<Envelope> {
  return makeEnvelope((client) => client.space(signer, signer.address, { space, settings: JSON.stringify(settings) }));
}

export interface ProposalChange {
  timestamp?: number;
  start?: number;
  end?: number;
  snapshot?: number;
  choices?: string[];
}

export function proposalEnvelope(signer: SnapshotSigner, space: string, snapshot: number, change: ProposalChange = {}): Promise<Envelope> {
  const timestamp = change.timestamp ?? nowSeconds();
  const start = change.start ?? timestamp;
  const fixed = { space, type: "quadratic", title: "A title", body: "A body", discussion: "", plugins: "{}", app: "x0t" } as const;
  const message = { ...fixed, choices: ["For", "Against"], snapshot, ...change, timestamp, start, end: change.end ?? start + 3_600 };
  return makeEnvelope((client) => client.proposal(signer, signer.address, message));
}

export function voteEnvelope(signer: SnapshotSigner, space: string, proposal: string, choice: ChoiceMap, timestamp = nowSeconds()): Promise<Envelope> {
  return makeEnvelope((client) => client.vote(signer, signer.address, { space, proposal, timestamp, type: "quadratic", choice, reason: "", app: "x0t" }));
}

/** The same envelope with a part changed, and signed anew by `account`. */
export async function resign(
  account: LocalAccount,
  { address, data }: Envelope,
  change: { domain?: object; types?: Envelope["data"]["types"]; message?: object },
): Promise<Envelope> {
  const domain = { ...data.domain, ...change.domain };
  const types = change.types ?? data.types;
  const message = { ...data.message, ...change.message };
  const sig = await account.signTypedData({ domain, types, primaryType: Object.keys(types)[0] ?? "", message });
  return { address, sig, data: { domain, types, message } };
}

/** @returns the sequencer's reason, or undefined if it took the envelope. */
export async function sendTo(sequencerUrl: string, envelope: unknown): Promise<string | undefined> {
  const response = await fetch(sequencerUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(envelope),
    signal: AbortSignal.timeout(10_000),
  });
  const body = (await response.json()) as { id?: string; error_description?: string };
  if (response.ok && body.id !== undefined) return undefined;
  return body.error_description ?? JSON.stringify(body);
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
