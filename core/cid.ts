import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { bytesToHex, hexToBytes, sha256, type Hex } from "viem";
import { X0tError } from "./x0tError.ts";

const DAG_CBOR = 0x71;
const SHA2_256 = 0x12;

/** CIDv1 (dag-cbor, base32) of a SHA-256 digest as the contracts hold it. */
export function cidFromDigest(digest: Hex): string {
  return CID.createV1(DAG_CBOR, createDigest(SHA2_256, hexToBytes(digest, { size: 32 }))).toString();
}

/** The digest that the contracts hold, from a CIDv1 of one dag-cbor block. @throws X0T_BAD_CID */
export function digestFromCid(cid: string): Hex {
  let parsed: CID;
  try {
    parsed = CID.parse(cid);
  } catch (cause) {
    throw new X0tError("X0T_BAD_CID", `"${cid}" is not a CID.`, { cause, data: { cid } });
  }
  if (parsed.version !== 1 || parsed.code !== DAG_CBOR || parsed.multihash.code !== SHA2_256) {
    throw new X0tError("X0T_BAD_CID", `"${cid}" is not a CIDv1 of a dag-cbor block hashed by SHA-256.`, {
      data: { cid },
    });
  }
  return bytesToHex(parsed.multihash.digest);
}

/** SHA-256 of one dag-cbor block: `cid` and `metadata` on chain. */
export function blockDigest(block: Uint8Array): Hex {
  return sha256(block);
}
