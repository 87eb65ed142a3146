import { getAddress, isAddress, isAddressEqual, recoverTypedDataAddress, type Address, type Hex } from "viem";
import { z } from "zod";
import { cidFromDigest } from "./cid.ts";
import { witnessProof } from "./eip712.ts";
import { parseStrict } from "./schema.ts";
import { X0tError } from "./x0tError.ts";

const address = z
  .string()
  .refine((value) => isAddress(value), { message: "must be an address" })
  .transform((value): Address => getAddress(value));
const bytes32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, { message: "must be 0x and 64 lower-case hex digits" })
  .transform((value) => value as Hex);
const signature = z
  .string()
  .regex(/^0x[0-9a-f]{130}$/, { message: "must be a signature of 65 bytes" })
  .transform((value) => value as Hex);

const common = {
  version: z.literal(1),
  chainId: z.number().int().positive(),
  registry: address,
  operator: address,
  nodeId: bytes32,
  /** The hot key's address. */
  witness: address,
  proofOfPossession: signature,
};

const schema = z.discriminatedUnion("request", [
  z.strictObject({
    request: z.literal("register"),
    ...common,
    /** Digest of the DID document's block, and the same as a CID. */
    metadata: bytes32,
    metadataCid: z.string(),
  }),
  z.strictObject({ request: z.literal("rotate"), ...common, node: z.number().int().nonnegative() }),
]);

/**
 * What a node's machine asks of its operator's wallet: the node's keys stay there, the operator's key stays here. Public: it
 * holds no secret, and is of no use to another operator, on another chain or registry (REG-1).
 */
export type NodeRequest = z.infer<typeof schema>;
export type RegisterRequest = Extract<NodeRequest, { request: "register" }>;
export type RotateRequest = Extract<NodeRequest, { request: "rotate" }>;

/** Reads what `x0t node init --operator` or `x0t node rotate-key` wrote. @throws X0T_BAD_REQUEST */
export function parseNodeRequest(text: string): NodeRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new X0tError("X0T_BAD_REQUEST", "This is no JSON: paste the whole file that the node's machine wrote.", { cause });
  }
  const request = parseStrict(schema, value, "X0T_BAD_REQUEST", "The request");
  if (request.request === "register" && cidFromDigest(request.metadata) !== request.metadataCid) {
    throw new X0tError("X0T_BAD_REQUEST", "The request's metadata and metadataCid are not the same document.");
  }
  return request;
}

/** Whether this wallet may send it here (REG-1): network, operator, and that the hot key agreed. @throws X0T_BAD_REQUEST */
export async function checkNodeRequest(request: NodeRequest, here: { chainId: number; registry: Address; operator: Address }): Promise<void> {
  const fail = (message: string) => new X0tError("X0T_BAD_REQUEST", message);
  if (request.chainId !== here.chainId) throw fail(`It is for chain ${request.chainId}; this is chain ${here.chainId}.`);
  if (!isAddressEqual(request.registry, here.registry)) {
    throw fail(`It is for the registry ${request.registry}; here it is ${here.registry}. If the devnet was made anew, make the request again.`);
  }
  if (!isAddressEqual(request.operator, here.operator)) {
    throw fail(`It names ${request.operator} as the operator, and your wallet is ${here.operator}: switch the account, or make the request again with --operator.`);
  }
  const { operator, nodeId, proofOfPossession } = request;
  const signer = await recoverTypedDataAddress({ ...witnessProof(here, { operator, nodeId }), signature: proofOfPossession }).catch(() => undefined);
  if (signer === undefined || !isAddressEqual(signer, request.witness)) {
    throw fail("Its proof of possession was not signed by its hot key: the request was changed, or is for another operator, node or network.");
  }
}
