import type { Page } from "playwright-core";
import { createWalletClient, hexToBigInt, http, numberToHex, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chainOf } from "../../../chain/createReader.ts";

export interface InjectedWalletOptions {
  privateKey: Hex;
  rpcUrl: string;
  /** Of the network behind `rpcUrl`. */
  chainId: number;
  /** The network that the wallet is on at first; another one than `chainId` is a wrong network. */
  startChainId?: number;
  /** Knows `chainId` already; otherwise switching answers 4902 until the page adds the chain. True by default. */
  knowsChain?: boolean;
  /** As it announces itself (EIP-6963). */
  name?: string;
  /** Does not announce itself: it stands in window.ethereum alone. */
  isLegacy?: boolean;
}

export interface InjectedWallet {
  readonly address: Address;
  /** Methods that the page asked, in order. */
  readonly asked: readonly string[];
  /** The next request that a person would confirm is rejected (4001). */
  rejectNext(): void;
  /** Requests for confirmation wait until `release`, as a locked wallet's. */
  hold(): void;
  release(): void;
  /** As a person does in the wallet: the page hears of it. */
  useAccount(privateKey: Hex): Promise<void>;
  useChain(chainId: number): Promise<void>;
  /** No account is given any more. */
  lock(): Promise<void>;
  unlock(): Promise<void>;
  /** Sends the next transaction with this nonce or these fees. */
  nextTransaction(change: { nonce?: number; maxFeePerGas?: bigint; maxPriorityFeePerGas?: bigint }): void;
}

interface Answer {
  result?: unknown;
  error?: { code: number; message: string };
}

type Account = ReturnType<typeof privateKeyToAccount>;
interface TransactionRequest {
  from: Address;
  to?: Address;
  data?: Hex;
  value?: Hex;
  gas?: Hex;
}

/** What a person confirms. */
const CONFIRMED = new Set(["eth_requestAccounts", "wallet_requestPermissions", "eth_sendTransaction", "personal_sign", "eth_signTypedData_v4", "wallet_switchEthereumChain", "wallet_addEthereumChain"]);
const ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

class ProviderError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A wallet extension for tests: an EIP-1193 provider in every page of `page`, announced by EIP-6963, whose key stays in
 * this process. Call it before the first `goto`.
 */
