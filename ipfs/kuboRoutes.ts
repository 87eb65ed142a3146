import type { IncomingMessage } from "node:http";
import type { Helia } from "helia";
import type { CID } from "multiformats/cid";
import { MAX_BLOCK_BYTES } from "../core/blockSize.ts";
import type { BlockNode } from "./blockNode.ts";
import { codecOf, getBlock, parsePath, pinBlock, putBlock, resolvePath } from "./blocks.ts";
import { readUpload } from "./readUpload.ts";

/** JSON objects go out one a line; bytes as they are. */
export type KuboAnswer = { lines: object[] } | { bytes: Uint8Array };

interface KuboCall {
  node: BlockNode;
  query: URLSearchParams;
  request: IncomingMessage;
  signal: AbortSignal;
}

type KuboRoute = (call: KuboCall) => Promise<KuboAnswer>;

/** The calls of Kubo's RPC API that x0tta6bl4 and kubo-rpc-client need. */
const ROUTES: Record<string, KuboRoute> = {
  version: async ({ node }) => one({ Version: node.helia.info.version, Commit: "", Repo: "1", System: "helia", Golang: "" }),

  id: async ({ node }) =>
    one({
      ID: node.peerId,
      PublicKey: "",
      Addresses: [],
      AgentVersion: `helia/${node.helia.info.version}`,
      Protocols: [],
    }),

  /** One raw leaf, as `ipfs add --cid-version 1 --chunker size-1048576` makes of a file of up to 1 MiB. */
  add: async ({ node, query, request, signal }) => {
    const { name, bytes } = await readUpload(request, MAX_BLOCK_BYTES);
    const cid = await putBlock(node.helia, codecOf("raw"), bytes, signal);
    if (query.get("pin") !== "false") await pinBlock(node, cid, signal);
    return one({ Name: name || cid.toString(), Hash: cid.toString(), Size: String(bytes.length) });
  },

  cat: async ({ node, query, signal }) => ({ bytes: await getBlock(node.helia, parsePath(query.get("arg")).cid, signal) }),

  "block/put": async ({ node, query, request, signal }) => {
    const code = codecOf(query.get("cid-codec") ?? query.get("format") ?? "raw");
    const { bytes } = await readUpload(request, MAX_BLOCK_BYTES);
    const cid = await putBlock(node.helia, code, bytes, signal);
    if (query.get("pin") === "true") await pinBlock(node, cid, signal);
    return one({ Key: cid.toString(), Size: bytes.length });
  },

  "block/get": async ({ node, query, signal }) => ({
    bytes: await getBlock(node.helia, parsePath(query.get("arg")).cid, signal),
  }),

  "block/stat": async ({ node, query, signal }) => {
    const { cid } = parsePath(query.get("arg"));
    return one({ Key: cid.toString(), Size: (await getBlock(node.helia, cid, signal)).length });
  },

  "dag/put": async ({ node, query, request, signal }) => {
    const { helia } = node;
    const input = codecOf(query.get("input-codec") ?? "dag-json");
    const store = codecOf(query.get("store-codec") ?? "dag-cbor");
    const { bytes } = await readUpload(request, MAX_BLOCK_BYTES);
    const value = (await helia.getCodec(input)).decode(bytes);
    const block = input === store ? bytes : (await helia.getCodec(store)).encode(value);
    const cid = await putBlock(helia, store, block, signal);
    if (query.get("pin") !== "false") await pinBlock(node, cid, signal);
    return one({ Cid: { "/": cid.toString() } });
  },

  "dag/get": async ({ node, query, signal }) => {
    const value = await resolvePath(node.helia, query.get("arg"), signal);
    const codec = await node.helia.getCodec(codecOf(query.get("output-codec") ?? "dag-json"));
    return { bytes: codec.encode(value) };
  },

  "pin/add": async ({ node, query, signal }) => {
    const { cid } = parsePath(query.get("arg"));
    await pinBlock(node, cid, signal);
    return one({ Pins: [cid.toString()] });
  },

  "pin/ls": async ({ node, query, signal }) => {
    const asked = query.getAll("arg").map((argument) => parsePath(argument).cid);
    const pins = await listPins(node.helia, asked, signal);
    if (query.get("stream") === "true") return { lines: pins.map((cid) => ({ Cid: cid.toString(), Type: "recursive" })) };
    return one({ Keys: Object.fromEntries(pins.map((cid) => [cid.toString(), { Type: "recursive" }])) });
  },
};

/** By the path after /api/v0/. */
export const KUBO_ROUTES: ReadonlyMap<string, KuboRoute> = new Map(Object.entries(ROUTES));

function one(line: object): KuboAnswer {
  return { lines: [line] };
}

async function listPins(helia: Helia, asked: readonly CID[], signal: AbortSignal): Promise<CID[]> {
  const pins: CID[] = [];
  for await (const { cid } of helia.pins.ls({ signal })) {
    if (asked.length === 0 || asked.some((other) => other.equals(cid))) pins.push(cid);
  }
  return pins;
}
