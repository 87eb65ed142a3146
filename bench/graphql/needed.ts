/** What a dashboard of such a network asks for, page by page; one of the same name in web/src/data/queries takes its place. */
export const NEEDED = [
  /* GraphQL */ `query NodesList { nodes(limit: 100, orderBy: "stake", orderDirection: "desc") { totalCount items {
    index nodeId operator stake active benched commitCount slots relayedBytes recentSlots recentCommits earned claimed redeemed leaseIncome } } }`,
  /* GraphQL */ `query NodePage($node: Int!) { node(index: $node) { index nodeId operator witness stake unbonding active earned claimed redeemed leaseIncome
    commits(limit: 168, orderBy: "epoch", orderDirection: "desc") { items { epoch bitmap slots weight reward voided final openChallenges cid } }
    maintenances(limit: 50) { items { first end } } } }`,
  /* GraphQL */ `query NodeEarnings($node: Int!, $from: Int!) {
    commits(where: {node: $node, epoch_gte: $from}, orderBy: "epoch", orderDirection: "desc", limit: 168) { items { epoch slots reward voided final
      period { startsAt totalWeight reward earned } } }
    claims(where: {node: $node, epoch_gte: $from}, orderBy: "epoch", orderDirection: "desc", limit: 168) { items { epoch amount timestamp transactionHash } }
    redemptions(where: {node: $node}, orderBy: "id", orderDirection: "desc", limit: 50) { items { epoch amount timestamp transactionHash } } }`,
  /* GraphQL */ `query OperatorPage($operator: String!) { operator(address: $operator) { nodeCount stake earned claimed redeemed leaseIncome burned
    nodes(limit: 100) { items { index active stake slots earned claimed } } }
    payments(where: {to: $operator}, orderBy: "id", orderDirection: "desc", limit: 20) { items { kind net burned timestamp } } }`,
  /* GraphQL */ `query ProposalsList { proposals(orderBy: "block", orderDirection: "desc", limit: 20) { totalCount items {
    id proposer description state endsAt forStake againstStake abstainStake forBallots againstBallots abstainBallots quorum voteCount } } }`,
  /* GraphQL */ `query ProposalPage($proposal: BigInt!) { proposal(id: $proposal) { id description targets calldatas forStake againstStake forBallots againstBallots quorum state
    votes(limit: 100) { totalCount items { voter support stake ballots reason timestamp } } changes(limit: 20, orderBy: "at") { items { kind at } } } }`,
  /* GraphQL */ `query NodeActivity($node: Int!) { events(where: {node: $node}, orderBy: "id", orderDirection: "desc", limit: 50) { items { contract name args timestamp } } }`,
];
