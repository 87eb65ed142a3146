import assert from "node:assert/strict";
import { BaseError, ContractFunctionRevertedError, encodeErrorResult, HttpRequestError, InsufficientFundsError, UserRejectedRequestError } from "viem";
import { nodeRegistryAbi } from "../../../core/abi/NodeRegistry.ts";
import { X0T } from "../../../core/parameters.ts";
import { X0tError } from "../../../core/x0tError.ts";
import { explainError } from "../../../web/src/tx/explainError.ts";

const wrapped = (cause: Error) => new BaseError("outer", { cause });
const withCode = (code: number) => Object.assign(new Error("said the wallet"), { code });

describe("errors of wallets and chains in words", () => {
  it("a rejected signature, as viem or a bare wallet says it", async () => {
    for (const error of [wrapped(new UserRejectedRequestError(new Error("no"))), withCode(4001)]) {
      assert.deepEqual(await explainError(error, "stake"), { kind: "rejected", message: "You rejected it in the wallet. Nothing was sent and nothing was spent." });
    }
  });

  it("a contract's refusal: the sentence with its amounts, then the error's name", async () => {
    const data = encodeErrorResult({ abi: nodeRegistryAbi, errorName: "NodeRegistry_StakeTooSmall", args: [5n * X0T, 100n * X0T] });
    const error = wrapped(new ContractFunctionRevertedError({ abi: nodeRegistryAbi, data, functionName: "register" }));
    assert.deepEqual(await explainError(error, "register"), { kind: "reverted", message: "Stake at least 100 X0T; this is 5 X0T. (NodeRegistry_StakeTooSmall)" });
    const bare = wrapped(new ContractFunctionRevertedError({ abi: nodeRegistryAbi, functionName: "register", message: "odd" }));
    assert.match((await explainError(bare, "register")).message, /The contract refused register/);
  });

  it("too little coin, a locked wallet, a wallet that already asks, another network", async () => {
    const said = async (error: unknown) => (await explainError(error, "stake")).message;
    assert.match(await said(wrapped(new InsufficientFundsError({}))), /too little of the chain's coin/);
    assert.match(await said(withCode(4100)), /unlock it/i);
    assert.match(await said(withCode(-32002)), /already waits/);
    assert.match(await said(withCode(4902)), /does not know this network/);
    assert.match(await said(Object.assign(new Error("x"), { name: "ConnectorChainMismatchError" })), /on another network/);
    assert.match(await said(wrapped(Object.assign(new Error("x"), { name: "NonceTooHighError" }))), /devnet was made anew/);
  });

  it("a chain that does not answer, our own errors, and anything else", async () => {
    const offline = await explainError(wrapped(new HttpRequestError({ url: "http://127.0.0.1:1" })), "stake");
    assert.equal(offline.kind, "offline");
    assert.deepEqual(await explainError(new X0tError("X0T_REVERTED", "No."), "stake"), { kind: "reverted", message: "No." });
    assert.deepEqual(await explainError(new Error("first\nsecond"), "stake"), { kind: "other", message: "first" });
    assert.deepEqual(await explainError("text", "stake"), { kind: "other", message: "text" });
  });
});
