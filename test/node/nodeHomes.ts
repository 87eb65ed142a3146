import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import { blockDigest, cidFromDigest } from "../../core/cid.ts";
import { encodeDidDocument } from "../../core/didDocument.ts";
import { didOf } from "../../core/ids.ts";
import type { NodeConfig } from "../../node/config.ts";
import { generateNodeKeys, randomPassphrase, writeKeystore } from "../../runtime/keystore.ts";
import { signerOf } from "../../runtime/mlDsa.ts";
import { LEDGER, REGISTRY, type FakeNode } from "./fakeChain.ts";

const CHAIN = 31337;
const CHANNELS = "0x00000000000000000000000000000000000000a3";

/** Serves blocks as Kubo's RPC API does, as far as nodes read it. */
export async function startFakeIpfs(blocks: Map<string, Uint8Array>) {
  const server = createServer((request, response) => {
    const cid = new URL(request.url ?? "", "http://x").searchParams.get("arg") ?? "";
    const block = blocks.get(cid);
    response.statusCode = block === undefined ? 500 : 200;
    response.end(block ?? JSON.stringify({ Message: "not found" }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface TestNode {
  home: string;
  config: NodeConfig;
  registered: FakeNode;
  cid: string;
  document: Uint8Array;
  apiUrl: string;
}

/** A whole home with free ports on 127.(i+1).0.1. */
export async function makeNodeHome(folder: string, i: number, urls: { rpc: string; ipfs: string }, epochSeconds = 60): Promise<TestNode> {
  const home = join(folder, `node${i}`);
  const host = `127.0.${i + 1}.1`;
  const [relayPort, controlPort, apiPort] = [await freePort(host), await freePort(host), await freePort("127.0.0.1")];
  const keys = generateNodeKeys();
  const passphrase = randomPassphrase();
  const operator = `0x${(0xb0 + i).toString(16).padStart(40, "0")}` as const;
  const document = encodeDidDocument(
    {
      version: 1,
      did: didOf(CHAIN, keys.nodeId),
      chainId: CHAIN,
      operator,
      publicKey: keys.publicKey,
      region: `r${i}`,
      endpoint: { host, relayPort, controlPort },
      roles: ["relay", "exit"],
      exitPolicy: [],
      protocol: 1,
    },
    signerOf(keys.identity),
  );
  const config = {
    chainId: CHAIN,
    rpcUrls: [urls.rpc],
    contracts: {
      chainId: CHAIN,
      deployBlock: 0,
      contracts: {
        X0TToken: REGISTRY,
        NodeRegistry: REGISTRY,
        ProofLedger: LEDGER,
        EpochRewards: REGISTRY,
        RelayChannels: CHANNELS,
        Marketplace: REGISTRY,
        X0TGovernor: REGISTRY,
        X0TTimelock: REGISTRY,
        GuardianSeat: REGISTRY,
        GuardianSafe: REGISTRY,
      },
    },
    parameters: { devnetEpochSeconds: epochSeconds },
    ipfsUrl: urls.ipfs,
    nodeId: keys.nodeId,
    operator,
    region: `r${i}`,
    listen: { host, relayPort, controlPort },
    dialFrom: host,
    api: { host: "127.0.0.1", port: apiPort },
    passphraseFile: "passphrase",
    roles: ["relay", "exit"],
    exitPolicy: [],
    dnsServers: [],
    allowLoopbackExit: true,
  } as NodeConfig;
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "config.json"), JSON.stringify(config));
  await writeFile(join(home, "passphrase"), passphrase);
  await writeFile(join(home, "did.cbor"), document);
  await writeKeystore(join(home, "keystore.json"), keys, Buffer.from(passphrase), 14);
  const metadata = blockDigest(document);
  return {
    home,
    config,
    document,
    cid: cidFromDigest(metadata),
    registered: { nodeId: keys.nodeId, operator, witness: privateKeyToAccount(keys.hotKey).address, metadata, active: true },
    apiUrl: `http://127.0.0.1:${apiPort}`,
  };
}

export interface NodeProcess {
  child: ChildProcess;
  /** Standard error so far. */
  log(): string;
  /** Resolves when it reports ready. @throws with its log if it exits first */
  ready: Promise<Record<string, unknown>>;
  exited: Promise<number | null>;
}

export function spawnNode(home: string): NodeProcess {
  const main = join(import.meta.dirname, "../../node/main.ts");
  const child = spawn(process.execPath, [main, "--home", home], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let log = "";
  child.stderr?.on("data", (chunk) => (log += chunk));
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const ready = Promise.race([
    once(child, "message").then(([message]) => message as Record<string, unknown>),
    exited.then((code) => Promise.reject(new Error(`exited with ${code}: ${log}`))),
  ]);
  ready.catch(() => undefined);
  return { child, log: () => log, ready, exited };
}

async function freePort(host: string): Promise<number> {
  const server = net.createServer();
  await once(server.listen(0, host), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
