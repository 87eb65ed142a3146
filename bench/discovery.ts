/**
 * Discovery at size: what a directory of many nodes costs, and how long a client with an empty cache and one address takes
 * to its first circuit. The nodes have real keys, documents and descriptors; registry and IPFS of the first part are
 * fakes behind real HTTP. The second part is a real network of processes on a real chain.
 *
 *     node bench/discovery.ts [--nodes 1000] [--relays 5] [--rounds 5] [--json]
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureClientStart } from "./clientStart.ts";
import { measureDirectory } from "./directoryAtSize.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000" },
    relays: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** As ./x0t does for everything that it starts. */
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "..", "node_modules/.cache/x0t");

const say = (line: string) => process.stderr.write(`${line}\n`);
const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

async function main(): Promise<void> {
  const load = loadavg()[0] ?? 0;
  const directory = await measureDirectory(Number(values.nodes), say);
  const relays = Number(values.relays);
  const over = { ipfsUrl: undefined };
  const client =
    relays === 0
      ? undefined
      : await measureClientStart({ relays, rounds: Number(values.rounds), over: ({ relays: [first] }) => ({ ...over, bootstrap: [first?.bootstrap] }) }, say);
  const rows: [what: string, figure: string, target: string][] = [
    ["memory that the directory adds", `${(directory.rssMb - directory.startRssMb).toFixed(0)} MB`, "≤ 100 MB"],
    ["memory of its process", `${directory.rssMb.toFixed(0)} MB, ${directory.peakRssMb.toFixed(0)} at most`, ""],
    ["an hour's CPU, each node renews 3 times", `${directory.cpuPercent.toFixed(2)} % of a core`, "≤ 5 %"],
    ["the same, each node says something new each 10 s", `${directory.busyCpuPercent.toFixed(2)} %`, "≤ 5 %"],
    ["a new descriptor, a copy of it", `${directory.newDescriptorCpuMs.toFixed(3)}, ${directory.copyCpuMs.toFixed(4)} ms CPU`, ""],
    ["reading the registry again", `${directory.registryReadCpuMs.toFixed(0)} ms CPU`, ""],
    ["first load, documents from IPFS", `${directory.firstLoadMs.toFixed(0)} ms, ${directory.firstLoadCpuMs.toFixed(0)} CPU`, ""],
    ["load from a full cache", `${directory.secondLoadMs.toFixed(0)} ms`, ""],
    ["a path: median, p99, none there is", `${directory.pathMs.median.toFixed(1)}, ${directory.pathMs.p99.toFixed(1)}, ${directory.pathMs.none.toFixed(1)} ms`, ""],
  ];
  if (client !== undefined) {
    rows.push(
      ["client, empty cache, one relay's address: circuit", `${median(client.emptyCacheMs).toFixed(0)} ms median`, "≤ 2,000 ms"],
      ["  and the first bytes of an origin", `${median(client.firstAnswerMs).toFixed(0)} ms`, ""],
      ["  CPU of that client until then", `${median(client.emptyCacheCpuMs).toFixed(0)} ms`, ""],
      ["client, full cache: circuit", `${median(client.fullCacheMs).toFixed(0)} ms`, ""],
      ["client that never ran: opens three channels first", `${client.firstEverMs.toFixed(0)} ms`, ""],
    );
  }
  console.log(`${values.nodes} nodes, load of this machine ${load.toFixed(1)}`);
  for (const [what, figure, target] of rows) console.log(`${what.padEnd(52)} ${figure.padEnd(28)} ${target}`);
  if (values.json) console.log(JSON.stringify({ nodes: Number(values.nodes), load, directory, client }));
}

if (values.help) console.log("node bench/discovery.ts [--nodes 1000] [--relays 5, 0 for none] [--rounds 5] [--json]");
else await main();
