import assert from "node:assert/strict";
import { createTestClient, createWalletClient, http, parseEther, parseGwei, type Hex } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { chainOf, createReader } from "../../../chain/createReader.ts";
import { followTransaction, readFate, type Fate } from "../../../web/src/tx/followTransaction.ts";
import { startAnvil, type Anvil } from "../../support/anvil.ts";
import { MNEMONIC } from "../../support/protocolChain.ts";
import { until } from "../../support/sockets.ts";

const FRIEND = `0x${"a1".repeat(20)}` as const;
/** PUSH0 PUSH0 REVERT as init code. */
const REVERTING: Hex = "0x5f5ffd";

describe("what became of a transaction", function () {
  this.timeout(60_000);
  const account = mnemonicToAccount(MNEMONIC);
  let anvil: Anvil;
  let client: ReturnType<typeof createReader>;
  let wallet: ReturnType<typeof walletOf>;
  let test: ReturnType<typeof testOf>;
  const walletOf = (url: string) => createWalletClient({ account, chain: chainOf(31337, [url]), transport: http(url) });
  const testOf = (url: string) => createTestClient({ mode: "anvil", transport: http(url) });
  const FEES = { maxFeePerGas: parseGwei("10"), maxPriorityFeePerGas: parseGwei("1"), gas: 100_000n };
  const MORE = { ...FEES, maxFeePerGas: parseGwei("30"), maxPriorityFeePerGas: parseGwei("5") };

  before(async () => {
    anvil = await startAnvil({ args: ["--mnemonic", MNEMONIC] });
    client = createReader({ chainId: 31337, rpcUrls: [anvil.rpcUrl], timeoutMs: 1_000 });
    [wallet, test] = [walletOf(anvil.rpcUrl), testOf(anvil.rpcUrl)];
    await test.setAutomine(false);
  });
  after(() => anvil.stop());
  afterEach(async () => {
    await test.request({ method: "anvil_dropAllTransactions" as never });
    await test.mine({ blocks: 1 });
  });

  const next = () => client.getTransactionCount({ address: account.address });
  const pay = async (nonce: number, fees = FEES, more: { value?: bigint; to?: Hex } = {}) =>
    wallet.sendTransaction({ to: more.to ?? FRIEND, value: more.value ?? parseEther("1"), nonce, ...fees });
  /** Follows `hash` until it was seen pending, then lets `change` happen. */
  const follow = async (hash: Hex, change: () => Promise<unknown>): Promise<Fate> => {
    const news: (Fate | undefined)[] = [];
    const stop = new AbortController();
    const followed = followTransaction(client, { hash, from: account.address }, { timeoutMs: 30_000, pollMs: 20, signal: stop.signal, onNews: (fate) => news.push(fate) });
    await until(() => news.some((fate) => fate?.kind === "pending"), 20_000, "pending");
    await change();
    return followed;
  };

  it("mined", async () => {
    const hash = await pay(await next());
    const fate = await follow(hash, () => test.mine({ blocks: 1 }));
    assert.ok(fate.kind === "mined" && !fate.repriced && fate.receipt.transactionHash === hash);
  });

  it("reverted", async () => {
    const hash = await wallet.sendTransaction({ data: REVERTING, nonce: await next(), ...FEES });
    const fate = await follow(hash, () => test.mine({ blocks: 1 }));
    assert.ok(fate.kind === "reverted" && fate.receipt.transactionHash === hash);
  });

  it("repriced: the same call with a higher fee and the same nonce", async () => {
    const nonce = await next();
    const hash = await pay(nonce);
    let faster: Hex = "0x";
    const fate = await follow(hash, async () => {
      faster = await pay(nonce, MORE);
      await test.mine({ blocks: 1 });
    });
    assert.ok(fate.kind === "mined" && fate.repriced);
    assert.equal(fate.receipt.transactionHash, faster);
  });

  it("cancelled: nothing to oneself with the same nonce", async () => {
    const nonce = await next();
    const hash = await pay(nonce);
    let cancel: Hex = "0x";
    const fate = await follow(hash, async () => {
      cancel = await pay(nonce, MORE, { to: account.address, value: 0n });
      await test.mine({ blocks: 1 });
    });
    assert.deepEqual(fate, { kind: "cancelled", hash: cancel });
  });

  it("replaced: something else with the same nonce", async () => {
    const nonce = await next();
    const hash = await pay(nonce);
    let other: Hex = "0x";
    const fate = await follow(hash, async () => {
      other = await pay(nonce, MORE, { value: parseEther("2") });
      await test.mine({ blocks: 1 });
    });
    assert.deepEqual(fate, { kind: "replaced", hash: other });
    // After a reload nothing is known of it but its nonce.
    assert.deepEqual(await readFate(client, { hash, from: account.address, nonce }), { kind: "replaced", hash: other });
  });

  it("a gap: its nonce is ahead of the account's, as after a devnet was made anew", async () => {
    const nonce = await next();
    const hash = await pay(nonce + 3);
    assert.deepEqual(await readFate(client, { hash, from: account.address }), { kind: "gap", nonce: nonce + 3, next: nonce });
  });

  it("unknown to the node, at the deadline", async () => {
    const hash: Hex = `0x${"7".repeat(64)}`;
    const fate = await followTransaction(client, { hash, from: account.address }, { timeoutMs: 100, pollMs: 20, signal: new AbortController().signal });
    assert.deepEqual(fate, { kind: "unknown", nonce: undefined });
  });

  it("waits through a lost connection, and stops when told to", async () => {
    const hash = await pay(await next());
    const news: (Fate | undefined)[] = [];
    const stop = new AbortController();
    const options = { timeoutMs: 40_000, pollMs: 20, signal: stop.signal, onNews: (fate: Fate | undefined) => void news.push(fate) };
    const followed = followTransaction(client, { hash, from: account.address }, options);
    await until(() => news.length > 0, 20_000, "news");
    anvil.signal("SIGSTOP");
    await until(() => news.includes(undefined), 20_000, "offline");
    anvil.signal("SIGCONT");
    await test.mine({ blocks: 1 });
    assert.equal((await followed).kind, "mined");
    stop.abort(new Error("enough"));
    await assert.rejects(followTransaction(client, { hash: `0x${"8".repeat(64)}`, from: account.address }, options), /enough/);
  });
});
