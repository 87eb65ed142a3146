import { createServer } from "node:net";
import { X0tError } from "../core/x0tError.ts";

/** Every port of a devnet; those of relays are on each node's own loopback address. */
export interface DevnetPorts {
  rpc: number;
  ipfs: number;
  graphql: number;
  socks: number;
  origin: number;
  clientApi: number;
  workersApi: number;
  dashboard: number;
  relay: number;
  control: number;
  /** API of node 0; node i has this + i. */
  nodeApi: number;
}

const DEFAULT_PORTS: DevnetPorts = {
  rpc: 8545,
  ipfs: 5001,
  graphql: 42069,
  socks: 10809,
  origin: 10880,
  clientApi: 10810,
  workersApi: 10820,
  dashboard: 10800,
  relay: 9001,
  control: 9002,
  nodeApi: 11000,
};

/** How many ports from the base on a devnet of twelve nodes uses. */
const SPAN = 22;

/** @param base the first of 22 ports in a row; undefined for the usual ones. @throws X0T_USAGE */
export function portsFrom(base: number | undefined): DevnetPorts {
  if (base === undefined) return DEFAULT_PORTS;
  if (!Number.isInteger(base) || base < 1024 || base + SPAN > 65_536) {
    throw new X0tError("X0T_USAGE", `--port-base must be a whole number from 1024 to ${65_536 - SPAN}, not ${base}.`);
  }
  return {
    rpc: base,
    ipfs: base + 1,
    graphql: base + 2,
    socks: base + 3,
    origin: base + 4,
    clientApi: base + 5,
    workersApi: base + 8,
    dashboard: base + 9,
    relay: base + 6,
    control: base + 7,
    nodeApi: base + 10,
  };
}

/** Node i listens on and dials from 127.(i+1).0.1, so that diversity and per-network limits are real. */
export function nodeHost(index: number): string {
  return `127.${index + 1}.0.1`;
}

interface Claim {
  host: string;
  port: number;
  use: string;
}

export function claimsOf(ports: DevnetPorts, nodes: number): Claim[] {
  const local = (port: number, use: string): Claim => ({ host: "127.0.0.1", port, use });
  const claims = [
    local(ports.rpc, "the chain"),
    local(ports.ipfs, "IPFS"),
    local(ports.graphql, "the indexer"),
    local(ports.socks, "the SOCKS5 client"),
    local(ports.clientApi, "the client's API"),
    local(ports.workersApi, "the workers' API"),
    local(ports.origin, "the test origin"),
    local(ports.dashboard, "the dashboard"),
  ];
  for (let index = 0; index < nodes; index++) {
    claims.push(
      { host: nodeHost(index), port: ports.relay, use: `node ${index}` },
      { host: nodeHost(index), port: ports.control, use: `node ${index}'s control link` },
      local(ports.nodeApi + index, `node ${index}'s API`),
    );
  }
  return claims;
}

/** @throws X0T_PORT_TAKEN naming every taken port and the way out */
export async function checkPorts(claims: readonly Claim[]): Promise<void> {
  const reasons = await Promise.all(claims.map(tryListen));
  const taken = claims.flatMap((claim, index) => {
    const reason = reasons[index];
    return reason === undefined ? [] : [`${claim.host}:${claim.port} (${claim.use}) ${reason}`];
  });
  if (taken.length === 0) return;
  const list = taken.length > 3 ? `${taken.slice(0, 3).join(", ")} and ${taken.length - 3} more` : taken.join(", ");
  throw new X0tError(
    "X0T_PORT_TAKEN",
    `${list}. Stop what uses ${taken.length === 1 ? "it" : "them"}, or start on other ports: ./x0t up --port-base 20000`,
    { data: { taken } },
  );
}

/** @returns why the port cannot be had, undefined if it is free. */
function tryListen({ host, port }: Claim): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EADDRINUSE" ? "is taken" : `cannot be used (${error.code ?? error.message})`),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
