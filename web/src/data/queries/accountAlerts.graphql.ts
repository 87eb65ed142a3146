/** Amounts are decimal strings of wei, times of seconds. */
export interface AccountAlertsAnswer {
  network: { epoch: number } | null;
  nodes: {
    items: {
      index: number;
      witness: string;
      stake: string;
      unbonding: string;
      unbondsAt: string;
      active: boolean;
      benched: boolean;
      challenges: { items: { epoch: number; deadline: string; status: string }[] };
    }[];
  };
  /** X0T of the nodes' hot keys. */
  accounts: { items: { address: string; balance: string }[] };
  channels: { items: { id: string; payee: string; deposit: string; remaining: string; closesAt: string | null }[] };
  leases: { items: { id: number; node: number; first: number; end: number; endReason: string | null }[] };
}

/** All that may run out for an account. `hotKeys` as the last answer named them: one query is enough then. */
export const ACCOUNT_ALERTS = /* GraphQL */ `
  query AccountAlerts($account: String!, $hotKeys: [String!]!) {
    network(id: "x0t") {
      epoch
    }
    nodes(where: { operator: $account }, limit: 50) {
      items {
        index
        witness
        stake
        unbonding
        unbondsAt
        active
        benched
        challenges(where: { status_in: ["open", "overdue"] }, limit: 5) {
          items {
            epoch
            deadline
            status
          }
        }
      }
    }
    accounts(where: { address_in: $hotKeys }, limit: 50) {
      items {
        address
        balance
      }
    }
    channels(where: { payer: $account, closed: false }, limit: 50) {
      items {
        id
        payee
        deposit
        remaining
        closesAt
      }
    }
    leases(where: { tenant: $account, settled: false }, limit: 50) {
      items {
        id
        node
        first
        end
        endReason
      }
    }
  }
`;
