import { Link, useParams } from "@tanstack/react-router";
import { useConnection } from "wagmi";
import { OPERATOR, type OperatorAnswer } from "../../data/queries/node.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Address } from "../../ui/Address.tsx";
import { Amount } from "../../ui/Amount.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { NodeTable, Pager } from "./NodeTable.tsx";

/** What an operator has at stake, earned and may claim, and its nodes. */
export default function OperatorPage() {
  const { address = "" } = useParams({ strict: false });
  const isAddress = /^0x[0-9a-f]{40}$/i.test(address);
  const [filters, change] = useFilters();
  const { after, before } = filters;
  const query = useGraphql<OperatorAnswer>(
    OPERATOR,
    { address: address.toLowerCase(), ...(after !== undefined && { after }), ...(before !== undefined && { before }) },
    { isOff: !isAddress },
  );
  const { address: own } = useConnection();
  const isOwn = own?.toLowerCase() === address.toLowerCase();
  if (!isAddress) {
    return (
      <>
        <PageTitle title="Operator" />
        <Notice tone="bad" title="This is no address">An address has 0x and 40 digits, for example that of a node&apos;s operator in the <Link to="/nodes" className="link">list of nodes</Link>.</Notice>
      </>
    );
  }
  return (
    <>
      <PageTitle title="Operator">
        <Address value={address} full />
        {isOwn && <p className="mt-1">This is the account of your wallet.</p>}
      </PageTitle>
      <QueryView query={query} isEmpty={({ operator }) => operator === null} empty={<Empty isOwn={isOwn} />}>
        {(answer) => (
          <>
            <Totals answer={answer} isOwn={isOwn} />
            <Panel title={`Nodes: ${answer.nodes.totalCount.toLocaleString("en")}`}>
              {answer.nodes.items.length === 0 ? <p className="text-muted">It has no node; it was paid for other work.</p> : <NodeTable answer={answer} withOperator={false} />}
              <Pager pageInfo={answer.nodes.pageInfo} onPage={change} />
            </Panel>
          </>
        )}
      </QueryView>
    </>
  );
}

function Empty({ isOwn }: { isOwn: boolean }) {
  return (
    <>
      This account has no node and was paid for no work.{" "}
      {isOwn && (
        <>
          Register one under <Link to="/operate" className="link">Operate</Link>.
        </>
      )}
    </>
  );
}

function Totals({ answer: { operator, account }, isOwn }: { answer: OperatorAnswer; isOwn: boolean }) {
  if (operator === null) return null;
  const wei = (text: string) => BigInt(text);
  const claimable = wei(operator.earned) - wei(operator.claimed);
  return (
    <>
      <Stats>
        <Stat label="At stake" value={<Amount wei={wei(operator.stake)} />} note={wei(operator.unbonding) > 0n ? <>and <Amount wei={wei(operator.unbonding)} /> unbonding</> : "also its votes, before the square root"} />
        <Stat
          label="Claimable now"
          value={<Amount wei={claimable} />}
          note={
            claimable > 0n ? (
              <>
                rewards of final epochs; 1 % is burned when they are paid. <Link to="/operate" className="link">{isOwn ? "Claim under Operate" : "Anyone may claim them for it, under Operate"}</Link>
              </>
            ) : (
              "nothing: all rewards of final epochs are claimed"
            )
          }
        />
        <Stat label="Claimed" value={<Amount wei={wei(operator.claimed)} />} note="rewards for uptime, before the burn" />
        <Stat label="For relaying" value={<Amount wei={wei(operator.redeemed)} />} note="redeemed from payment channels, before the burn" />
        <Stat label="From leases" value={<Amount wei={wei(operator.leaseIncome)} />} note="paid by tenants, before the burn" />
        <Stat label="Burned of it" value={<Amount wei={wei(operator.burned)} />} note="the 1 % of all that it was paid" />
        <Stat label="Slashed" value={<Amount wei={wei(operator.slashed)} />} note={wei(operator.slashed) === 0n ? "no challenge was lost" : "stake lost by challenges that were not answered"} />
        <Stat label="Balance" value={<Amount wei={account === null ? undefined : wei(account.balance)} />} note={wei(operator.challengeIncome) > 0n ? <>incl. <Amount wei={wei(operator.challengeIncome)} /> won by challenges</> : "X0T in its account"} />
      </Stats>
    </>
  );
}
