/**
 * What the contracts' acts cost in a network of 10 and of 10,000 registered nodes, against their targets. With --json one
 * line: the dearer figure of the two for each act that the specification names.
 *
 *     node bench/gas.ts [--json]
 */
import { formatTable } from "../cli/table.ts";
import { compileContracts } from "../devnet/contracts.ts";
import { gasNetwork } from "../test/contracts/support/gasNetwork.ts";
import { LARGE, measureLarge, measureSmall, SMALL, TARGETS, type Gas } from "../test/contracts/support/gasScenario.ts";

const KEYS = ["transfer", "register", "commit", "commitBatchPerEpoch", "claimPerEpoch", "redeemBatchEach", "rent", "settlePerEpoch", "castVote", "challenge", "answer"];
/** A register of 10 nodes is four levels deep, one of 10,000 fourteen, a full one of 2^24 (REG-7) twenty-four. */
const LEVELS_BETWEEN = 10;
const LEVELS_TO_FULL = 10;

async function main(json: boolean): Promise<void> {
  await compileContracts(AbortSignal.timeout(300_000));
  const protocol = await gasNetwork();
  const small = await measureSmall(protocol);
  console.error(`registering ${LARGE.toLocaleString("en")} nodes …`);
  const large = await measureLarge(protocol);

  const most = (act: string) => Math.max(small[act] ?? 0, large[act] ?? 0);
  if (json) console.log(JSON.stringify(Object.fromEntries(KEYS.map((key) => [key, most(key)]))));
  else console.log(describe(small, large, most));
}

function describe(small: Gas, large: Gas, most: (act: string) => number): string {
  const head = ["act", "target", `${SMALL} nodes`, `${LARGE.toLocaleString("en")} nodes`, "full register", "verdict"];
  const figure = (value: number | undefined) => (value === undefined ? "-" : Math.round(value).toLocaleString("en"));
  const acts = [...KEYS, ...Object.keys(small).filter((act) => !KEYS.includes(act))];
  const rows = acts.map((act) => {
    const [few = 0, many = 0] = [small[act], large[act]];
    // Within a hundredth it is whom the seed draws, and zero bytes.
    const grows = many > few * 1.01;
    const full = grows ? Math.round(many + ((many - few) / LEVELS_BETWEEN) * LEVELS_TO_FULL) : most(act);
    const target = TARGETS[act];
    const verdict = target === undefined ? "" : full <= target ? "reached" : `missed by ${figure(full - target)}`;
    return [act, figure(target), figure(few), figure(many), `${grows ? "~" : ""}${figure(full)}`, verdict];
  });
  return [
    formatTable(head, rows, head.slice(1, -1)),
    "",
    "Gas; production parameters, each act as on any later day, a commit after a neighbour's of the same epoch. A full register has",
    "2^24 nodes: what grows, grows with the depth of the tree of stakes (castVote with the history of stake), that is with the",
    "logarithm of their number; ~ is reckoned from it.",
  ].join("\n");
}

await main(process.argv.includes("--json"));
