import { createHash } from "node:crypto";
import { getAddress, isAddress, type Address } from "viem";
import { z } from "zod";
import { blockDigest, cidFromDigest } from "../../../core/cid.ts";
import { library, messageTypes, type SignedData } from "./library.ts";
import { takeProposal, takeSettings, takeVote, type Message } from "./rules.ts";
import { Refused, refuseUnless, type HubContext } from "./state.ts";

const OVER_SECONDS = 300;
const UNDER_SECONDS = 3 * 24 * 3600;
const MAX_BYTES = 1e5;

const address = z.string().refine((value) => isAddress(value) && getAddress(value) === value);
const envelopeSchema = z.strictObject({
  address,
  sig: z.string(),
  data: z.strictObject({
    domain: z.looseObject({ name: z.string(), version: z.string() }),
    types: z.record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() }))),
    message: z.looseObject({ from: address, timestamp: z.number(), space: z.string().optional() }),
    primaryType: z.string().optional(),
  }),
});

const WRITERS: Partial<Record<string, (context: HubContext, message: Message) => Promise<void>>> = {
  settings: takeSettings,
  proposal: takeProposal,
  "vote-string": takeVote,
};

/** Judges an envelope in the order in which Snapshot's sequencer does. @throws Refused */
export async function takeEnvelope(context: HubContext, body: unknown): Promise<{ id: string; ipfs: string }> {
  const parsed = envelopeSchema.safeParse(body);
  if (!parsed.success) throw new Refused("wrong envelope format");
  const { address: signer, sig, data } = parsed.data;
  const { domain, message } = data;
  refuseUnless(JSON.stringify(body).length <= MAX_BYTES, "too large message");
  const now = context.now() / 1000;
  refuseUnless(message.timestamp <= now + OVER_SECONDS && message.timestamp >= now - UNDER_SECONDS, "wrong timestamp");
  const isDomain = domain.name === "snapshot" && domain.version === "0.1.4";
  refuseUnless(isDomain, "wrong domain");
  const types = Object.fromEntries(Object.entries(data.types).filter(([name]) => name !== "EIP712Domain"));
  const type = messageTypes[createHash("sha256").update(JSON.stringify(types)).digest("hex")];
  refuseUnless(type !== undefined, "wrong types");
  const space = message.space ?? "";
  const settings = context.state.spaces.get(space);
  refuseUnless(type === "settings" || settings !== undefined, "unknown space");
  // Aliases, which spaces may allow, are not served here.
  refuseUnless(signer === message.from, "alias not enabled");
  const signed = { domain, types, message } as SignedData;
  const network = type === "settings" ? "1" : (settings?.network ?? "1");
  refuseUnless(await isSigned(context, signer, sig, signed, network), "signature validation failed");
  const id = library.utils.getHash(signed);
  refuseUnless(!context.state.messages.has(id), "duplicate message");
  const write = WRITERS[type];
  refuseUnless(write, `this hub takes no message of type ${type}`);
  const ipfs = cidFromDigest(blockDigest(Buffer.from(JSON.stringify(body))));
  await write(context, { id, ipfs, from: signer as Address, timestamp: message.timestamp, space, fields: message });
  context.state.messages.add(id);
  return { id, ipfs };
}

/** By the key of the account, else by the contract there (ERC-1271, ERC-6492), which snapshot.js asks over the hub's gateway. */
async function isSigned(context: HubContext, signer: string, sig: string, data: SignedData, network: string): Promise<boolean> {
  try {
    return await library.utils.verify(signer, sig, data, network, { broviderUrl: context.gatewayUrl() });
  } catch {
    // So the library ends for an account without code.
    return false;
  }
}