export async function injectWallet(page: Page, options: InjectedWalletOptions): Promise<InjectedWallet> {
  const asked: string[] = [];
  const known = new Set([options.startChainId ?? options.chainId, ...(options.knowsChain === false ? [] : [options.chainId])]);
  let account = privateKeyToAccount(options.privateKey);
  let chainId = options.startChainId ?? options.chainId;
  let [isConnected, isLocked, rejects] = [false, false, false];
  let held: { wait: Promise<unknown>; release: () => void } | undefined;
  let change: Parameters<InjectedWallet["nextTransaction"]>[0] = {};

  const chain = chainOf(options.chainId, [options.rpcUrl]);
  const client = (from: Account) => createWalletClient({ account: from, chain, transport: http(options.rpcUrl) });
  const accounts = () => (isConnected && !isLocked ? [account.address] : []);
  const emit = (event: string, value: unknown) => page.evaluate(([name, data]) => dispatchEvent(new CustomEvent("x0t-test-wallet", { detail: { name, data } })), [event, value] as const);
  const connect = () => {
    [isConnected, isLocked] = [true, false];
    return [account.address];
  };
  const moveTo = async (id: number) => {
    chainId = id;
    await emit("chainChanged", numberToHex(id));
    return null;
  };

  const send = async ({ from, to, data, value, gas }: TransactionRequest): Promise<Hex> => {
    if (from.toLowerCase() !== account.address.toLowerCase()) throw new ProviderError(4100, `${from} is not this wallet's account`);
    const extra = change;
    change = {};
    return client(account).sendTransaction({
      to: to ?? null,
      ...(data !== undefined && { data }),
      ...(value !== undefined && { value: hexToBigInt(value) }),
      ...(gas !== undefined && { gas: hexToBigInt(gas) }),
      ...extra,
    });
  };

  const handlers: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_chainId: () => numberToHex(chainId),
    net_version: () => String(chainId),
    eth_accounts: accounts,
    eth_requestAccounts: connect,
    wallet_requestPermissions: () => [{ parentCapability: "eth_accounts", caveats: [{ type: "restrictReturnedAccounts", value: connect() }] }],
    wallet_revokePermissions: () => ((isConnected = false), null),
    wallet_switchEthereumChain: ([wanted]) => {
      const id = Number((wanted as { chainId: Hex }).chainId);
      if (!known.has(id)) throw new ProviderError(4902, `Unrecognized chain ID ${id}. Try adding the chain first.`);
      return moveTo(id);
    },
    wallet_addEthereumChain: ([added]) => {
      const id = Number((added as { chainId: Hex }).chainId);
      known.add(id);
      return moveTo(id);
    },
    eth_sendTransaction: ([transaction]) => send(transaction as TransactionRequest),
    personal_sign: ([message]) => account.signMessage({ message: { raw: message as Hex } }),
    eth_signTypedData_v4: ([, data]) => account.signTypedData(JSON.parse(data as string) as never),
  };

  const answer = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    asked.push(method);
    if (CONFIRMED.has(method)) {
      await held?.wait;
      if (rejects) {
        rejects = false;
        throw new ProviderError(4001, "User rejected the request.");
      }
    }
    const handler = handlers[method];
    if (handler !== undefined) return handler(params);
    if (chainId !== options.chainId) throw new ProviderError(4901, `No connection to chain ${chainId}`);
    return client(account).request({ method, params } as never);
  };

  await page.exposeFunction("x0tTestWallet", async (method: string, params: readonly unknown[] | undefined): Promise<Answer> => {
    try {
      return { result: await answer(method, params) };
    } catch (error) {
      const { code, message, details } = error as { code?: number; message: string; details?: string };
      return { error: { code: typeof code === "number" ? code : -32_603, message: details ?? message } };
    }
  });
  await page.addInitScript(provideWallet, { name: options.name ?? "Test wallet", icon: ICON, isLegacy: options.isLegacy === true });

  return {
    get address() {
      return account.address;
    },
    asked,
    rejectNext: () => void (rejects = true),
    hold() {
      let release: () => void = () => undefined;
      held = { wait: new Promise((resolve) => (release = () => resolve(undefined))), release: () => release() };
    },
    release() {
      held?.release();
      held = undefined;
    },
    async useAccount(privateKey) {
      account = privateKeyToAccount(privateKey);
      await emit("accountsChanged", accounts());
    },
    useChain: async (id) => {
      known.add(id);
      await moveTo(id);
    },
    async lock() {
      isLocked = true;
      await emit("accountsChanged", []);
    },
    async unlock() {
      isLocked = false;
      await emit("accountsChanged", accounts());
    },
    nextTransaction: (next) => void (change = next),
  };
}

/** Runs in the page, before its own scripts. */
function provideWallet({ name, icon, isLegacy }: { name: string; icon: string; isLegacy: boolean }): void {
  type Listener = (data: unknown) => void;
  const listeners = new Map<string, Set<Listener>>();
  const page = globalThis as unknown as {
    x0tTestWallet(method: string, params: unknown): Promise<{ result?: unknown; error?: { code: number; message: string } }>;
    ethereum?: unknown;
  };
  const provider = {
    isX0tTestWallet: true,
    async request({ method, params }: { method: string; params?: unknown }) {
      const { result, error } = await page.x0tTestWallet(method, params);
      if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code });
      return result;
    },
    on(event: string, listener: Listener) {
      listeners.set(event, (listeners.get(event) ?? new Set<Listener>()).add(listener));
      return provider;
    },
    removeListener(event: string, listener: Listener) {
      listeners.get(event)?.delete(listener);
      return provider;
    },
  };
  addEventListener("x0t-test-wallet", (event) => {
    const { name: changed, data } = (event as CustomEvent<{ name: string; data: unknown }>).detail;
    for (const listener of listeners.get(changed) ?? []) listener(data);
  });
  page.ethereum = provider;
  if (isLegacy) return;
  const detail = Object.freeze({ info: { uuid: "5f2c9a0e-7f4e-4c39-9a54-0d1f1d1b6a01", name, icon, rdns: "test.x0t.wallet" }, provider });
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  addEventListener("eip6963:requestProvider", announce);
  announce();
}
