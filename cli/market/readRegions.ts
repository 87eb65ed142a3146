import { decodeDidDocument } from "../../core/didDocument.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";
import type { Network } from "../network.ts";
import type { OfferedNode } from "./readOffers.ts";

const TIMEOUT_MS = 3_000;
/** Documents that are fetched at the same time. */
const AT_ONCE = 8;

/** Where nodes say that they stand, in their signed documents on IPFS; those that cannot be had are left out. */
export async function readRegions(network: Network, nodes: readonly OfferedNode[]): Promise<Map<number, string>> {
  const { chainId } = network.contracts;
  const ipfs = createIpfsClient({ url: network.ipfsUrl, timeoutMs: TIMEOUT_MS });
  const regions = new Map<number, string>();
  const left = [...nodes];
  const readOne = async ({ index, nodeId, operator, metadata }: OfferedNode) => {
    const known = network.devnet?.genesis.nodes[index]?.region;
    const region = known ?? decodeDidDocument(await ipfs.getBlock(metadata), { chainId, nodeId, operator }, verifyNative).region;
    regions.set(index, region);
  };
  const work = async () => {
    for (let node = left.shift(); node !== undefined; node = left.shift()) await readOne(node).catch(() => undefined);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return regions;
}
