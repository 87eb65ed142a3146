import assert from "node:assert/strict";
import { encodeFunctionData } from "viem";
import { readContract } from "viem/actions";
import { cancelLease } from "../../chain/cancelLease.ts";
import { commitProofs } from "../../chain/commitProofs.ts";
import { delistListing } from "../../chain/delistListing.ts";
import { listNode } from "../../chain/listNode.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { readLease } from "../../chain/readLease.ts";
import { readLeaseCount } from "../../chain/readLeaseCount.ts";
import { readLeases } from "../../chain/readLeases.ts";
import { readListing } from "../../chain/readListing.ts";
import { readListings } from "../../chain/readListings.ts";
import { readSettleable } from "../../chain/readSettleable.ts";
import { registerNode } from "../../chain/registerNode.ts";
import { rejectEpoch } from "../../chain/rejectEpoch.ts";
import { rentListing } from "../../chain/rentListing.ts";
import { settleLeases } from "../../chain/settleLeases.ts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { terminateLease } from "../../chain/terminateLease.ts";
import { unstakeNode } from "../../chain/unstakeNode.ts";
import { guardianSeatAbi } from "../../core/abi/GuardianSeat.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { bitmapOf } from "../../core/bundle.ts";
import { finalBefore } from "../../core/epochTime.ts";
import type { Hex } from "../../core/ids.ts";
import { X0T } from "../../core/parameters.ts";
import { isRevert, revertOf } from "../../core/revert.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";

const NODES = 2;
const PRICE = 3n * X0T + 1n;
const ALL = bitmapOf(Array.from({ length: 12 }, (_, slot) => slot));
const ZERO: Hex = `0x${"00".repeat(32)}`;

