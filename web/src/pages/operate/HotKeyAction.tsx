import { useState } from "react";
import { useConnection } from "wagmi";
import { nodeRegistryAbi } from "../../../../core/abi/NodeRegistry.ts";
import type { RotateRequest } from "../../../../core/nodeRequest.ts";
import { getConfig } from "../../config.ts";
import type { OperatedNode } from "../../data/queries/operate.graphql.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { FundHotKey } from "./FundHotKey.tsx";
import { RequestField } from "./RequestField.tsx";
import { useNodeRequest } from "./useNodeRequest.ts";

/** The hot key's money, and another hot key (REG-1). */
export function HotKeyAction({ node, epoch }: { node: OperatedNode; epoch: number | undefined }) {
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <section className="grid content-start gap-4" aria-labelledby="fund-title">
        <h3 id="fund-title" className="font-semibold">
          What it holds
        </h3>
        <FundHotKey hotKey={node.witness} node={node.index} />
      </section>
      <Rotate node={node} epoch={epoch} />
    </div>
  );
}

function Rotate({ node, epoch }: { node: OperatedNode; epoch: number | undefined }) {
  const { address } = useConnection();
  const { NodeRegistry: registry } = getConfig().contracts.contracts;
  const [text, setText] = useState("");
  const check = useNodeRequest("rotate", text, address);
  const problem = check.error?.message ?? (check.data === undefined ? undefined : mismatch(check.data.request, node));
  const request = problem === undefined ? check.data?.request : undefined;
  const steps =
    request === undefined
      ? []
      : [
          {
            title: `Make ${request.witness} the hot key of node ${node.index}`,
            effect: (
              <>
                From now on it may commit proofs for the node instead of {node.witness}; the receipts that it signs count from the next epoch on. The old key keeps what it holds, and can
                never belong to a node again.
              </>
            ),
            call: { address: registry, abi: nodeRegistryAbi, functionName: "rotateWitness", args: [node.index, request.witness, request.proofOfPossession] },
          },
        ];
  return (
    <section className="grid content-start gap-4" aria-labelledby="rotate-title">
      <h3 id="rotate-title" className="font-semibold">
        Another hot key
      </h3>
      {epoch !== undefined && node.witnessFromEpoch > epoch && (
        <Notice tone="info" title={`The present one counts from epoch ${node.witnessFromEpoch} on`}>
          Then finish on the node's machine: <code>./x0t node rotate-key --home ~/.x0t-node --finish</code>, and restart the node.
        </Notice>
      )}
      <ol className="grid list-decimal gap-1 pl-5 text-sm">
        <li>
          On the node's machine: <code>./x0t node rotate-key --home ~/.x0t-node</code>. It makes the new key and writes <code>rotate.json</code>, in which the new key agrees.
        </li>
        <li>Give that file to this page and send the change.</li>
        <li>
          In the next epoch, on the node's machine: <code>./x0t node rotate-key --home ~/.x0t-node --finish</code>, and restart the node.
        </li>
      </ol>
      <RequestField file="rotate.json" value={text} onChange={setText} />
      {text !== "" && problem !== undefined && (
        <Notice tone="bad" title="This request cannot be used">
          {problem}
        </Notice>
      )}
      <TransactionPanel action="Change the hot key" steps={steps} blocked={text === "" ? "Give it the node's rotate.json first." : problem} />
    </section>
  );
}

function mismatch(request: RotateRequest, node: OperatedNode): string | undefined {
  if (request.node !== node.index || request.nodeId !== node.nodeId) return `It is for node ${request.node}, and this is node ${node.index}.`;
  if (request.witness.toLowerCase() === node.witness.toLowerCase()) return "This already is the node's hot key: finish on its machine.";
  return undefined;
}
