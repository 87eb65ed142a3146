import { mkdir } from "node:fs/promises";
import type { Address } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { X0T } from "../core/parameters.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import type { StatePaths } from "./paths.ts";
import { MAX_NODES } from "./settings.ts";

export const OPERATOR_WEI = 10_000n * X0T;
export const CLIENT_WEI = 10_000n * X0T;
export const FAUCET_WEI = 1_000_000n * X0T;

const GUARDIANS = 3;
export const GUARDIAN_THRESHOLD = 2;

export type LocalKey = ReturnType<typeof privateKeyToAccount>;

export interface GenesisAccounts {
  deployer: LocalKey;
  faucet: LocalKey;
  client: LocalKey;
  /** Three, of whom two sign for the guardian (GOV-3). */
  guardians: LocalKey[];
  /** Twelve, however many nodes start: those left over are for nodes that a person adds. */
  operators: LocalKey[];
}

/** Makes the accounts' keys, one file each, mode 0600. */
export async function createAccounts(paths: StatePaths): Promise<GenesisAccounts> {
  await mkdir(paths.keysDir, { recursive: true, mode: 0o700 });
  const create = (name: string) => createKey(paths, name);
  const [deployer, faucet, client] = await Promise.all([create("deployer"), create("faucet"), create("client")]);
  const guardians = await Promise.all(Array.from({ length: GUARDIANS }, (_, index) => create(`guardian-${index}`)));
  const operators = await Promise.all(Array.from({ length: MAX_NODES }, (_, index) => create(`operator-${index}`)));
  return { deployer, faucet, client, guardians, operators };
}

/** The hot keys of operators that run no node yet. */
export function createSpareHotKeys(paths: StatePaths, firstIndex: number): Promise<LocalKey[]> {
  const indices = Array.from({ length: MAX_NODES - firstIndex }, (_, offset) => firstIndex + offset);
  return Promise.all(indices.map((index) => createKey(paths, `hot-${index}`)));
}

/** TOK-1: what `seal` distributes burn-free. */
export function allocationsOf(accounts: GenesisAccounts, hotKeys: readonly Address[]): { account: Address; amount: bigint }[] {
  return [
    ...accounts.operators.map(({ address }) => ({ account: address, amount: OPERATOR_WEI })),
    ...hotKeys.map((account) => ({ account, amount: OPERATOR_WEI })),
    { account: accounts.client.address, amount: CLIENT_WEI },
    { account: accounts.faucet.address, amount: FAUCET_WEI },
  ];
}

async function createKey(paths: StatePaths, name: string): Promise<LocalKey> {
  const key = generatePrivateKey();
  await writeFileAtomic(paths.keyFile(name), `${key}\n`, 0o600);
  return privateKeyToAccount(key);
}
