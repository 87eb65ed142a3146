import assert from "node:assert/strict";
import { parseGwei, type Hex } from "viem";
import { getTransactionCount } from "viem/actions";
import { createReader } from "../../chain/createReader.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { transferToken } from "../../chain/transferToken.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { X0T } from "../../core/parameters.ts";
import { isRevert } from "../../core/revert.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createTxQueue, type TxQueue } from "../../runtime/txQueue.ts";
import type { TxQueueLimits } from "../../runtime/txAttempt.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { startRpcProxy, type RpcProxy } from "../support/rpcProxy.ts";

describe("transaction queue", function () {
  this.timeout(30_000);
  let chain: ProtocolChain;
  let proxy: RpcProxy;
  const queues: TxQueue[] = [];
  const receiver = "0x00000000000000000000000000000000000000aa";

  before(async () => {
    chain = await startProtocolChain();
    proxy = await startRpcProxy(chain.rpcUrl);
  });
  afterEach(async () => {
    for (const queue of queues.splice(0)) queue.close();
    proxy.fate = () => "pass";
    await chain.test.setAutomine(true);
    await chain.test.mine({ blocks: 1 });
  });
  after(async () => {
    await Promise.all([chain.close(), proxy.close()]);
  });

  const queueOf = (index: number, limits: Partial<TxQueueLimits> = {}) => {
    const queue = createTxQueue({
      client: createReader({ chainId: chain.book.chainId, rpcUrls: [proxy.url] }),
      account: chain.accounts[index]!,
      chainId: chain.book.chainId,
      log: createLogger("test", "silent"),
      limits: { pollMs: 20, timeoutMs: 10_000, receiptGraceMs: 200, ...limits },
    });
    queues.push(queue);
    return queue;
  };
  const pay = (queue: TxQueue, amountWei = X0T, signal?: AbortSignal) =>
    transferToken(queue, { token: chain.contracts.X0TToken, to: receiver, amountWei }, signal);
  const received = async () => (await readBalance(chain.client, { token: chain.contracts.X0TToken, account: receiver })).x0tWei;
  const nonceOf = (index: number, blockTag: "latest" | "pending" = "latest") =>
    getTransactionCount(chain.client, { address: chain.accounts[index]!.address, blockTag });
  const poolOf = async (index: number) => {
    const { pending } = await chain.test.getTxpoolContent();
    const account = Object.keys(pending).find((key) => key.toLowerCase() === chain.accounts[index]!.address.toLowerCase());
    return Object.values(pending[account as Hex] ?? {}) as { maxFeePerGas: Hex; input: Hex }[];
  };
  const untilPending = async (index: number, count: number) => {
    const deadline = performance.now() + 8_000;
    while ((await nonceOf(index, "pending")) < count) {
      if (performance.now() > deadline) assert.fail(`no ${count} transactions in the pool`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const code = (expected: string) => (error: unknown) => error instanceof X0tError && error.code === expected;

  it("sends what is asked at once one after the other, each with its receipt", async () => {
    const queue = queueOf(0);
    const receipts = await Promise.all(Array.from({ length: 5 }, () => pay(queue)));
    assert.deepEqual(receipts.map(({ status }) => status), Array.from({ length: 5 }, () => "success"));
    assert.equal(new Set(receipts.map(({ transactionHash }) => transactionHash)).size, 5);
    assert.equal(queue.waiting(), 0);
  });

  it("names the contract's error, its values and the way out, without spending gas", async () => {
    const queue = queueOf(1);
    const nonce = await nonceOf(1);
    const account = chain.accounts[1]!.address;
    const error = await pay(queue, 1_000_000n * X0T).then(() => assert.fail("sent"), (thrown: unknown) => thrown as X0tError);
    assert.equal(error.code, "X0T_REVERTED");
    assert.ok(isRevert(error, "ERC20InsufficientBalance"));
    assert.deepEqual(error.data.args, [account, 100_000n * X0T, 990_000n * X0T]);
    assert.match(error.message, /The contract refused transfer with ERC20InsufficientBalance\(.*holds too little X0T/);
    assert.equal(error.retryable, false);
    assert.equal(await nonceOf(1), nonce);
    await pay(queue);
  });

  it("goes on over a chain that is away for a moment, and names one that stays away", async () => {
    const queue = queueOf(2);
    let broken = 3;
    proxy.fate = () => (broken-- > 0 ? "break" : "pass");
    await pay(queue);
    proxy.fate = () => "break";
    await assert.rejects(pay(queueOf(2, { timeoutMs: 60_000 })), code("X0T_RPC_DOWN"));
  });

  it("sends once although the answer to sending was lost", async () => {
    const queue = queueOf(3);
    const before = await received();
    let lost = false;
    const { fate } = proxy;
    // Forwarded, then the connection breaks before the answer.
    proxy.fate = (method) => {
      if (method !== "eth_sendRawTransaction" || lost) return fate(method);
      lost = true;
      return "lose-answer";
    };
    await pay(queue);
    assert.equal(lost, true);
    assert.equal((await received()) - before, (X0T * 99n) / 100n);
  });

  it("raises the fee of a transaction that is not mined, with the same nonce", async () => {
    await chain.test.setAutomine(false);
    const queue = queueOf(4, { bumpAfterMs: 150 });
    const sending = pay(queue);
    await untilPending(4, (await nonceOf(4)) + 1);
    const maxFee = async () => (await poolOf(4)).map(({ maxFeePerGas }) => BigInt(maxFeePerGas));
    const [first] = await maxFee();
    const deadline = performance.now() + 5_000;
    for (let [now] = await maxFee(); now === first; [now] = await maxFee()) {
      if (performance.now() > deadline) assert.fail("the fee was not raised");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [bumped, ...others] = await maxFee();
    assert.ok(bumped! > first!);
    assert.deepEqual(others, []);
    await chain.test.mine({ blocks: 1 });
    assert.equal((await sending).status, "success");
  });

  it("never pays more for gas than the cap", async () => {
    await chain.test.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("50") });
    await chain.test.mine({ blocks: 1 });
    await assert.rejects(pay(queueOf(5, { maxFeePerGasWei: parseGwei("10") })), code("X0T_FEE_CAP"));
    await chain.test.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("1") });
    await chain.test.mine({ blocks: 1 });
  });

  it("waits for a transaction that an earlier process left in the pool", async () => {
    await chain.test.setAutomine(false);
    const before = await received();
    const crashed = queueOf(6);
    pay(crashed).catch(() => undefined);
    await untilPending(6, (await nonceOf(6)) + 1);
    crashed.close();
    const next = pay(queueOf(6));
    await chain.test.mine({ blocks: 1 });
    await chain.test.setAutomine(true);
    await next;
    assert.equal((await received()) - before, (2n * X0T * 99n) / 100n);
  });

  it("takes a new nonce when another process used its own meanwhile", async () => {
    const [one, two] = [queueOf(7), queueOf(7)];
    const receipts = await Promise.all([pay(one), pay(two), pay(one), pay(two)]);
    assert.equal(new Set(receipts.map(({ transactionHash }) => transactionHash)).size, 4);
  });

  it("replaces a transaction that is stuck in the pool", async () => {
    await chain.test.setAutomine(false);
    const stuck = queueOf(8);
    pay(stuck).catch(() => undefined);
    await untilPending(8, (await nonceOf(8)) + 1);
    stuck.close();
    const nonce = await nonceOf(8);
    const sending = pay(queueOf(8, { bumpAfterMs: 100 }), 2n * X0T);
    const deadline = performance.now() + 5_000;
    for (;;) {
      const [only] = await poolOf(8);
      if (only?.input.endsWith((2n * X0T).toString(16))) break;
      if (performance.now() > deadline) assert.fail("not replaced");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await chain.test.mine({ blocks: 1 });
    await sending;
    assert.equal(await nonceOf(8), nonce + 1, "one of the two was mined");
  });

  it("bounds the time and the number of what waits, and ends what is aborted", async () => {
    await chain.test.setAutomine(false);
    const queue = queueOf(9, { capacity: 2, timeoutMs: 400, bumpAfterMs: 10_000 });
    const slow = pay(queue);
    const aborted = new AbortController();
    const waits = pay(queue, X0T, aborted.signal);
    await assert.rejects(pay(queue), code("X0T_TX_QUEUE_FULL"));
    aborted.abort(new Error("enough"));
    await assert.rejects(slow, code("X0T_TX_TIMEOUT"));
    await assert.rejects(waits, /enough/);
    queue.close();
    await assert.rejects(pay(queue), code("X0T_TX_QUEUE_CLOSED"));
  });

  it("says that an account has no ETH for gas", async () => {
    await chain.test.setBalance({ address: chain.accounts[10]!.address, value: 0n });
    await assert.rejects(pay(queueOf(10)), code("X0T_NO_GAS_MONEY"));
  });

  it("simulates the call with the account as sender", async () => {
    const queue = queueOf(11);
    await queue.send({ address: chain.contracts.X0TToken, abi: x0tTokenAbi, functionName: "approve", args: [receiver, 5n] });
    await assert.rejects(
      queue.send({ address: chain.contracts.X0TToken, abi: x0tTokenAbi, functionName: "burn", args: [200_000n * X0T] }),
      code("X0T_REVERTED"),
    );
  });
});
