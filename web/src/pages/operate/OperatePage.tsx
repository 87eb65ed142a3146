import { useConnection } from "wagmi";
import { OPERATE, OPERATED_NODES, type OperateAnswer } from "../../data/queries/operate.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Address } from "../../ui/Address.tsx";
import { Amount } from "../../ui/Amount.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { NodeList } from "./NodeList.tsx";
import { NodePanel } from "./NodePanel.tsx";
import { RegisterPanel } from "./RegisterPanel.tsx";

/** What an operator does with nodes, by the wallet: the nodes' own keys never come here. */
export default function OperatePage() {
  const { address } = useConnection();
  return (
    <>
      <PageTitle title="Operate">
        Register a node of your own, add to its stake or take it back, claim what it earned. Every action says exactly what it will do, and is tried on the chain before you can
        send it.
      </PageTitle>
      {address === undefined ? <Guest /> : <Operator key={address} address={address} />}
    </>
  );
}

function Guest() {
  return (
    <div className="grid gap-5">
      <Notice tone="info" title="Connect the wallet of the operator">
        Use Connect, at the top right. An operator is the account that registers nodes, pays their stake and receives what they earn.
      </Notice>
      <RegisterPanel operator={undefined} />
    </div>
  );
}

function Operator({ address }: { address: `0x${string}` }) {
  const query = useGraphql<OperateAnswer>(OPERATE, { operator: address.toLowerCase() });
  const [{ node: chosen }, setFilters] = useFilters();
  return (
    <div className="grid gap-5">
      <QueryView
        query={query}
        isEmpty={({ nodes }) => nodes.items.length === 0}
        empty={
          <p>
            <Address value={address} /> operates no node yet. Register one below; it begins to earn with the next epoch.
          </p>
        }
      >
        {({ nodes, network }) => {
          const selected = nodes.items.find(({ index }) => String(index) === chosen) ?? nodes.items[0];
          return (
            <div className="grid gap-5">
              <Totals nodes={nodes.items} />
              <Panel title={nodes.items.length === 1 ? "Your node" : `Your ${nodes.items.length} nodes`}>
                {nodes.items.length === OPERATED_NODES && <p className="mb-3 text-sm text-muted">These are the first {OPERATED_NODES}; work on others by the command line.</p>}
                <NodeList nodes={nodes.items} selected={selected?.index} onSelect={(index) => setFilters({ node: String(index) })} />
              </Panel>
              {selected !== undefined && <NodePanel key={selected.index} node={selected} epoch={network?.epoch} />}
            </div>
          );
        }}
      </QueryView>
      <RegisterPanel operator={address} />
    </div>
  );
}

function Totals({ nodes }: { nodes: OperateAnswer["nodes"]["items"] }) {
  const sum = (of: (node: (typeof nodes)[number]) => bigint) => nodes.reduce((total, node) => total + of(node), 0n);
  return (
    <Stats>
      <Stat label="At stake" value={<Amount wei={sum(({ stake }) => BigInt(stake))} />} note="Earns, votes, and is slashed for false proofs" />
      <Stat label="Unbonding" value={<Amount wei={sum(({ unbonding }) => BigInt(unbonding))} />} note="On its way back to you" />
      <Stat label="Claimable" value={<Amount wei={sum(({ earned, claimed }) => BigInt(earned) - BigInt(claimed))} />} note="Of final epochs, before the burn of 1 %" />
      <Stat label="Claimed" value={<Amount wei={sum(({ claimed }) => BigInt(claimed))} />} note="Since registration, before the burn of 1 %" />
    </Stats>
  );
}
