import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Hex } from "viem";
import { addressBookSchema, type AddressBook } from "../../core/addressBook.ts";
import { devnetParameters } from "../../core/parameters.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import { startAnvil, type Anvil } from "../../test/support/anvil.ts";
import { MNEMONIC, startProtocolChain } from "../../test/support/protocolChain.ts";
import { createBatchRpc } from "./batchRpc.ts";
import { closeOnSignal } from "./closeOnSignal.ts";
import { fillChain } from "./traffic.ts";

export const EPOCH_SECONDS = 60;
const ANVIL = ["--gas-limit", "300000000"];

export interface BusyChain {
  anvil: Anvil;
  book: AddressBook;
  /** Logs of our contracts, and the chain's last block. */
  events: number;
  blocks: number;
}

/**
 * A chain of `blocks` blocks with about `events` events of all kinds. Made once for each deployment and kept in the
 * temporary directory: making one of 50,000 events takes half a minute, loading it three seconds.
 */
export async function startBusyChain(wanted: { events: number; blocks: number }, say: (line: string) => void): Promise<BusyChain> {
  const chain = await startProtocolChain({ parameters: devnetParameters(EPOCH_SECONDS), args: ANVIL });
  const folder = join(tmpdir(), "x0t-bench-chain");
  let files: { about: string; state: string };
  try {
    const name = await nameOf(chain, wanted);
    files = { about: join(folder, `${name}.json`), state: join(folder, `${name}.state.json`) };
    if (!existsSync(files.about)) {
      say(`making ${wanted.events.toLocaleString("en")} events in ${wanted.blocks.toLocaleString("en")} blocks (once)`);
      const made = await fillChain(chain, wanted, say);
      await mkdir(folder, { recursive: true });
      // viem refuses an answer of such a size.
      const [state] = await createBatchRpc(chain.rpcUrl)([["anvil_dumpState", []]]);
      await writeFileAtomic(files.state, gunzipSync(Buffer.from((state as Hex).slice(2), "hex")));
      await writeFileAtomic(files.about, JSON.stringify({ book: chain.book, ...made }));
    }
  } finally {
    await chain.close();
  }
  // Always from the dump, so that every run meets the same chain in the same state.
  const { book, ...made } = JSON.parse(await readFile(files.about, "utf8")) as { book: unknown; events: number; blocks: number };
  const anvil = await startAnvil({ args: ["--mnemonic", MNEMONIC, "--load-state", files.state, ...ANVIL] });
  return { anvil: { ...anvil, stop: closeOnSignal(() => anvil.stop()) }, book: addressBookSchema.parse(book), ...made };
}

async function nameOf(chain: { book: AddressBook; client: { getCode(of: { address: Hex }): Promise<Hex | undefined> } }, wanted: object): Promise<string> {
  const code = await Promise.all(Object.values(chain.book.contracts).map((address) => chain.client.getCode({ address })));
  const made = await readFile(join(import.meta.dirname, "traffic.ts"), "utf8");
  return createHash("sha256").update(JSON.stringify([chain.book, wanted, code, made])).digest("hex").slice(0, 24);
}
