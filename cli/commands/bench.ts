import type { Command } from "commander";

export function addBench(program: Command): void {
  const bench = program.command("bench").description("measure this release on this machine");
  bench
    .command("gas")
    .description("what the contracts cost, in a network of 10 and of 10,000 nodes")
    .option("--json", "one line: gas by act, the dearer of the two networks")
    .addHelpText(
      "after",
      `
Runs on a chain inside the process: nothing has to run, nothing is left. About half a minute.

Examples:
  $ ./x0t bench gas
  $ ./x0t bench gas --json`,
    )
    .action(async (options) => (await import("../actions/benchGas.ts")).benchGas(options));
  bench
    .command("relay")
    .description("the relay network against Tor, ssh, v2ray, Dante and a plain TCP pipe, three hops each on this machine")
    .option("--peers <names>", "tor, tor-tuned, ssh, v2ray, dante, pipe, or none, with commas (default: those that are installed)")
    .option("--rounds <n>", "how often each system has its turn (default: 5)")
    .option("--megabytes <n>", "size of a download (default: 400)")
    .option("--seconds <n>", "longest time of each load (default: 3)")
    .option("--streams <n>", "idle streams while memory is read (default: 1000)")
    .option("--soak <minutes>", "load on our network alone, and whether its memory stays flat")
    .option("--profile <dir>", "leave CPU profiles of our processes there")
    .option("--json", "last line: {figures, ratios}, or {soak}")
    .addHelpText(
      "after",
      `
Everything runs on loopback in processes of its own and is gone at the end, also after Ctrl-C. Needs Linux and a C compiler
for the load; the peers come from the system's packages: tor openssh-server v2ray dante-server. About a minute a round.
Ratios are ours by theirs: medians of the rounds' own. CPU seconds per GB count all processes of a system.

Examples:
  $ ./x0t bench relay
  $ ./x0t bench relay --peers pipe,ssh --rounds 3
  $ ./x0t bench relay --peers tor,tor-tuned,ssh,v2ray,dante,pipe --json
  $ ./x0t bench relay --soak 10`,
    )
    .action(async (options) => (await import("../actions/benchRelay.ts")).benchRelay(options));
}
