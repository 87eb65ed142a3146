import type { Chain } from "viem";
import { createConnector } from "wagmi";

const CONNECTED = "x0t.burner.connected";
const KEY = "x0t.burner";
/** Told by the page that made a new key; other tabs hear of it from the storage. */
export const NEW_BURNER = "x0t:new-burner";
export const BURNER_ID = "burner";

/** The devnet's wallet in the page: a key made here, kept in this browser, for play money only. */
export function burner({ chain, rpcUrl }: { chain: Chain; rpcUrl: string }) {
  return createConnector((config) => {
    // Keys and signing are loaded by whoever connects it.
    const provider = async () => (await import("./burnerProvider.ts")).createBurnerProvider(chain, rpcUrl);
    const address = async () => (await import("./burnerProvider.ts")).burnerAccount().address;
    let isConnected = localStorage.getItem(CONNECTED) === "true";
    const setConnected = (value: boolean) => {
      isConnected = value;
      localStorage.setItem(CONNECTED, String(value));
    };
    const onNewKey = async () => {
      if (isConnected) config.emitter.emit("change", { accounts: [await address()] });
    };
    addEventListener(NEW_BURNER, () => void onNewKey());
    addEventListener("storage", ({ key, newValue }) => {
      if (key === KEY && newValue !== null) void onNewKey();
    });
    return {
      id: BURNER_ID,
      name: "Burner wallet (devnet)",
      type: "burner",
      async connect({ withCapabilities }: { withCapabilities?: boolean } = {}) {
        setConnected(true);
        const account = await address();
        return { accounts: (withCapabilities === true ? [{ address: account, capabilities: {} }] : [account]) as never, chainId: chain.id };
      },
      disconnect: async () => setConnected(false),
      getAccounts: async () => [await address()],
      getChainId: async () => chain.id,
      getProvider: provider,
      isAuthorized: async () => isConnected,
      onAccountsChanged: () => undefined,
      onChainChanged: () => undefined,
      onDisconnect: () => config.emitter.emit("disconnect"),
    };
  });
}
