import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** A short run of each command in test/fuzz/; the long ones take a million cases, from other seeds. */
const FUZZERS: readonly [string, string, number][] = [
  ["NET-11 frames: the same however they are cut, refused with X0T_BAD_FRAME or encoded to the bytes that came", "frames.ts", 20_000],
  ["NET-6, NET-17, NET-18 prefaces, control and account messages", "messages.ts", 20_000],
  ["NET-14 SOCKS5 and HTTP CONNECT: settles, answers by the RFC, takes no byte too many", "socks5.ts", 20_000],
  ["NET-14 datagrams of applications: read as they were meant, or dropped with the reason", "socksUdp.ts", 20_000],
  ["NET-11 frames in any order at an exit: no exception, every window and stream given back", "session.ts", 300],
];

describe("fuzz", () => {
  for (const [name, script, cases] of FUZZERS) {
    // In processes of their own: they say what memory they keep.
    it(name, async () => {
      const file = join(import.meta.dirname, "../fuzz", script);
      await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", file, "--cases", String(cases), "--seed", "24"]);
    }).timeout(120_000);
  }
});