/** Node i: operator accounts[i], hot key accounts[10 + i]. Tenants: accounts[5] and [6]. */
describe("marketplace actions", function () {
  this.timeout(60_000);
  let chain: ProtocolChain;
  const market = () => chain.contracts.Marketplace;
  const address = (index: number) => chain.accounts[index]!.address;
  const x0tOf = async (index: number) =>
    (await readBalance(chain.client, { token: chain.contracts.X0TToken, account: address(index) })).x0tWei;
  const offer = (node: number, terms: { pricePerEpoch?: bigint; minUptimeBps?: number; maxEpochs?: number } = {}) =>
    listNode(chain.sender(node), { marketplace: market(), node, pricePerEpoch: PRICE, minUptimeBps: 9_000, maxEpochs: 100, ...terms });
  const rent = (tenant: number, listing: bigint, epochs: number) =>
    rentListing(chain.sender(tenant), { token: chain.contracts.X0TToken, marketplace: market(), listing, epochs });
  const commit = (node: number, epoch: number, bitmap: bigint) =>
    commitProofs(chain.sender(10 + node), {
      ledger: chain.contracts.ProofLedger,
      commits: [{ node, epoch, bitmap, receiptsRoot: ZERO, relayedBytes: 0n, cid: ZERO }],
    });
  const nextEpoch = async (epochs = 1) => chain.warpToEpoch((await chain.epoch()) + epochs);

  before(async () => {
    chain = await startProtocolChain();
    const { X0TToken: token, NodeRegistry: registry } = chain.contracts;
    for (let node = 0; node < NODES; node++) {
      const nodeId: Hex = `0x${String(node + 1).repeat(64)}`;
      const at = { chainId: chain.book.chainId, registry, operator: address(node), nodeId };
      const proofOfPossession = await signWitnessProof(chain.accounts[10 + node]!, at);
      await registerNode(chain.sender(node), { token, registry, nodeId, witness: address(10 + node), metadata: ZERO, stakeWei: 100n * X0T, proofOfPossession });
    }
    await nextEpoch(2);
  });
  after(() => chain.close());

  it("MKT-1 lists, reads back and takes an offer back", async () => {
    const { listing } = await offer(1, { pricePerEpoch: 10n * X0T, minUptimeBps: 5_000, maxEpochs: 1 });
    assert.equal(listing, 1n);
    const terms = { listing, provider: address(1), node: 1, pricePerEpoch: 10n * X0T, minUptimeBps: 5_000, maxEpochs: 1, open: true };
    assert.deepEqual(await readListing(chain.client, { marketplace: market(), listing }), terms);
    await assert.rejects(delistListing(chain.sender(0), { marketplace: market(), listing }), (error) => isRevert(error, "Marketplace_OnlyOperator"));
    await delistListing(chain.sender(1), { marketplace: market(), listing });
    assert.deepEqual(await readListings(chain.client, { marketplace: market() }), [{ ...terms, open: false }]);
    await assert.rejects(rent(5, listing, 1), (error) => isRevert(error, "Marketplace_ListingClosed"));
    await assert.rejects(readListing(chain.client, { marketplace: market(), listing: 9n }), (error) => revertOf(error)?.name === "Marketplace_UnknownListing");
  });

  it("MKT-1 says in amounts why an offer is refused", async () => {
    const says = (words: RegExp) => (error: unknown) => words.test((error as Error).message);
    await assert.rejects(offer(0, { pricePerEpoch: 10n * X0T + 1n }), says(/which is 10 X0T now.* costs 10\.000000000000000001 X0T/));
    await assert.rejects(offer(0, { minUptimeBps: 9_950 }), says(/from 50 % to 99 %, not 99\.5 %/));
    await assert.rejects(offer(0, { maxEpochs: 9_000 }), says(/from 1 to 8760 epochs, not 9000/));
  });

  it("MKT-2 MKT-3 rents by approval, settles paid and refunded epochs to the wei", async () => {
    const { listing } = await offer(0);
    const [tenant, provider] = [await x0tOf(5), await x0tOf(0)];
    const start = await chain.epoch();
    const { lease, first, end, amountWei } = await rent(5, listing, 3);
    assert.deepEqual([first, end, amountWei], [start + 1, start + 4, 3n * PRICE]);
    assert.equal(await x0tOf(5), tenant - 3n * PRICE, "MKT-2 no burn on the way in");
    assert.deepEqual(await readLease(chain.client, { marketplace: market(), lease }), {
      lease, listing, tenant: address(5), provider: address(0), node: 0, pricePerEpoch: PRICE, minUptimeBps: 9_000, first, end, next: first, failures: 0,
    });
    await assert.rejects(rent(6, listing, 1), (error) => isRevert(error, "Marketplace_Booked") && /leased until epoch/.test((error as Error).message));
    // 11 of 12 slots are 91.7 %, 10 are too few.
    for (const [offset, bitmap] of [[0, ALL >> 1n], [1, ALL >> 2n], [2, ALL]] as const) {
      await chain.warpToEpoch(first + offset + 1);
      await commit(0, first + offset, bitmap);
    }
    assert.deepEqual(await readSettleable(chain.client, { marketplace: market(), leases: [lease, 99n, 0n] }), []);
    await chain.warpToEpoch(end + 3);
    assert.deepEqual(await readSettleable(chain.client, { marketplace: market(), leases: [99n, lease] }), [{ lease, epochs: 3 }]);
    assert.equal(finalBefore(chain.parameters, (await chain.head()).timestamp), end, "core counts as the ledger does");
    const { settled } = await settleLeases(chain.sender(7), { marketplace: market(), leases: [lease] });
    assert.deepEqual(settled.map(({ epoch, outcome }) => [epoch, outcome]), [[first, "paid"], [first + 1, "refunded"], [first + 2, "paid"]]);
    assert.equal(await x0tOf(5), tenant - 2n * PRICE);
    assert.equal(await x0tOf(0), provider + 2n * PRICE - (2n * PRICE) / 100n);
    assert.deepEqual((await settleLeases(chain.sender(7), { marketplace: market(), leases: [lease] })).settled, [], "a lost race is no error");
  });

  it("MKT-2 rents with one signature and one transaction", async () => {
    const { listing } = await offer(1, { minUptimeBps: 5_000 });
    const owner = chain.accounts[6]!;
    const sender = chain.sender(6);
    const sent: string[] = [];
    const counting = { ...sender, send: (...call: Parameters<typeof sender.send>) => (sent.push(call[0].functionName), sender.send(...call)) };
    const terms = { token: chain.contracts.X0TToken, marketplace: market(), listing, permit: { chainId: chain.book.chainId, owner } };
    const { lease, first } = await rentListing(counting, { ...terms, epochs: 2 });
    assert.deepEqual(sent, ["rentWithPermit"]);
    const allowance = { address: terms.token, abi: x0tTokenAbi, functionName: "allowance", args: [owner.address, market()] } as const;
    assert.equal(await readContract(chain.client, allowance), 0n, "nothing is left over");
    assert.equal((await readLease(chain.client, { marketplace: market(), lease }))!.tenant, owner.address);
    await chain.warpToEpoch(first + 1);
    const again = await rentListing(counting, { ...terms, epochs: 1 });
    assert.deepEqual([again.lease, again.first], [lease + 1n, first + 2]);
  });

  it("MKT-4 MKT-6 cancels, terminates and rejects with the refunds that the rules name", async () => {
    const { listing } = await offer(0, { maxEpochs: 50 });
    const marketplace = market();
    const before = await x0tOf(5);
    const one = await rent(5, listing, 10);
    await assert.rejects(cancelLease(chain.sender(6), { marketplace, lease: one.lease }), (error) => isRevert(error, "Marketplace_OnlyTenant"));
    const cancelled = await cancelLease(chain.sender(5), { marketplace, lease: one.lease });
    assert.deepEqual([cancelled.end, cancelled.refundedWei], [one.first + 1, 9n * PRICE]);
    await chain.warpToEpoch(one.first);
    const two = await rent(5, listing, 10);
    await chain.warpToEpoch(two.first + 1);
    const ended = await terminateLease(chain.sender(0), { marketplace, lease: two.lease });
    assert.deepEqual([ended.end, ended.refundedWei], [two.first + 2, 8n * PRICE]);
    const three = await rent(5, listing, 10);
    await chain.warpToEpoch(three.first + 1);
    const rejected = await rejectEpoch(chain.sender(5), { marketplace, lease: three.lease, epoch: three.first });
    assert.equal(rejected.refundedWei, 8n * PRICE);
    await assert.rejects(rejectEpoch(chain.sender(5), { marketplace, lease: three.lease, epoch: three.first }), (error) => isRevert(error, "Marketplace_AlreadyRejected"));
    await commit(0, three.first, ALL);
    await chain.warpToEpoch(three.first + 5);
    const leases = [one.lease, two.lease, three.lease];
    const { settled } = await settleLeases(chain.sender(7), { marketplace, leases });
    assert.deepEqual(settled.map(({ lease, outcome }) => [lease, outcome]), [
      [one.lease, "refunded"],
      [two.lease, "refunded"],
      [two.lease, "refunded"],
      [three.lease, "burned"],
      [three.lease, "refunded"],
    ]);
    assert.equal(before - (await x0tOf(5)), PRICE, "one epoch burned, all else came back");
    const known = await readLeases(chain.client, { marketplace });
    assert.deepEqual(known.map(({ lease }) => lease), Array.from({ length: known.length }, (_, index) => BigInt(index + 1)));
    assert.equal(await readLeaseCount(chain.client, { marketplace }), BigInt(known.length));
    assert.deepEqual((await readLeases(chain.client, { marketplace, leases: [77n, two.lease] })).map(({ lease }) => lease), [two.lease]);
    assert.equal(await readContract(chain.client, { address: marketplace, abi: marketplaceAbi, functionName: "isRejected", args: [three.lease, three.first] }), true);
  });

  it("MKT-1 refuses to rent a node that is no longer active, in words", async () => {
    const { listing } = await offer(1);
    await unstakeNode(chain.sender(1), { registry: chain.contracts.NodeRegistry, node: 1, amountWei: X0T });
    await assert.rejects(rent(6, listing, 1), (error) => isRevert(error, "Marketplace_NotActive") && /Node 1 will not be active/.test((error as Error).message));
  });

  it("GOV-3 a pause stops offers and new leases, and says until when; what pays out goes on", async () => {
    const { GuardianSeat: seat, GuardianSafe: guardian } = chain.contracts;
    const { listing } = await offer(0);
    const running = await rent(5, listing, 9);
    const until = (await chain.head()).timestamp + 100;
    await chain.test.impersonateAccount({ address: guardian });
    await chain.test.setBalance({ address: guardian, value: X0T });
    const data = encodeFunctionData({ abi: guardianSeatAbi, functionName: "pause", args: [BigInt(until)] });
    await chain.client.request({ method: "eth_sendTransaction", params: [{ from: guardian, to: seat, data }] } as never);
    const paused = (error: unknown) => isRevert(error, "GuardianSeat_Paused") && (error as Error).message.includes(new Date(until * 1000).toISOString().slice(0, 19).replace("T", " "));
    await assert.rejects(offer(0), paused);
    await assert.rejects(rent(6, listing, 1), paused);
    await delistListing(chain.sender(0), { marketplace: market(), listing });
    assert.equal((await cancelLease(chain.sender(5), { marketplace: market(), lease: running.lease })).refundedWei, 8n * PRICE);
    await chain.warpTo(until);
    await offer(0);
  });

  it("bounds what one transaction settles", async () => {
    for (const [leases, epochs] of [[[], 1], [Array.from({ length: 33 }, () => 1n), 1], [[1n], 169]] as const) {
      await assert.rejects(settleLeases(chain.sender(7), { marketplace: market(), leases, epochs }), { code: "X0T_BATCH_LENGTH" });
    }
  });
});
