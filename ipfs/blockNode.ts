import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FsDatastore } from "datastore-fs";
import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";
import type { Helia } from "helia";
import { base58btc } from "multiformats/bases/base58";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import { DurableBlockstore } from "./durableBlockstore.ts";

/** An IPFS node of its own: Helia over files, without a network. */
export interface BlockNode {
  helia: Helia;
  /** A valid PeerId, kept over restarts: clients of the Kubo API ask for one. */
  peerId: string;
  /** Runs tasks one after the other: Helia counts pins by read and write. */
  serially<T>(task: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Helia's class from its own file: the package's entry loads libp2p, bitswap and the HTTP gateways with it (half a second
 * and 70 MB), and this node must never dial the public bootstrap nodes.
 */
async function loadHelia(): Promise<new (init: object) => Helia> {
  const file = new URL("helia.js", import.meta.resolve("helia"));
  return ((await import(file.href)) as { Helia: new (init: object) => Helia }).Helia;
}

/** Opens or creates the node in `directory`. */
export async function openBlockNode(directory: string): Promise<BlockNode> {
  const blocks = join(directory, "blocks");
  const data = join(directory, "data");
  await Promise.all([blocks, data].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  const blockstore = new DurableBlockstore(blocks);
  const datastore = new FsDatastore(data);
  await Promise.all([blockstore.open(), datastore.open()]);
  const HeliaNode = await loadHelia();
  const helia = new HeliaNode({
    name: "helia",
    version: "7.1.15",
    blockstore,
    datastore,
    codecs: [dagCbor, dagJson],
    routers: [],
    blockBrokers: [],
  });
  await helia.start();
  const peerId = await readPeerId(join(directory, "peer-id"));
  let tail: Promise<unknown> = Promise.resolve();
  return {
    helia,
    peerId,
    serially(task) {
      const result = tail.then(task);
      tail = result.catch(() => undefined);
      return result;
    },
    close: async () => void (await helia.stop()),
  };
}

/** Base58 of the identity multihash of a fresh Ed25519 public key. */
async function readPeerId(file: string): Promise<string> {
  const known = await readFile(file, "utf8").catch(() => "");
  if (/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/.test(known)) return known;
  const spki = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
  const peerId = base58btc.baseEncode(Buffer.concat([Buffer.from("002408011220", "hex"), spki.subarray(-32)]));
  await writeFileAtomic(file, peerId);
  return peerId;
}
