import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../runtime/atomicFile.ts";

const BIG_BYTES = 200_000_000;
const CHUNK = 1_000_000;

/**
 * Makes what the test origin serves, once: 200,000,000 bytes that are the same on every machine (AES-256-CTR over
 * zeros under a key of zeros, so that nothing on the way can compress them), their SHA-256, and a small file.
 */
export async function makeOriginFiles(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const big = join(dir, "200m.bin");
  const sum = `${big}.sha256`;
  if ((await sizeOf(sum)) > 0 && (await sizeOf(big)) === BIG_BYTES) return;
  const digest = await writeKeystream(`${big}.tmp`);
  await rename(`${big}.tmp`, big);
  await writeFileAtomic(join(dir, "1k.txt"), `${"x0tta6bl4 relays this line.\n".repeat(40).slice(0, 1023)}\n`);
  // Last: its presence says that all is there.
  await writeFileAtomic(sum, `${digest}  200m.bin\n`);
}

async function writeKeystream(file: string): Promise<string> {
  const cipher = createCipheriv("aes-256-ctr", Buffer.alloc(32), Buffer.alloc(16));
  const hash = createHash("sha256");
  const out = createWriteStream(file);
  const zeros = Buffer.alloc(CHUNK);
  for (let written = 0; written < BIG_BYTES; written += CHUNK) {
    const chunk = cipher.update(zeros);
    hash.update(chunk);
    if (!out.write(chunk)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  return hash.digest("hex");
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? -1;
}
