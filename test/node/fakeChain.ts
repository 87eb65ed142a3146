import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { decodeFunctionData, encodeFunctionResult, toHex, zeroAddress, type Abi, type Address, type Hex } from "viem";
import { channelId } from "../../chain/findChannels.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { relayChannelsAbi } from "../../core/abi/RelayChannels.ts";
import { X0T } from "../../core/parameters.ts";

/** What the fake registry holds of a node. */
export interface FakeNode {
  nodeId: Hex;
  operator: Address;
  witness: Address;
  metadata: Hex;
  stake?: bigint;
  active?: boolean;
}

export const REGISTRY: Address = "0x00000000000000000000000000000000000000A1";
export const LEDGER: Address = "0x00000000000000000000000000000000000000A2";

/**
 * A JSON-RPC endpoint that answers the reads of registry and ledger from plain data: directory and witnessing are
 * tested without a chain. Its clock is the machine's.
 */
export async function startFakeChain(nodes: FakeNode[]) {
  const state = { nodes, down: false, aheadSeconds: 0, calls: 0, blockHash: `0x${"ab".repeat(32)}` as Hex, seed: `0x${"5e".repeat(32)}` as Hex };
  const views: Record<string, (...args: never[]) => unknown> = {
    nodeCount: () => state.nodes.length,
    getNode: (index: number) => {
      const { nodeId, operator, witness, metadata, stake = 1000n * X0T } = state.nodes[index] as FakeNode;
      return { operator, unbondsAt: 0n, benched: false, nodeId, witness, metadata, stake, unbonding: 0n };
    },
    isActiveAt: (index: number) => state.nodes[index]?.active !== false,
    drawWeightAt: (index: number) => (state.nodes[index]?.active === false ? 0n : (state.nodes[index]?.stake ?? 1000n * X0T)),
    witnessAt: (index: number) => state.nodes[index]?.witness,
    seedOf: () => state.seed,
    // Every hot key has one channel to every operator.
    nonceOf: () => 1n,
    channelOf: (id: Hex) => {
      const pairs = state.nodes.flatMap(({ witness: payer }) => state.nodes.map(({ operator: payee }) => ({ payer, payee })));
      const pair = pairs.find(({ payer, payee }) => channelId(payer, payee, 0n) === id);
      return { payer: zeroAddress, payee: zeroAddress, closesAt: 0n, closed: false, signer: pair?.payer ?? zeroAddress, deposit: 50n * X0T, redeemed: 0n, ...pair };
    },
  };
  const call = (data: Hex): Hex => {
    for (const abi of [nodeRegistryAbi, proofLedgerAbi, relayChannelsAbi] as readonly Abi[]) {
      try {
        const { functionName, args = [] } = decodeFunctionData({ abi, data });
        return encodeFunctionResult({ abi, functionName, result: views[functionName]?.(...(args as never[])) });
      } catch {
        continue;
      }
    }
    throw new Error(`unknown call ${data}`);
  };
  const block = () => ({
    number: toHex(BigInt(Math.floor(Date.now() / 1000))),
    timestamp: toHex(BigInt(Math.floor(Date.now() / 1000) + state.aheadSeconds)),
    hash: state.blockHash,
    transactions: [],
  });
  const answer = ({ id, method, params }: { id: number; method: string; params: [{ data: Hex }] }) => {
    state.calls++;
    const results: Record<string, () => unknown> = {
      eth_chainId: () => "0x7a69",
      eth_blockNumber: () => block().number,
      eth_getBlockByNumber: block,
      eth_call: () => call(params[0].data),
    };
    return { jsonrpc: "2.0", id, result: results[method]?.() };
  };
  const server = createServer(async (request, response) => {
    if (state.down) return void response.socket?.destroy();
    const body = JSON.parse(await readBody(request));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.isArray(body) ? body.map(answer) : answer(body)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
