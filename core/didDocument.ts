import { hexToBytes, isAddressEqual, type Hex } from "viem";
import { z } from "zod";
import { didOf, ML_DSA_65_PUBLIC_KEY_BYTES, nodeIdOf, type Address, type NodeId } from "./ids.ts";
import { addressField, parseStrict, uintField } from "./schema.ts";
import { decodeSigned, encodeSigned, verifySigned, type MlDsaSign, type MlDsaVerify } from "./signedObject.ts";
import { X0tError } from "./x0tError.ts";

/** One ordered exit rule: `network` is a CIDR or "*", `ports` inclusive (NET-15). */
export interface ExitRule {
  action: "accept" | "reject";
  network: string;
  ports: [from: number, to: number];
}

export interface Endpoint {
  /** Literal IPv4 or IPv6 address. */
  host: string;
  /** Tunnels: preface, then TLS (NET-6). */
  relayPort: number;
  /** Control link between registered nodes (NET-17). */
  controlPort: number;
  /** Says that nobody can connect to it, its host being its NAT's; both ports are 0 then (NET-20). Left out where all can. */
  reachable?: false;
}

/** False behind NAT: such a node dials all its peers itself, and its previous relays call it by DIALBACK (NET-20). */
export function isReachable(endpoint: Pick<Endpoint, "reachable">): boolean {
  return endpoint.reachable !== false;
}

/** What a node says of itself for good; its digest stands in the registry (NET-1, NET-2). */
export interface DidDocument {
  version: 1;
  did: string;
  chainId: number;
  operator: Address;
  publicKey: Uint8Array;
  region: string;
  endpoint: Endpoint;
  roles: ("relay" | "exit")[];
  /** Ordered, first match wins, nothing matching is rejected; empty for a node that is no exit. */
  exitPolicy: ExitRule[];
  protocol: number;
}

const port = z.number().int().min(1).max(65_535);

export const exitRuleSchema = z.strictObject({
  action: z.enum(["accept", "reject"]),
  network: z.string().max(64),
  ports: z.tuple([port, port]),
});

const host = z.union([z.ipv4(), z.ipv6()]);
const noPort = z.literal(0);
/** A node behind NAT has no ports to name: who does not know of NET-20 cannot dial it by mistake. */
const endpointSchema = z.union([
  z.strictObject({ host, relayPort: port, controlPort: port }),
  z.strictObject({ host, relayPort: noPort, controlPort: noPort, reachable: z.literal(false) }),
]);

const schema = z.strictObject({
  version: z.literal(1),
  did: z.string(),
  chainId: uintField,
  operator: addressField,
  publicKey: z.instanceof(Uint8Array).refine((key) => key.length === ML_DSA_65_PUBLIC_KEY_BYTES),
  region: z.string().min(1).max(32),
  endpoint: endpointSchema,
  roles: z.array(z.enum(["relay", "exit"])).max(2),
  exitPolicy: z.array(exitRuleSchema).max(64),
  protocol: uintField,
});

/** The dag-cbor block of the signed document; its SHA-256 is the registry's `metadata`. */
export function encodeDidDocument(document: DidDocument, sign: MlDsaSign): Uint8Array {
  return encodeSigned("did", { ...document, operator: hexToBytes(document.operator as Hex) }, sign);
}

/**
 * Decodes and checks the signature, the key's hash, the DID, and that the document names the operator
 * [squatted NodeIds, REG-1]. @throws X0T_BAD_DID_DOCUMENT
 */
export function decodeDidDocument(
  block: Uint8Array,
  expected: { chainId: number; nodeId: NodeId; operator: Address },
  verify?: MlDsaVerify,
): DidDocument {
  const object = decodeSigned(block);
  const document = parseStrict(schema, object.value, "X0T_BAD_DID_DOCUMENT", "DID document") as DidDocument;
  const fail = (reason: string) =>
    new X0tError("X0T_BAD_DID_DOCUMENT", `DID document of ${expected.nodeId}: ${reason}.`, { data: expected });
  if (nodeIdOf(document.publicKey) !== expected.nodeId) throw fail("its key is another node's");
  if (document.did !== didOf(expected.chainId, expected.nodeId)) throw fail(`its DID is ${document.did}`);
  if (document.chainId !== expected.chainId) throw fail(`it is for chain ${document.chainId}`);
  if (!isAddressEqual(document.operator, expected.operator)) throw fail(`it names operator ${document.operator}`);
  if (!verifySigned("did", object, document.publicKey, verify)) throw fail("its signature is false");
  return document;
}
