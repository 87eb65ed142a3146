import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inNamespace } from "../support/netns.ts";
import { until } from "../support/sockets.ts";
import { createContent } from "./light/content.ts";
import { startLightNetwork, type LightNetwork } from "./light/lightNetwork.ts";

const RELAY_PORT = 9001;
const X25519MLKEM768 = 4588;
const TLS13 = "0x0304";
const SEED = 7;
const BYTES = 2_000_000;
const SECRET_NAME = "who-reads-this-name.example";

/** What is caught and not yet written: on a busy machine the writer comes late. */
const BUFFER_MIB = 64;

/** tshark on a host's network card, until `stop`. */
async function capture(namespace: string, file: string): Promise<{ stop(): Promise<void> }> {
  const [program, ...args] = inNamespace(namespace, ["tshark", "-q", "-B", String(BUFFER_MIB), "-i", "eth0", "-w", file]) as [string, ...string[]];
  const child: ChildProcess = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject).once("exit", () => reject(new Error(`tshark: ${said}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      said += String(chunk);
      if (/Capturing on/.test(said)) resolve();
    });
  });
  return {
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGINT");
      await gone;
    },
  };
}

/** One line a packet that passes `filter`: its fields, tab-separated. */
async function packets(file: string, filter: string, ...fields: string[]): Promise<string[]> {
  const wanted = ["frame.number", ...fields].flatMap((field) => ["-e", field]);
  const { stdout } = await promisify(execFile)("tshark", ["-r", file, "-d", `tcp.port==${RELAY_PORT},tls`, "-Y", filter, "-T", "fields", ...wanted], { maxBuffer: 64 << 20 });
  return stdout.split("\n").filter((line) => line !== "").map((line) => line.split("\t").slice(1).join("\t"));
}

describe("chaos: what a capture on the wire shows (NET-4, NET-14)", function () {
  this.timeout(60_000);
  let network: LightNetwork;
  let directory: string;
  /** Of the client's network card, and of the origin's. */
  const files = { client: "", origin: "" };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-capture-"));
    network = await startLightNetwork({ relays: 7, rttMs: 0, seed: SEED });
    const captures = [];
    for (const host of ["client", "origin"] as const) {
      files[host] = join(directory, `${host}.pcapng`);
      captures.push(await capture(network.lab.namespaceOf(host), files[host]));
    }
    await until(() => network.state().ready, 20_000, "circuits");
    // The circuits through it are built anew while the capture runs.
    await network.restartRelay(network.state().paths[0]![0]!);
    await until(() => network.state().ready, 20_000, "circuits again");
    const report = await network.download({ bytes: BYTES, bytesPerSecond: 0, seed: SEED, timeoutMs: 20_000 });
    assert.equal(report.intact, true);
    const curl = inNamespace(network.lab.namespaceOf("client"), ["curl", "-s", "--max-time", "10", "-x", "socks5h://127.0.0.1:10809", `http://${SECRET_NAME}/`]);
    await assert.rejects(promisify(execFile)(curl[0]!, curl.slice(1)), "a name that nobody resolves");
    for (const each of captures) await each.stop();
  });
  after(async () => {
    await network?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("everything between client and relays is TLS 1.3 with the group X25519MLKEM768, and no other is offered", async () => {
    const hellos = await packets(files.client, "tls.handshake.type == 1", "tls.handshake.extensions_supported_group", "tls.handshake.extensions_key_share_group");
    assert.ok(hellos.length >= 1, "a circuit was built");
    for (const hello of hellos) assert.deepEqual(hello.split("\t").map(Number), [X25519MLKEM768, X25519MLKEM768]);
    const answers = await packets(files.client, "tls.handshake.type == 2", "tls.handshake.extensions.supported_version", "tls.handshake.extensions_key_share_group");
    assert.equal(answers.length, hellos.length);
    for (const answer of answers) {
      const [version, group] = answer.split("\t");
      assert.equal(version, TLS13);
      assert.equal(Number(group), X25519MLKEM768);
    }
  });

  it("no certificate, name of a server or session ticket is to be read", async () => {
    assert.deepEqual(await packets(files.client, "tls.handshake.type == 11 or tls.handshake.type == 4"), []);
    assert.deepEqual(await packets(files.client, "tls.handshake.extensions_server_name"), []);
  });

  it("neither what is carried nor where to; the origin's own capture shows both, so that this can fail", () => {
    const [client, origin] = [readFileSync(files.client), readFileSync(files.origin)];
    const content = createContent(SEED)(BYTES);
    assert.ok(client.length > BYTES / 2, "the download passed here");
    let [seenAtClient, seenAtOrigin] = [0, 0];
    for (let at = 0; at + 32 <= BYTES; at += 10_000) {
      const slice = content.subarray(at, at + 32);
      if (client.includes(slice)) seenAtClient++;
      if (origin.includes(slice)) seenAtOrigin++;
    }
    assert.equal(seenAtClient, 0);
    // A busy machine drops packets of a capture: it is enough that most of what is carried in clear would be seen.
    assert.ok(seenAtOrigin > 100, `${seenAtOrigin} of 200 slices`);
    assert.equal(client.includes(SECRET_NAME), false);
  });

  it("the client asks no DNS, and speaks to nobody but relays", async () => {
    assert.deepEqual(await packets(files.client, "dns or udp"), []);
    const peers = new Set(await packets(files.client, "tcp.flags.syn == 1 and tcp.flags.ack == 0", "ip.dst", "tcp.dstport"));
    assert.ok(peers.size >= 1);
    for (const peer of peers) assert.match(peer, /^20\.[1-7]\.0\.1\t9001$/);
  });
});
