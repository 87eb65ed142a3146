import assert from "node:assert/strict";
import { readLeases } from "../../../chain/readLeases.ts";
import { readListings } from "../../../chain/readListings.ts";
import { marketplaceAbi } from "../../../core/abi/Marketplace.ts";
import { proofLedgerAbi } from "../../../core/abi/ProofLedger.ts";
import { outcomeOf, pendingWei } from "../../../core/leases.ts";
import type { ProtocolChain } from "../../support/protocolChain.ts";
import type { RunningIndexer } from "./indexerProcess.ts";

interface LeaseRow {
  id: number;
  first: number;
  bookedEnd: number;
  end: number;
  next: number;
  settled: boolean;
  paid: string;
  refunded: string;
  burned: string;
  pending: string;
  pricePerEpoch: string;
  paidEpochs: number;
  refundedEpochs: number;
  burnedEpochs: number;
}

/** What the contract holds of a lease. */
const STATE = ["id", "listing", "node", "tenant", "provider", "pricePerEpoch", "minUptimeBps", "first", "end", "next", "failures", "settled", "pending"];

/** Offers, leases and the fate of every epoch, against the contract's state and against what uptimes say they should be. */
export async function compareLeases(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { Marketplace: marketplace } = chain.contracts;
  const { listings, leases, payments } = await indexer.query<{
    listings: { items: Record<string, unknown>[] };
    leases: { items: (LeaseRow & Record<string, unknown>)[] };
    payments: { items: { net: string; burned: string }[] };
  }>(`{ listings(orderBy: "id", limit: 1000) { items { id node provider pricePerEpoch minUptimeBps maxEpochs open } }
    leases(orderBy: "id", limit: 1000) { items { id listing node tenant provider pricePerEpoch minUptimeBps first bookedEnd end next settled failures
      paidEpochs refundedEpochs burnedEpochs paid refunded burned pending } }
    payments(where: {vault: "${marketplace.toLowerCase()}"}, limit: 1000) { items { net burned } } }`);
  const offers = await readListings(chain.client, { marketplace });
  assert.deepEqual(
    listings.items,
    offers.map(({ listing, provider, pricePerEpoch, ...terms }) => ({
      ...terms,
      id: Number(listing),
      provider: provider.toLowerCase(),
      pricePerEpoch: String(pricePerEpoch),
    })),
  );
  const known = await readLeases(chain.client, { marketplace });
  assert.deepEqual(
    leases.items.map((row) => Object.fromEntries(STATE.map((field) => [field, row[field]]))),
    known.map(({ lease, ...state }) => ({
      ...state,
      id: Number(lease),
      listing: Number(state.listing),
      tenant: state.tenant.toLowerCase(),
      provider: state.provider.toLowerCase(),
      pricePerEpoch: String(state.pricePerEpoch),
      settled: state.next === state.end,
      pending: String(pendingWei(state)),
    })),
  );
  for (const row of leases.items) await compareEpochs(indexer, chain, row);
  const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
  const escrowed = await chain.client.readContract({ address: marketplace, abi: marketplaceAbi, functionName: "escrowed" });
  assert.equal(sum(leases.items.map(({ pending }) => BigInt(pending))), escrowed, "MKT-5 Σ pending");
  const paid = sum(payments.items.map(({ net, burned }) => BigInt(net) + BigInt(burned)));
  assert.equal(sum(leases.items.map((row) => BigInt(row.paid))), paid, "MKT-3 Σ paid");
}

async function compareEpochs(indexer: RunningIndexer, chain: ProtocolChain, row: LeaseRow & Record<string, unknown>): Promise<void> {
  const { leaseEpochs } = await indexer.query<{ leaseEpochs: { items: { epoch: number; outcome: string | null; rejected: boolean }[] } }>(
    `{ leaseEpochs(where: {lease: ${row.id}}, orderBy: "epoch", limit: 1000) { items { epoch outcome rejected } } }`,
  );
  const price = BigInt(row.pricePerEpoch);
  const { Marketplace: address, ProofLedger: ledger } = chain.contracts;
  const counts = { paid: 0, refunded: 0, burned: 0 };
  for (const { epoch, outcome, rejected } of leaseEpochs.items) {
    const isRejected = { address, abi: marketplaceAbi, functionName: "isRejected", args: [BigInt(row.id), epoch] } as const;
    assert.equal(rejected, await chain.client.readContract(isRejected), `lease ${row.id}, epoch ${epoch}`);
    if (outcome === null) continue;
    const uptime = { address: ledger, abi: proofLedgerAbi, functionName: "uptimeOf", args: [Number(row.node), BigInt(epoch)] } as const;
    const slotsUp = Number(await chain.client.readContract(uptime));
    const { slotsPerEpoch } = chain.parameters;
    const expected = outcomeOf({ slotsUp, slotsPerEpoch, minUptimeBps: Number(row.minUptimeBps), rejected });
    assert.equal(outcome, expected, `lease ${row.id}, epoch ${epoch}`);
    counts[expected]++;
  }
  const settled = leaseEpochs.items.filter(({ outcome }) => outcome !== null).map(({ epoch }) => epoch);
  assert.deepEqual(settled, Array.from({ length: row.next - row.first }, (_, offset) => row.first + offset), `lease ${row.id}`);
  assert.deepEqual(counts, { paid: row.paidEpochs, refunded: row.refundedEpochs, burned: row.burnedEpochs });
  const [paid, refunded, burned, pending] = [row.paid, row.refunded, row.burned, row.pending].map(BigInt) as [bigint, bigint, bigint, bigint];
  assert.equal(paid, price * BigInt(counts.paid));
  assert.equal(burned, price * BigInt(counts.burned));
  assert.equal(refunded, price * BigInt(counts.refunded + row.bookedEnd - row.end), "failed and cut off");
  assert.equal(paid + refunded + burned + pending, price * BigInt(row.bookedEnd - row.first), "nothing is lost");
}
