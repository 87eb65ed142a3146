import { zeroAddress, type Address } from "viem";
import { readContract } from "viem/actions";
import { z } from "zod";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import type { Reader } from "../../chain/client.ts";
import { readPaged } from "../../chain/readPaged.ts";
import { readTable, wei } from "./indexPages.ts";

const transferSchema = z.object({ from: z.string(), to: z.string(), amount: wei });

/** Every balance, from the transfers up to a block. */
export interface Rebuilt {
  balances: Map<Address, bigint>;
  transfers: number;
  supply: bigint;
  burned: bigint;
}

/** Adds up all transfers until block `until`, that one included: they never change, whatever the chain does meanwhile. */
export async function rebuildBalances(url: string, until: bigint, onProgress: (transfers: number) => void): Promise<Rebuilt> {
  const rebuilt: Rebuilt = { balances: new Map(), transfers: 0, supply: 0n, burned: 0n };
  const { balances } = rebuilt;
  const add = (account: string, amount: bigint) => {
    const address = account.toLowerCase() as Address;
    balances.set(address, (balances.get(address) ?? 0n) + amount);
  };
  for await (const page of readTable(url, transferSchema, { table: "transfers", columns: "from to amount", orderBy: "id", where: `block_lte: ${until}` })) {
    for (const { from, to, amount } of page) {
      if (from === zeroAddress) rebuilt.supply += amount;
      else add(from, -amount);
      if (to === zeroAddress) {
        rebuilt.supply -= amount;
        rebuilt.burned += amount;
      } else add(to, amount);
    }
    rebuilt.transfers += page.length;
    onProgress(rebuilt.transfers);
  }
  return rebuilt;
}

/** balanceOf of each account at a block, in JSON-RPC batches. */
export async function readBalances(
  client: Reader,
  { token, accounts, blockNumber }: { token: Address; accounts: readonly Address[]; blockNumber: bigint },
  onProgress: (accounts: number) => void,
): Promise<Map<Address, bigint>> {
  const at = { address: token, abi: x0tTokenAbi, functionName: "balanceOf", blockNumber } as const;
  let read = 0;
  const balances = await readPaged(accounts.length, async (index) => {
    const balance = await readContract(client, { ...at, args: [accounts[index] as Address] });
    onProgress(++read);
    return balance;
  });
  return new Map(accounts.map((account, index) => [account, balances[index] as bigint]));
}
