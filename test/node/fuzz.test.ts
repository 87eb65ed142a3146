import { runFuzz, type FuzzCase } from "../fuzz/command.ts";
import { frameCase } from "../fuzz/frames.ts";
import { messageCaseOf } from "../fuzz/messages.ts";
import { sessionCase } from "../fuzz/session.ts";
import { socksCase } from "../fuzz/socks5.ts";
import { socksUdpCase } from "../fuzz/socksUdp.ts";

/** A short run of each command in test/fuzz/; the long ones take a million cases, from other seeds. */
const FUZZERS: readonly [string, FuzzCase, number][] = [
  ["NET-11 frames: the same however they are cut, refused with X0T_BAD_FRAME or encoded to the bytes that came", frameCase, 20_000],
  ["NET-6, NET-17, NET-18 prefaces, control and account messages", messageCaseOf, 20_000],
  ["NET-14 SOCKS5 and HTTP CONNECT: settles, answers by the RFC, takes no byte too many", socksCase, 20_000],
  ["NET-14 datagrams of applications: read as they were meant, or dropped with the reason", socksUdpCase, 20_000],
  ["NET-11 frames in any order at an exit: no exception, every window and stream given back", sessionCase, 300],
];

describe("fuzz", () => {
  for (const [name, makeCase, cases] of FUZZERS) {
    it(name, async () => {
      await runFuzz(name, { cases, seed: 24 }, makeCase);
    }).timeout(60_000);
  }
});
