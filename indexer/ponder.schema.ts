import { relations } from "ponder";
import {
  guardianChange,
  guardianOwner,
  guardianSafe,
  pause,
  proposal,
  proposalChange,
  setting,
  settingChange,
  timelockCall,
  timelockOperation,
  timelockRole,
  vote,
} from "./schema/governance.ts";
import { lease, leaseEpoch, listing } from "./schema/market.ts";
import { account, approval, burn, channel, payment, redemption, refund, token, transfer } from "./schema/money.ts";
import { maintenance, node, operator, stakeChange, stakeTotal, witnessKey } from "./schema/nodes.ts";
import { challenge, claim, commit, epoch, reserveMove, rewardParameter } from "./schema/proofs.ts";
import { clock, day, deadline, event, network } from "./schema/totals.ts";

// Ponder takes its whole schema from this one file: what stands in schema/ must be exported from here.
// After a change run `node indexer/exportSchema.ts`, which writes docs/schema.graphql: a test compares them.
// GraphQL names follow from these: table `commit` answers as `commit(node, epoch)` and `commits(where)`.
// Amounts are wei, times seconds since 1970, both as decimal strings (BigInt); epochs and nodes plain numbers (Int).
export { guardianChange, guardianOwner, guardianSafe, pause, proposal, proposalChange, setting, settingChange };
export { timelockCall, timelockOperation, timelockRole, vote };
export { lease, leaseEpoch, listing };
export { account, approval, burn, channel, payment, redemption, refund, token, transfer };
export { maintenance, node, operator, stakeChange, stakeTotal, witnessKey };
export { challenge, claim, commit, epoch, reserveMove, rewardParameter };
export { clock, day, deadline, event, network };

export const nodeRelations = relations(node, ({ one, many }) => ({
  owner: one(operator, { fields: [node.operator], references: [operator.address] }),
  events: many(event),
  witnessKeys: many(witnessKey),
  maintenances: many(maintenance),
  redemptions: many(redemption),
  commits: many(commit),
  challenges: many(challenge),
  claims: many(claim),
  stakeChanges: many(stakeChange),
  listings: many(listing),
  leases: many(lease),
}));

export const operatorRelations = relations(operator, ({ many }) => ({ nodes: many(node), claims: many(claim) }));

export const eventRelations = relations(event, ({ one }) => ({
  relay: one(node, { fields: [event.node], references: [node.index] }),
}));

export const witnessKeyRelations = relations(witnessKey, ({ one }) => ({
  relay: one(node, { fields: [witnessKey.node], references: [node.index] }),
}));

export const maintenanceRelations = relations(maintenance, ({ one }) => ({
  relay: one(node, { fields: [maintenance.node], references: [node.index] }),
}));

export const stakeChangeRelations = relations(stakeChange, ({ one }) => ({
  relay: one(node, { fields: [stakeChange.node], references: [node.index] }),
}));

export const epochRelations = relations(epoch, ({ many }) => ({
  commits: many(commit),
  claims: many(claim),
  redemptions: many(redemption),
  burns: many(burn),
}));

export const commitRelations = relations(commit, ({ one, many }) => ({
  relay: one(node, { fields: [commit.node], references: [node.index] }),
  period: one(epoch, { fields: [commit.epoch], references: [epoch.epoch] }),
  challenges: many(challenge),
}));

export const challengeRelations = relations(challenge, ({ one }) => ({
  relay: one(node, { fields: [challenge.node], references: [node.index] }),
  commit: one(commit, { fields: [challenge.node, challenge.epoch], references: [commit.node, commit.epoch] }),
}));

export const claimRelations = relations(claim, ({ one }) => ({
  relay: one(node, { fields: [claim.node], references: [node.index] }),
  period: one(epoch, { fields: [claim.epoch], references: [epoch.epoch] }),
  claimant: one(operator, { fields: [claim.operator], references: [operator.address] }),
}));

export const channelRelations = relations(channel, ({ many }) => ({ redemptions: many(redemption) }));

export const redemptionRelations = relations(redemption, ({ one }) => ({
  relay: one(node, { fields: [redemption.node], references: [node.index] }),
  paidFrom: one(channel, { fields: [redemption.channel], references: [channel.id] }),
  period: one(epoch, { fields: [redemption.epoch], references: [epoch.epoch] }),
}));

export const burnRelations = relations(burn, ({ one }) => ({
  period: one(epoch, { fields: [burn.epoch], references: [epoch.epoch] }),
}));

export const listingRelations = relations(listing, ({ one, many }) => ({
  relay: one(node, { fields: [listing.node], references: [node.index] }),
  leases: many(lease),
}));

export const leaseRelations = relations(lease, ({ one, many }) => ({
  relay: one(node, { fields: [lease.node], references: [node.index] }),
  offer: one(listing, { fields: [lease.listing], references: [listing.id] }),
  epochs: many(leaseEpoch),
}));

export const leaseEpochRelations = relations(leaseEpoch, ({ one }) => ({
  leased: one(lease, { fields: [leaseEpoch.lease], references: [lease.id] }),
}));

export const proposalRelations = relations(proposal, ({ one, many }) => ({
  votes: many(vote),
  changes: many(proposalChange),
  queuedAs: one(timelockOperation, { fields: [proposal.timelockId], references: [timelockOperation.id] }),
}));

export const proposalChangeRelations = relations(proposalChange, ({ one }) => ({
  about: one(proposal, { fields: [proposalChange.proposal], references: [proposal.id] }),
}));

export const timelockOperationRelations = relations(timelockOperation, ({ one, many }) => ({
  calls: many(timelockCall),
  queuedBy: one(proposal, { fields: [timelockOperation.proposal], references: [proposal.id] }),
}));

export const timelockCallRelations = relations(timelockCall, ({ one }) => ({
  partOf: one(timelockOperation, { fields: [timelockCall.timelockId], references: [timelockOperation.id] }),
}));

export const voteRelations = relations(vote, ({ one }) => ({
  about: one(proposal, { fields: [vote.proposal], references: [proposal.id] }),
}));
