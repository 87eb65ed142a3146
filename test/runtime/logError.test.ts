import assert from "node:assert/strict";
import { createReader } from "../../chain/createReader.ts";
import { X0tError } from "../../core/x0tError.ts";
import { firstLine, logError } from "../../runtime/logError.ts";

const CHANNEL = `0x${"c3".repeat(32)}` as const;

describe("runtime/logError", () => {
  it("NET-3, NET-22 neither a provider's key nor what was asked of the chain reaches the log, also as a cause", async () => {
    const reader = createReader({ chainId: 1, rpcUrls: ["http://127.0.0.1:1/v2/SECRET"] });
    const thrown: unknown = await reader.request({ method: "eth_call", params: [{ data: CHANNEL }, "latest"] }).catch((error: unknown) => error);
    assert.ok(thrown instanceof Error && thrown.message.includes("SECRET"), "viem names both");
    for (const error of [thrown, new X0tError("X0T_RPC_DOWN", "No answer.", { cause: thrown })]) {
      const text = JSON.stringify(logError(error));
      assert.match(text, /HTTP request failed/);
      assert.doesNotMatch(text, /SECRET|c3c3/);
      assert.doesNotMatch(firstLine(error), /SECRET|c3c3/);
    }
  });

  it("other errors keep their stack", () => {
    assert.match(JSON.stringify(logError(new TypeError("a fault"))), /logError\.test/);
    assert.equal(firstLine("text\nmore"), "text");
  });
});
