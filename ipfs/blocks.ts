import type { Helia } from "helia";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { sha256 } from "multiformats/hashes/sha2";
import { X0tError } from "../core/x0tError.ts";
import type { BlockNode } from "./blockNode.ts";

const CODECS: Record<string, number> = { raw: 0x55, "dag-pb": 0x70, "dag-cbor": 0x71, "dag-json": 0x0129 };
/** Names that older clients of the Kubo API use. */
const LEGACY_NAMES: Record<string, string> = { cbor: "dag-cbor", protobuf: "dag-pb", v0: "dag-pb" };

/** The multicodec number of `name`. @throws X0T_IPFS_BAD_REQUEST */
export function codecOf(name: string): number {
  const code = CODECS[LEGACY_NAMES[name] ?? name];
  if (code !== undefined) return code;
  throw new X0tError("X0T_IPFS_BAD_REQUEST", `Codec "${name}" is not served: choose one of ${Object.keys(CODECS).join(", ")}.`);
}

/** A CID and the path below it, from `<cid>`, `<cid>/a/b` or `/ipfs/<cid>/a/b`. @throws X0T_IPFS_BAD_REQUEST */
export function parsePath(argument: string | null): { cid: CID; path: string[] } {
  const [text = "", ...path] = (argument ?? "").replace(/^\/(ipfs|ipld)\//, "").split("/").filter((part) => part !== "");
  try {
    return { cid: CID.parse(text), path };
  } catch (cause) {
    throw new X0tError("X0T_IPFS_BAD_REQUEST", `"${text.slice(0, 120)}" is not a CID.`, { cause });
  }
}

/** Stores a block under its SHA-256. */
export async function putBlock(helia: Helia, code: number, bytes: Uint8Array, signal: AbortSignal): Promise<CID> {
  const digest = createDigest(sha256.code, (await sha256.digest(bytes)).digest);
  const cid = CID.createV1(code, digest);
  await helia.blockstore.put(cid, bytes, { signal });
  return cid;
}

/** @throws X0T_IPFS_NOT_FOUND: this node asks nobody else. */
export async function getBlock(helia: Helia, cid: CID, signal: AbortSignal): Promise<Uint8Array> {
  const inline = cid.multihash.code === 0 ? cid.multihash.digest : undefined;
  if (inline !== undefined) return inline;
  if (!(await helia.blockstore.has(cid, { signal, offline: true } as object))) {
    throw new X0tError("X0T_IPFS_NOT_FOUND", `block was not found locally (offline): ipld: could not find ${cid}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of helia.blockstore.get(cid, { signal, offline: true } as object)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Pins a block and what it links to. A second pin changes nothing. */
export async function pinBlock(node: BlockNode, cid: CID, signal: AbortSignal): Promise<void> {
  await getBlock(node.helia, cid, signal);
  await node.serially(async () => {
    try {
      const pinned = node.helia.pins.add(cid, { signal })[Symbol.asyncIterator]();
      while ((await pinned.next()).done !== true) signal.throwIfAborted();
    } catch (error) {
      if ((error as Error).name !== "AlreadyPinnedError") throw error;
    }
  });
}

/** The value at `path` inside one block. @throws X0T_IPFS_NOT_FOUND, X0T_IPFS_BAD_REQUEST */
export async function resolvePath(helia: Helia, argument: string | null, signal: AbortSignal): Promise<unknown> {
  const { cid, path } = parsePath(argument);
  const codec = await helia.getCodec(cid.code);
  let value: unknown = codec.decode(await getBlock(helia, cid, signal));
  for (const [depth, key] of path.entries()) {
    const linked = CID.asCID(value);
    if (linked !== null) return resolvePath(helia, [linked.toString(), ...path.slice(depth)].join("/"), signal);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) {
      throw new X0tError("X0T_IPFS_NOT_FOUND", `no link named "${key}" under ${cid}`);
    }
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
