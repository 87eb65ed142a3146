import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X0tError } from "../../core/x0tError.ts";
import type { Figures, Ratios } from "../../bench/relay/figures.ts";
import { choosePeers, findProgram } from "../../bench/relay/programs.ts";

const SCRIPT = join(import.meta.dirname, "../../bench/relay.ts");

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--disable-warning=ExperimentalWarning", SCRIPT, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("x0t-bench-"));

describe("bench/relay", () => {
  it("measures ours and the plain pipe, says JSON last and leaves nothing", async function () {
    this.timeout(120_000);
    const before = leftovers();
    const { code, stdout, stderr } = await bench("--peers", "pipe", "--rounds", "1", "--megabytes", "2", "--seconds", "0.3", "--streams", "40", "--json");
    if (findProgram("cc") === undefined || process.platform !== "linux") {
      // The way out, on a machine that cannot.
      assert.deepEqual([code, (JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as { error: { code: string } }).error.code], [2, "X0T_BENCH_PROGRAM"]);
      return;
    }
    assert.equal(code, 0, stderr);
    const { figures, ratios } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { figures: Figures; ratios: Ratios };
    assert.deepEqual(Object.keys(figures.systems), ["ours", "pipe"]);
    for (const sample of Object.values(figures.systems)) {
      const { errors, ...rest } = sample;
      assert.equal(errors, 0);
      const numbers = Object.values(rest).flatMap((value) => (typeof value === "number" ? [value] : (Object.values(value) as number[])));
      assert.equal(numbers.length, 12);
      // CPU time comes in hundredths of a second: a small download may cost none.
      assert.ok(numbers.every((value) => value >= 0) && numbers.filter((value) => value === 0).length <= 3, JSON.stringify(sample));
    }
    for (const value of [figures.circuitBuildMs, figures.mlKem768Ms, figures.relayRssMB, figures.loadAverage.end, ratios.bulkVsPipe]) assert.ok(Number(value) > 0);
    assert.equal(typeof figures.kBPerIdleStream, "number");
    assert.deepEqual([ratios.bulkVsTorTuned, ratios.bulkVsSsh, ratios.ttfbVsTorTuned], [null, null, null]);
    assert.deepEqual(leftovers(), before);
  });

  it("exits 2 on an unknown peer or a wrong number, naming what is allowed", async () => {
    for (const [args, words] of [
      [["--peers", "tor,carrier-pigeon"], /carrier-pigeon.*tor-tuned/],
      [["--rounds", "0"], /--rounds/],
      [["--hops", "9"], /--help/],
    ] as const) {
      const { code, stdout, stderr } = await bench(...args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, words);
    }
  });

  it("leaves out what the machine lacks, and names the package of a peer that was asked for", () => {
    const { peers, leftOut } = choosePeers(undefined, (program) => (program === "tor-gencert" ? undefined : `/bin/${program}`));
    assert.deepEqual(peers, ["ssh", "v2ray", "dante", "pipe"]);
    assert.match(leftOut.join("\n"), /^tor is left out.*apt install tor\ntor-tuned is left out/);
    assert.throws(
      () => choosePeers(["pipe", "v2ray"], () => undefined),
      (error: unknown) => error instanceof X0tError && error.code === "X0T_BENCH_PROGRAM" && error.message.includes("apt install v2ray"),
    );
  });
});
