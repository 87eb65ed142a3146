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
  bench
    .command("chaos")
    .argument("<row>", "middle-kill, entry-kill, middle-stop, middle-silent, exit-kill, loss, partition, rolling")
    .description("break a network of several hosts on this machine, many times: do downloads live through it?")
    .option("--trials <n>", "how many times (default: 100)")
    .option("--seed <n>", "repeats the times of the faults, the losses and the contents")
    .option("--rtt <ms>", "round trip between client and exit (default: none but the machine's)")
    .option("--rate <bytes>", "bytes a second that a download asks for; 0 = as fast as it goes")
    .option("--seconds <n>", "of rows that last (loss: 600)")
    .option("--duplicate", "everything goes over two circuits at once")
    .option("--json", "last line: medians, p99, Wilson bounds, what was missed")
    .addHelpText(
      "after",
      `
Hosts are network namespaces: needs root, iproute2, nftables and /dev/net/tun. All of it is gone at the end, also after Ctrl-C.
Exit code 1 if a target was missed.

Examples:
  $ sudo ./x0t bench chaos middle-kill
  $ sudo ./x0t bench chaos middle-kill --rtt 70 --trials 20 --seed 7
  $ sudo ./x0t bench chaos middle-silent --duplicate --json`,
    )
    .action(async (row, options) => (await import("../actions/benchScript.ts")).benchScript("test/chaos/run.ts", [row], options));
  bench
    .command("floods")
    .description("flood a relay's ports with half-open handshakes, slow readers and garbage while an honest client goes on")
    .option("--half-open <n>", "half-open handshakes held at once (default: 10000)")
    .option("--slow <n>", "readers that do not read (default: 1000)")
    .option("--garbage <mb>", "megabytes of noise at each of four ports (default: 100)")
    .option("--seconds <n>", "quiet before and after each flood (default: 10)")
    .option("--json", "last line: latencies, memory, what was lost")
    .addHelpText(
      "after",
      `
A flood of 0 is left out. Needs some 12,000 open files.

Examples:
  $ ./x0t bench floods
  $ ./x0t bench floods --half-open 1000 --slow 0 --garbage 10 --json`,
    )
    .action(async (options) => (await import("../actions/benchScript.ts")).benchScript("test/chaos/floods.ts", [], options));
  bench
    .command("discovery")
    .description("a network of a thousand nodes, held and refreshed; and how long a client with nothing takes to a circuit")
    .option("--nodes <n>", "simulated nodes (default: 1000)")
    .option("--relays <n>", "real relays of the second part (default: 5)")
    .option("--rounds <n>", "starts of the client (default: 5)")
    .option("--json", "last line: memory, CPU, times")
    .addHelpText(
      "after",
      `
Keys, documents and descriptors are real; the registry and IPFS of the first part are not.

Examples:
  $ ./x0t bench discovery
  $ ./x0t bench discovery --nodes 200 --json`,
    )
    .action(async (options) => (await import("../actions/benchScript.ts")).benchScript("bench/discovery.ts", [], options));
  bench
    .command("indexer")
    .description("how long a new indexer needs for a chain with a history, on PGlite and on PostgreSQL")
    .option("--database <names>", "pglite, postgres, or both with a comma (default: both)")
    .option("--events <n>", "events of the chain (default: 50000)")
    .option("--blocks <n>", "blocks of the chain (default: 2000)")
    .option("--rounds <n>", "how often each is measured; the medians count (default: 1)")
    .option("--profile <dir>", "leave CPU profiles of the indexer there")
    .option("--json", "last line: {events, blocks, load, pglite, postgres}")
    .addHelpText(
      "after",
      `
The chain is made once, which takes a minute, and kept in the temporary directory. PostgreSQL 15 or later runs as a server of
its own, with its default settings; it comes from the system's packages (apt-get install postgresql).

Examples:
  $ ./x0t bench indexer
  $ ./x0t bench indexer --database pglite --events 10000 --blocks 400 --json`,
    )
    .action(async (options) => (await import("../actions/benchScript.ts")).benchScript("bench/indexer.ts", [], options));
  bench
    .command("graphql")
    .description("how fast the indexer answers each of the dashboard's queries, with many clients and a large history")
    .option("--database <names>", "pglite, postgres, or both with a comma (default: both)")
    .option("--commits <n>", "commits in the tables; all else grows with them (default: 100000)")
    .option("--clients <n>", "that ask at the same time (default: 32)")
    .option("--seconds <n>", "for each query (default: 10)")
    .option("--query <name>", "only this one")
    .option("--profile <dir>", "leave CPU profiles of the indexer there")
    .option("--attack", "also while 8 clients send the worst query that is allowed")
    .option("--json", "last line: latencies by database and query")
    .addHelpText(
      "after",
      `
Rows are copied into the tables by SQL: handlers would take an hour. "new" queries are all different, so that each is executed;
"again" are the same for all clients, as people who look at one page are.

Examples:
  $ ./x0t bench graphql
  $ ./x0t bench graphql --database postgres --seconds 3 --attack --json`,
    )
    .action(async (options) => (await import("../actions/benchScript.ts")).benchScript("bench/graphql.ts", [], options));
}
