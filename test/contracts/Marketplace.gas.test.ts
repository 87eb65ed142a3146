import assert from "node:assert/strict";
import { itMeasures } from "./support/itMeasures.ts";
import { FINAL_AFTER, market, NODE, PRICE, provider, serve, tenant } from "./support/leases.ts";
import { epochNow, gasOf, goTo, loadFixture, wallets } from "./support/protocol.ts";

const NODES = [0, 1, 2, 3, 4, 5];
const MOST_SETTLED = 168;
/** What one transaction may cost at the largest arguments. */
const BLOCK_SHARE = 10_000_000n;

describe("Marketplace: gas", () => {
  itMeasures("MKT-2 rent costs at most 260,000, MKT-3 settling at most 25,000 an epoch, in pieces of 24 and of 168", async () => {
    const { protocol, marketplace } = await loadFixture(market);
    await marketplace.write.list([NODE, PRICE, 9_000, MOST_SETTLED + 25], { account: provider });
    const rent = await gasOf(await marketplace.write.rent([1n, MOST_SETTLED + 25], { account: tenant }));
    assert.ok(rent <= 260_000n, `rent: ${rent}`);
    const first = (await epochNow()) + 1n;
    await serve(protocol, first, Array.from({ length: MOST_SETTLED + 25 }, () => 12));
    await goTo(first + BigInt(MOST_SETTLED) + 24n + FINAL_AFTER);
    for (const epochs of [1, 24, MOST_SETTLED]) {
      const gas = await gasOf(await marketplace.write.settle([1n, BigInt(epochs)]));
      if (epochs > 1) assert.ok(gas / BigInt(epochs) <= 25_000n, `${epochs} epochs: ${gas}`);
      assert.ok(gas < BLOCK_SHARE, `${epochs} epochs: ${gas}`);
    }
  });

  itMeasures("MKT-3 settleMany of 6 leases and 168 epochs, every one lost to the tenant or burned by turns, costs no more", async () => {
    const { protocol, marketplace } = await loadFixture(market);
    for (const node of NODES) {
      await marketplace.write.list([node, PRICE, 9_000, 28], { account: wallets[node + 1]!.account });
      await marketplace.write.rent([BigInt(node) + 1n, 28], { account: tenant });
    }
    const first = (await epochNow()) + 1n;
    for (let offset = 0n; offset < 28n; offset++) {
      for (const node of NODES) await serve(protocol, first + offset, [offset % 3n === 0n ? 12 : 3], node);
    }
    for (const node of NODES) await marketplace.write.reject([BigInt(node) + 1n, Number(first) + 27], { account: tenant });
    await goTo(first + 28n + FINAL_AFTER);
    const leases = NODES.map((node) => BigInt(node) + 1n);
    const gas = await gasOf(await marketplace.write.settleMany([leases, BigInt(MOST_SETTLED)]));
    assert.equal(await marketplace.read.escrowed(), 0n);
    assert.ok(gas / BigInt(MOST_SETTLED) <= 25_000n && gas < BLOCK_SHARE, `${gas}`);
  });
});
