import { access } from "node:fs/promises";
import { join } from "node:path";
import { FsBlockstore } from "blockstore-fs";
import { NextToLast } from "blockstore-fs/sharding";
import type { CID } from "multiformats/cid";
import { writeFileAtomic } from "../runtime/atomicFile.ts";

/** Blocks as files. What `put` acknowledged survives kill -9 and loss of power: a node is slashed for a lost bundle. */
export class DurableBlockstore extends FsBlockstore {
  private readonly sharding: NextToLast;
  /** Writes under way by file: two writers of one block would share its temporary file. */
  private readonly writing = new Map<string, Promise<void>>();

  constructor(directory: string) {
    const sharding = new NextToLast();
    super(directory, { shardingStrategy: sharding });
    this.sharding = sharding;
  }

  override async put(cid: CID, value: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<CID> {
    const { dir, file } = this.sharding.encode(cid);
    const path = join(this.path, dir, file);
    let write = this.writing.get(path);
    if (write === undefined) {
      write = writeOnce(path, value).finally(() => this.writing.delete(path));
      this.writing.set(path, write);
    }
    await write;
    return cid;
  }
}

async function writeOnce(path: string, value: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  if (await exists(path)) return;
  await writeFileAtomic(path, value instanceof Uint8Array ? value : Buffer.concat(await collect(value)));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function collect(value: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of value) chunks.push(chunk);
  return chunks;
}
