import { useState } from "react";
import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { nodeRegistryAbi } from "../../../../core/abi/NodeRegistry.ts";
import type { DidDocument } from "../../../../core/didDocument.ts";
import type { RegisterRequest } from "../../../../core/nodeRequest.ts";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { useApproval } from "../../tx/useApproval.ts";
import { Amount, exactX0t } from "../../ui/Amount.tsx";
import { AmountField } from "../../ui/AmountField.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { parseAmount } from "../../ui/parseAmount.ts";
import { useBalances } from "../../wallet/useBalances.ts";
import { FundHotKey } from "./FundHotKey.tsx";
import { RequestField } from "./RequestField.tsx";
import { useNodeRequest } from "./useNodeRequest.ts";

/** From a node's machine to the registry: the node's keys stay there, the operator's stays in the wallet. */
export function RegisterPanel({ operator }: { operator: Address | undefined }) {
  const [text, setText] = useState("");
  const [registered, setRegistered] = useState<number>();
  const check = useNodeRequest("register", text, operator);
  const change = (next: string) => {
    setText(next);
    setRegistered(undefined);
  };
  return (
    <Panel title="Register a node">
      <div className="grid gap-5">
        <HowTo operator={operator} />
        {operator !== undefined && (
          <>
            <RequestField file="register.json" value={text} onChange={change} />
            {text !== "" && check.isFetching && check.data === undefined && <p role="status">Checking it, and fetching its document from IPFS …</p>}
            {text !== "" && check.error !== null && registered === undefined && (
              <Notice
                tone="bad"
                title="This request cannot be used"
                action={
                  <button type="button" className="button" onClick={() => void check.refetch()}>
                    Check again
                  </button>
                }
              >
                {check.error.message}
              </Notice>
            )}
            {text !== "" && check.data !== undefined && (check.error === null || registered !== undefined) && (
              <Checked key={check.data.request.nodeId} {...check.data} onRegistered={setRegistered} />
            )}
            {registered !== undefined && check.data !== undefined && <AfterRegistration index={registered} hotKey={check.data.request.witness} />}
          </>
        )}
      </div>
    </Panel>
  );
}

function HowTo({ operator }: { operator: Address | undefined }) {
  const { isDevnet, name } = getConfig();
  const network = isDevnet ? "" : ` --network ${name}`;
  return (
    <ol className="grid list-decimal gap-2 pl-5 text-sm">
      <li className="wrap-anywhere">
        On the machine that will run the node, make its keys and its document. <code>--host</code> is the address that others reach it by.
        <pre className="mt-1 rounded-lg bg-raised px-3 py-2 wrap-anywhere whitespace-pre-wrap">
          <code>
            ./x0t node init --home ~/.x0t-node --host {isDevnet ? "127.7.0.1" : "203.0.113.7"}
            {isDevnet ? " --api-port 11900" : ""}
            {network} --operator {operator ?? "0x…your wallet's address"}
          </code>
        </pre>
      </li>
      <li>
        Give the file <code>register.json</code> that it writes to this page{operator === undefined ? ", once your wallet is connected" : ""}. It holds no secret: the node's keys stay on
        its machine, yours in your wallet.
      </li>
      <li>
        Stake and register here, then start the node: <code>./x0t node start --home ~/.x0t-node</code>. It earns from the first whole epoch in which it runs.
      </li>
    </ol>
  );
}

function Checked({ request, document, onRegistered }: { request: RegisterRequest; document: DidDocument; onRegistered: (index: number) => void }) {
  const { NodeRegistry: registry } = getConfig().contracts.contracts;
  const { minStake, epochSeconds } = getConfig().parameters;
  const [text, setText] = useState(exactX0t(minStake));
  const typed = parseAmount(text);
  const wei = typed !== undefined && "wei" in typed ? typed.wei : undefined;
  const balance = useBalances(request.operator).data?.x0tWei;
  const approval = useApproval(registry, wei);
  const { nodeId, witness, metadata, proofOfPossession } = request;
  const steps =
    wei === undefined || wei < minStake || approval === undefined
      ? []
      : [
          ...approval,
          {
            title: `Register the node with ${exactX0t(wei)} X0T at stake`,
            effect: (
              <>
                Moves {exactX0t(wei)} X0T into the registry {registry}, burn-free, and names {request.operator} as the operator of {nodeId}. It is active from the next epoch on. A proof
                that turns out false costs a tenth of the stake; you get the rest back by unstaking.
              </>
            ),
            call: { address: registry, abi: nodeRegistryAbi, functionName: "register", args: [nodeId, witness, metadata, wei, proofOfPossession] },
          },
        ];
  const done = (receipt: TransactionReceipt) => {
    const [event] = parseEventLogs({ abi: nodeRegistryAbi, eventName: "NodeRegistered", logs: receipt.logs });
    if (event !== undefined) onRegistered(event.args.node);
  };
  return (
    <div className="grid gap-4">
      <Notice tone="good" title="The request is whole and yours">
        Its hot key signed it for your account, this chain and this registry, and its document is in IPFS, signed by the node.
      </Notice>
      <dl className="grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
        {factsOf(request, document).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 break-all">{value}</dd>
          </div>
        ))}
      </dl>
      <AmountField
        label="Stake, X0T"
        value={text}
        onChange={setText}
        mostWei={balance}
        mostName="your whole balance"
        note={
          <>
            At least <Amount wei={minStake} exact />; you have <Amount wei={balance} />. What a node earns in an epoch of {epochSeconds} s grows with its stake.
          </>
        }
      />
      <TransactionPanel action="Stake and register" steps={steps} blocked={whyNot(wei, minStake, balance)} onDone={done} />
    </div>
  );
}

function whyNot(wei: bigint | undefined, minStake: bigint, balance: bigint | undefined): string | undefined {
  if (wei === undefined) return undefined;
  if (wei < minStake) return `Stake at least ${exactX0t(minStake)} X0T.`;
  if (balance !== undefined && wei > balance) return `You have ${exactX0t(balance)} X0T, ${exactX0t(wei)} X0T are needed.`;
  return undefined;
}

function factsOf(request: RegisterRequest, { region, endpoint, roles, exitPolicy }: DidDocument): [string, string][] {
  const where = endpoint.reachable === false ? `behind NAT, at ${endpoint.host}` : `${endpoint.host}, ports ${endpoint.relayPort} and ${endpoint.controlPort}`;
  const exits = exitPolicy.map(({ action, network, ports }) => `${action} ${network}:${ports[0] === ports[1] ? ports[0] : `${ports[0]}-${ports[1]}`}`).join(", ");
  return [
    ["Node id", request.nodeId],
    ["Hot key", request.witness],
    ["Operator", request.operator],
    ["DID document", request.metadataCid],
    ["Region", region],
    ["Address", where],
    ["Does", roles.includes("exit") ? `relays, and is an exit: ${exits}` : "relays"],
  ];
}

function AfterRegistration({ index, hotKey }: { index: number; hotKey: Address }) {
  return (
    <div className="grid gap-4">
      <Notice tone="good" title={`It is node ${index}`}>
        Now its hot key needs X0T for bonds and channels and ETH for fees, and the node must run: <code>./x0t node start --home ~/.x0t-node</code>. It stands in the list above as soon as the
        indexer has seen it.
      </Notice>
      <FundHotKey hotKey={hotKey} />
    </div>
  );
}
