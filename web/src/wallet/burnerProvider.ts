import { createWalletClient, http, numberToHex, type Address, type Chain, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

export const BURNER_KEY = "x0t.burner";

/** The key of this browser, made when it is first asked for. */
export function burnerKey(): Hex {
  const stored = localStorage.getItem(BURNER_KEY);
  if (stored !== null && /^0x[0-9a-f]{64}$/.test(stored)) return stored as Hex;
  return replaceBurner();
}

export function burnerAccount() {
  return privateKeyToAccount(burnerKey());
}

/** A new key in place of the old one, which is gone unless it was copied. Open tabs follow (`burner.ts`). */
export function replaceBurner(): Hex {
  const key = generatePrivateKey();
  localStorage.setItem(BURNER_KEY, key);
  return key;
}

interface Request {
  method: string;
  params?: unknown;
}

/** EIP-1193: signs here, and asks the chain for all else. */
export function createBurnerProvider(chain: Chain, rpcUrl: string) {
  const transport = http(rpcUrl);
  const wallet = () => createWalletClient({ account: burnerAccount(), chain, transport });
  return {
    async request({ method, params }: Request): Promise<unknown> {
      const args = (params ?? []) as unknown[];
      if (method === "eth_accounts" || method === "eth_requestAccounts") return [burnerAccount().address];
      if (method === "eth_chainId") return numberToHex(chain.id);
      if (method === "eth_sendTransaction") return inTurn(() => sendTransaction(args[0] as RpcTransaction));
      if (method === "personal_sign") return burnerAccount().signMessage({ message: { raw: args[0] as Hex } });
      if (method === "eth_signTypedData_v4") return burnerAccount().signTypedData(JSON.parse(args[1] as string) as never);
      return wallet().request({ method, params } as never);
    },
    on: () => undefined,
    removeListener: () => undefined,
  };

  function sendTransaction({ from, to, data, value, gas }: RpcTransaction): Promise<Hex> {
    if (from !== undefined && from.toLowerCase() !== burnerAccount().address.toLowerCase()) {
      throw Object.assign(new Error("The burner wallet has another key now: connect it again."), { code: 4100 });
    }
    return wallet().sendTransaction({
      to: to ?? null,
      ...(data !== undefined && { data }),
      ...(value !== undefined && { value: BigInt(value) }),
      ...(gas !== undefined && { gas: BigInt(gas) }),
    });
  }
}

/** Two tabs have one key: each asks for the next nonce and sends before the other does. */
async function inTurn<T>(send: () => Promise<T>): Promise<T> {
  // Browsers lock only on a secure origin; elsewhere a clash is refused by the chain.
  const locks = navigator.locks as LockManager | undefined;
  return locks === undefined ? send() : locks.request("x0t.burner.send", { signal: AbortSignal.timeout(SEND_WITHIN_MS) }, send);
}

const SEND_WITHIN_MS = 30_000;

interface RpcTransaction {
  from?: Address;
  to?: Address;
  data?: Hex;
  value?: Hex;
  gas?: Hex;
}
