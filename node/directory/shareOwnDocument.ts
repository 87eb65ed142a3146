import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { blockDigest } from "../../core/cid.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";

/** Puts the node's own document where the directory looks first: it has it at home and needs no IPFS for it. */
export async function shareOwnDocument(file: string, cacheDir: string): Promise<void> {
  const block = await readFile(file).catch(() => undefined);
  if (block === undefined) return;
  await mkdir(join(cacheDir, "did"), { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(cacheDir, "did", `${blockDigest(block).slice(2)}.cbor`), block);
}
