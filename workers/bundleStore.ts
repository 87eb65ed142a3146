import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { blockDigest } from "../core/cid.ts";
import type { Hex } from "../core/ids.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";

/**
 * `bundles/<epoch>-<digest>.cbor` below a node's home: each bundle is there before its commit is sent, since only the
 * receipts behind the committed root answer a challenge. Two of one epoch can exist after a crash.
 */
export interface BundleStore {
  /** All blocks of an epoch; a file that is not what its name says is passed over. */
  ofEpoch(epoch: number): Promise<Uint8Array[]>;
  write(epoch: number, block: Uint8Array): Promise<void>;
  /** Removes the bundles of epochs before `epoch`: final ones are never challenged, and IPFS keeps them. */
  prune(epoch: number): Promise<void>;
}

const NAME = /^(\d+)-(0x[0-9a-f]{64})\.cbor$/;

export function createBundleStore(home: string): BundleStore {
  const folder = join(home, "bundles");
  const list = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(folder)).map((file) => NAME.exec(file)).filter((match) => match !== null);
    return names.map(([file, epoch, digest]) => ({ file: join(folder, file), epoch: Number(epoch), digest: digest as Hex }));
  };
  return {
    async ofEpoch(epoch) {
      const files = (await list()).filter((bundle) => bundle.epoch === epoch);
      const blocks = await Promise.all(files.map(async ({ file, digest }) => ({ digest, block: await readFile(file) })));
      return blocks.filter(({ digest, block }) => blockDigest(block) === digest).map(({ block }) => block);
    },
    async write(epoch, block) {
      await writeFileAtomic(join(folder, `${epoch}-${blockDigest(block)}.cbor`), block, 0o600);
    },
    async prune(epoch) {
      for (const bundle of await list()) if (bundle.epoch < epoch) await rm(bundle.file, { force: true });
    },
  };
}
