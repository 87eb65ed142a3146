import { Tabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import type { OperatedNode } from "../../data/queries/operate.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { Address } from "../../ui/Address.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { ClaimAction } from "./ClaimAction.tsx";
import { HotKeyAction } from "./HotKeyAction.tsx";
import { MaintenanceAction } from "./MaintenanceAction.tsx";
import { NodeState } from "./NodeList.tsx";
import { StakeAction } from "./StakeAction.tsx";
import { UnstakeAction } from "./UnstakeAction.tsx";

interface Action {
  value: string;
  title: string;
  body: ReactNode;
}

/** One node and what can be done with it; the chosen action stands in the URL. */
export function NodePanel({ node, epoch }: { node: OperatedNode; epoch: number | undefined }) {
  const [{ do: chosen }, setFilters] = useFilters();
  const actions: readonly Action[] = [
    { value: "claim", title: "Claim", body: <ClaimAction node={node} /> },
    { value: "stake", title: "Stake more", body: <StakeAction node={node} /> },
    { value: "unstake", title: "Unstake, withdraw", body: <UnstakeAction node={node} /> },
    { value: "maintenance", title: "Maintenance", body: <MaintenanceAction node={node} /> },
    { value: "key", title: "Hot key", body: <HotKeyAction node={node} epoch={epoch} /> },
  ];
  const value = actions.some((each) => each.value === chosen) ? chosen : "claim";
  return (
    <Panel title={`Node ${node.index}`} aside={<NodeState node={node} />}>
      <Facts node={node} />
      <Challenges node={node} />
      <Tabs.Root value={value} onValueChange={(next) => setFilters({ do: String(next) })}>
        <Tabs.List aria-label={`What to do with node ${node.index}`} className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
          {actions.map(({ value: each, title }) => (
            <Tabs.Tab
              key={each}
              value={each}
              className="min-h-10 cursor-pointer border-b-2 border-transparent px-3 py-2 text-sm whitespace-nowrap text-muted aria-selected:border-accent aria-selected:font-medium aria-selected:text-text"
            >
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {actions.map(({ value: each, body }) => (
          <Tabs.Panel key={each} value={each}>
            {body}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </Panel>
  );
}

function Facts({ node }: { node: OperatedNode }) {
  const facts = [
    { name: "Node id", value: node.nodeId },
    { name: "Hot key", value: node.witness },
    { name: "DID document", value: node.metadata },
  ];
  return (
    <dl className="mb-4 grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
      {facts.map(({ name, value }) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0">
            <Address value={value} full />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Challenges({ node }: { node: OperatedNode }) {
  return (
    <div className="grid gap-2 not-empty:mb-4">
      {node.challenges.items.map(({ epoch, slots, deadline, status }) =>
        status === "open" ? (
          <Notice key={epoch} tone="bad" title={`Challenged: ${slots} slots of epoch ${epoch}`}>
            Somebody doubts them. The node's worker must publish the receipts within <Countdown until={Number(deadline)} over="no time: it is over" />. If it does not, the epoch is
            void and a tenth of the stake, unbonding included, is lost. Look whether the node and its worker run.
          </Notice>
        ) : (
          <Notice key={epoch} tone="bad" title={`Epoch ${epoch} is void`}>
            A challenge stayed unanswered: the epoch earns nothing, and a tenth of the stake, unbonding included, is taken as soon as anybody enforces it. Until then nothing can be
            withdrawn.
          </Notice>
        ),
      )}
    </div>
  );
}
