import { createWalletClient, http, numberToHex, type Address, type Chain, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

const KEY = "x0t.burner";

/** The key of this browser, made when it is first asked for. */
export function burnerAccount() {
  const stored = localStorage.getItem(KEY);
  const key = stored !== null && /^0x[0-9a-f]{64}$/.test(stored) ? (stored as Hex) : generatePrivateKey();
  if (key !== stored) localStorage.setItem(KEY, key);
  return privateKeyToAccount(key);
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
      if (method === "eth_sendTransaction") return sendTransaction(args[0] as RpcTransaction);
      if (method === "personal_sign") return burnerAccount().signMessage({ message: { raw: args[0] as Hex } });
      if (method === "eth_signTypedData_v4") return burnerAccount().signTypedData(JSON.parse(args[1] as string) as never);
      return wallet().request({ method, params } as never);
    },
    on: () => undefined,
    removeListener: () => undefined,
  };

  function sendTransaction({ to, data, value, gas }: RpcTransaction): Promise<Hex> {
    return wallet().sendTransaction({
      to: to ?? null,
      ...(data !== undefined && { data }),
      ...(value !== undefined && { value: BigInt(value) }),
      ...(gas !== undefined && { gas: BigInt(gas) }),
    });
  }
}

interface RpcTransaction {
  to?: Address;
  data?: Hex;
  value?: Hex;
  gas?: Hex;
}
