/**
 * node test/chaos/floods.ts: half-open handshakes, slow readers and garbage at every port of a relay, while an honest client
 * goes on through it. Exit code 0 if its latency stayed within 2 ×, nothing failed and memory was bounded; 1 if not.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { runFloods, type FloodRow } from "./floods/run.ts";

const MAX_RATIO = 2;
const MAX_GROWN_MEGABYTES = 256;
const HELP = `Usage: node test/chaos/floods.ts [options]

  --half-open N   half-open handshakes held at once (10000)
  --slow N        readers that do not read (1000)
  --garbage MB    megabytes of noise at each of four ports (100)
  --seconds N     quiet before and after each flood, and each flood at least (10); a flood of 0 is left out
  --json          the last line is the report as JSON

Relay port, control port and API port of the first of three relays, and the client's proxy port. Latency is that of a request
through the proxy and all relays; circuits are new ones through them. Needs some 12,000 open files.`;

function line({ flood, quiet, flooded, attack, ratio, circuitRatio, grownMegabytes, lost, ended }: FloodRow): string {
  return [
    flood.padEnd(10),
    `request ${quiet.requests.p50} → ${flooded.requests.p50} ms (× ${ratio}), p99 ${quiet.requests.p99} → ${flooded.requests.p99}`,
    `circuit ${quiet.circuits.p50} → ${flooded.circuits.p50} ms (× ${circuitRatio})`,
    `failed ${flooded.failed} of ${flooded.requests.count + flooded.circuits.count + flooded.failed}`,
    `relay + ${grownMegabytes} MB`,
    `circuits lost ${lost}`,
    ...(ended === "" ? [] : [`ended ${ended}`]),
    `${attack.connections} connections, ${attack.held} at once, ${Math.round(attack.bytes / 1e6)} MB`,
  ].join(" · ");
}

const { values } = parseArgs({
  options: { "half-open": { type: "string" }, slow: { type: "string" }, garbage: { type: "string" }, seconds: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help === true) {
  process.stdout.write(`${HELP}\n`);
} else {
  const sizes = {
    halfOpen: Number(values["half-open"] ?? 10_000),
    slowReaders: Number(values.slow ?? 1_000),
    garbageBytes: Number(values.garbage ?? 100) * 1e6,
    seconds: Number(values.seconds ?? 10),
  };
  const rows = await runFloods(sizes, (text) => process.stderr.write(`${text}\n`));
  for (const row of rows) process.stdout.write(`${line(row)}\n`);
  const good = rows.every(({ ratio, flooded, grownMegabytes }) => ratio <= MAX_RATIO && flooded.failed === 0 && grownMegabytes <= MAX_GROWN_MEGABYTES);
  const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  if (values.json === true) process.stdout.write(`${JSON.stringify({ floods: rows, load, good })}\n`);
  else process.stdout.write(`${good ? "within the targets" : "beyond the targets"}\n`);
  process.exitCode = good ? 0 : 1;
}
