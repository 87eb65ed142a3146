import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useConnection, useConnect, useConnectors, useDisconnect, useSwitchChain } from "wagmi";
import { getConfig } from "../config.ts";
import { Address } from "../ui/Address.tsx";
import { Amount } from "../ui/Amount.tsx";
import { Modal } from "../ui/Modal.tsx";
import { Notice } from "../ui/Notice.tsx";
import { BURNER_ID } from "./burner.ts";
import { askFaucet } from "./askFaucet.ts";
import { explainWallet } from "./explainWallet.ts";
import { SentTransactions } from "./SentTransactions.tsx";
import { useBalances } from "./useBalances.ts";

// It brings the code that signs.
const BurnerKey = lazy(async () => ({ default: (await import("./BurnerKey.tsx")).BurnerKey }));

/** Connect, or see the account: balances, network, faucet. */
export default function WalletDialog({ onClose }: { onClose: () => void }) {
  const { address } = useConnection();
  return (
    <Modal title={address === undefined ? "Connect a wallet" : "Your wallet"} onClose={onClose}>
      {address === undefined ? <Choice onDone={onClose} /> : <Connected address={address} onDone={onClose} />}
    </Modal>
  );
}

function Choice({ onDone }: { onDone: () => void }) {
  const connectors = useConnectors();
  // Here and not at the call: this part is gone as soon as there is an account.
  const { mutate: connect, error, isPending, variables } = useConnect({ mutation: { onSuccess: onDone } });
  // The nameless connector stands for wallets that do not announce themselves; useless without one, or beside one that does.
  const announced = connectors.filter(({ id }) => id !== BURNER_ID && id !== "injected");
  const usable = connectors.filter(({ id }) => id !== "injected" || ("ethereum" in globalThis && announced.length === 0));
  const asked = isPending && variables !== undefined && "id" in variables.connector ? variables.connector : undefined;
  return (
    <div className="grid gap-3">
      {usable.map((connector) => (
        // Not disabled while one is asked: a locked wallet whose window was closed answers never.
        <button key={connector.uid} type="button" className="button justify-start" onClick={() => connect({ connector })}>
          {connector.icon !== undefined && connector.icon.startsWith("data:") && <img src={connector.icon} alt="" className="size-5" />}
          {connector.id === "injected" ? "Browser wallet" : connector.name}
        </button>
      ))}
      {asked !== undefined && (
        <p role="status" className="text-sm">
          {asked.name} is asked. If nothing appears, open the wallet yourself, unlock it and answer there.
        </p>
      )}
      {usable.every(({ id }) => id === BURNER_ID) && (
        <p className="text-sm text-muted">No wallet extension announced itself in this browser. Install one, such as MetaMask or Rabby, and load this page again.</p>
      )}
      {usable.some(({ id }) => id === BURNER_ID) && (
        <p className="text-sm text-muted">The burner wallet is a key made in this page for this devnet. Fill it from the faucet and try everything; never send it real money.</p>
      )}
      {getConfig().walletConnectProjectId !== null && (
        <p className="text-sm text-muted">
          A WalletConnect project is configured, but this build holds no WalletConnect code. On a phone, open this page in the browser inside the wallet.
        </p>
      )}
      {error !== null && (
        <Notice tone="bad" title="Not connected">
          {explainWallet(error)}
        </Notice>
      )}
    </div>
  );
}

function Connected({ address, onDone }: { address: `0x${string}`; onDone: () => void }) {
  const { contracts, name, faucetUrl } = getConfig();
  const { chainId, connector } = useConnection();
  const { mutate: disconnect } = useDisconnect();
  const { mutate: switchChain, error, isPending } = useSwitchChain();
  const balances = useBalances(address);
  return (
    <div className="grid gap-4 text-sm">
      <div>
        <p className="text-muted">{connector?.name}</p>
        <Address value={address} full />
      </div>
      {chainId !== contracts.chainId && (
        <Notice
          tone="warn"
          title={`The wallet is on chain ${chainId ?? "unknown"}, ${name} is chain ${contracts.chainId}`}
          action={
            <button type="button" className="button" disabled={isPending} onClick={() => switchChain({ chainId: contracts.chainId })}>
              Switch network
            </button>
          }
        >
          {error !== null && explainWallet(error)}
        </Notice>
      )}
      <dl className="grid grid-cols-2 gap-2">
        <dt className="text-muted">X0T</dt>
        <dd className="num">
          <Amount wei={balances.data?.x0tWei} />
        </dd>
        <dt className="text-muted">For fees</dt>
        <dd className="num">
          <Amount wei={balances.data?.ethWei} unit="ETH" />
        </dd>
      </dl>
      {faucetUrl !== null && <Faucet address={address} />}
      {connector?.id === BURNER_ID && (
        <Suspense>
          <BurnerKey />
        </Suspense>
      )}
      <SentTransactions />
      <button
        type="button"
        className="button"
        onClick={() => {
          disconnect();
          onDone();
        }}
      >
        Disconnect
      </button>
    </div>
  );
}

function Faucet({ address }: { address: `0x${string}` }) {
  const queries = useQueryClient();
  const [state, setState] = useState<"idle" | "asking" | "done" | Error>("idle");
  const ask = async () => {
    setState("asking");
    try {
      await askFaucet(address);
      await queries.invalidateQueries();
      setState("done");
    } catch (error) {
      setState(error as Error);
    }
  };
  return (
    <div className="grid gap-2">
      <button type="button" className="button-primary" disabled={state === "asking"} onClick={() => void ask()}>
        {state === "asking" ? "Asking the faucet …" : "Get test X0T and ETH"}
      </button>
      <p role="status" className="text-muted">
        {state === "done" && "They are there."}
        {state instanceof Error && state.message}
      </p>
    </div>
  );
}
