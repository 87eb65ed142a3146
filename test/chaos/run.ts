/**
 * node test/chaos/run.ts <row> [options]: breaks a network on purpose, many times, and says what came of it.
 * Several hosts in network namespaces of this machine: needs root, iproute2, nftables and /dev/net/tun.
 * Exit code 0 if the targets were met, 1 if not, 2 for a bad argument or a machine that cannot.
 */
import { parseArgs } from "node:util";
import { daemonRows } from "./daemons/rows.ts";
import { whyNoLab } from "./lab.ts";
import { lightRows } from "./light/rows.ts";
import { reportOf, type Row, type RowOptions, type RowReport } from "./row.ts";

const ROWS: Record<string, Row> = { ...lightRows, ...daemonRows };

const OPTIONS = {
  trials: { type: "string" },
  seed: { type: "string" },
  rtt: { type: "string" },
  rate: { type: "string" },
  seconds: { type: "string" },
  duplicate: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const HELP = `Usage: node test/chaos/run.ts <row> [options]

Rows
${Object.entries(ROWS).map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`).join("\n")}

Options
  --trials N     how many times (100)
  --seed N       repeats the times of the faults, the losses and the contents (random)
  --rtt MS       round trip between client and exit, evenly over three legs (0: the kernel's own speed)
  --rate BYTES   a second that a download asks for (10,000,000; with --rtt 2,000,000); 0 = as fast as it goes
  --seconds N    of rows that last (loss: 600)
  --duplicate    everything goes over two circuits at once
  --json         the last line is the report as JSON

Everything is removed at the end, on Ctrl-C, or, after a kill -9, by the next run.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [name] = positionals;
  const row = ROWS[name ?? ""];
  if (name !== undefined && row === undefined) console.error(`There is no row ${name}.\n`);
  if (values.help === true || name === undefined || row === undefined || positionals.length > 1) {
    console.log(HELP);
    return values.help === true ? 0 : 2;
  }
  const reason = whyNoLab();
  if (reason !== undefined) {
    console.error(`This machine cannot run several hosts: ${reason}.`);
    return 2;
  }
  const rttMs = numberOf("rtt", values.rtt, row.defaults?.rttMs ?? 0);
  const options: RowOptions = {
    trials: numberOf("trials", values.trials, row.defaults?.trials ?? 100),
    seed: numberOf("seed", values.seed, Math.floor(Math.random() * 2 ** 31)),
    rttMs,
    bytesPerSecond: numberOf("rate", values.rate, row.defaults?.bytesPerSecond ?? (rttMs === 0 ? 10e6 : 2e6)),
    seconds: numberOf("seconds", values.seconds, row.defaults?.seconds ?? 0),
    duplicate: values.duplicate === true,
    onTrial(number, { ok, note, figures }) {
      const shown = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(1)}`);
      console.error(`${String(number).padStart(4)} ${ok ? "ok" : "FAILED"} ${shown.join(", ")}${note === undefined ? "" : ` (${note})`}`);
    },
  };
  console.error(`${name}: ${row.about}. Seed ${options.seed}.`);
  const report = reportOf(name, options, await row.run(options), row.limits(options));
  print(report);
  if (values.json === true) console.log(JSON.stringify(report));
  return report.missed.length === 0 ? 0 : 1;
}

function numberOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`--${name} must be a number of 0 or more, not ${text}.`);
  process.exit(2);
}

function print({ row, seed, rttMs, trials, ok, okBounds: [low, high], figures, missed, load }: RowReport): void {
  console.log(`${row}, seed ${seed}, RTT ${rttMs} ms: ${ok} of ${trials} ok (95 %: ${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)} %), load ${load}`);
  for (const [name, { median, p99, max, count }] of Object.entries(figures)) {
    console.log(`  ${name.padEnd(14)} median ${median}, p99 ${p99}, max ${max} (${count})`);
  }
  for (const text of missed) console.log(`  MISSED ${text}`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exit(await main());
