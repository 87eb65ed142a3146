import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import type { Address } from "viem";
import { takeEnvelope } from "./envelope.ts";
import { answerQuery } from "./graphql.ts";
import { Refused, type HubContext, type HubState } from "./state.ts";

export interface SnapshotHub {
  hubUrl: string;
  sequencerUrl: string;
  state: HubState;
  /** The hub's clock, in seconds against this machine's. */
  clock: { aheadSeconds: number };
  close(): Promise<void>;
}

/**
 * A Snapshot hub and sequencer on a free port, with their rules: what it takes is signed, timely, allowed, and by an
 * account with voting power, which it reads from the chain at the snapshot block. It keeps everything in memory.
 */
export async function startSnapshotHub(options: {
  /** Chain id → JSON-RPC endpoint. */
  rpcUrls: Record<string, string>;
  /** Space → owner of its ENS name. */
  controllers: Record<string, Address>;
}): Promise<SnapshotHub> {
  const state: HubState = { spaces: new Map(), proposals: new Map(), votes: new Map(), messages: new Set() };
  const clock = { aheadSeconds: 0 };
  const server = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  const url = () => `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const context: HubContext = { ...options, state, gatewayUrl: () => `${url()}/gateway`, now: () => Date.now() + clock.aheadSeconds * 1000 };

  // Pages of any origin may ask, as they may Snapshot's own.
  server.addHook("onSend", async (_request, reply) => {
    reply.headers({ "access-control-allow-origin": "*", "access-control-allow-headers": "content-type" });
  });
  server.options("*", async (_request, reply) => reply.status(204).send());
  server.post("/sequencer", async (request, reply) => {
    try {
      const { id, ipfs } = await takeEnvelope(context, request.body);
      return { id, ipfs, relayer: { address: "0x0000000000000000000000000000000000000001", receipt: "0x" } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return reply.status(400).send({ error: "client_error", error_description: error.message });
    }
  });
  server.post("/graphql", async (request) => {
    const { query, variables = {} } = request.body as { query: string; variables?: Record<string, unknown> };
    return answerQuery(context, query, variables);
  });
  // snapshot.js reaches every chain through one such gateway.
  server.post("/gateway/:network", async (request, reply) => {
    const { network } = request.params as { network: string };
    const rpcUrl = options.rpcUrls[network];
    if (rpcUrl === undefined) return reply.status(404).send({ error: "unknown network" });
    const response = await fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(10_000),
    });
    return response.json();
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  return { hubUrl: url(), sequencerUrl: `${url()}/sequencer`, state, clock, close: () => server.close() };
}
