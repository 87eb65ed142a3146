import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { toEventSignature, type Abi, type AbiEvent } from "viem";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../../core/abi/GuardianSeat.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { relayChannelsAbi } from "../../core/abi/RelayChannels.ts";
import { x0tGovernorAbi } from "../../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../../core/abi/X0TTimelock.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { addressBookSchema } from "../../core/addressBook.ts";
import { safeAbi } from "../../indexer/safeAbi.ts";

const INDEXER = join(import.meta.dirname, "../../indexer");
const ABIS: Record<keyof typeof addressBookSchema.shape.contracts.shape, Abi> = {
  X0TToken: x0tTokenAbi,
  NodeRegistry: nodeRegistryAbi,
  ProofLedger: proofLedgerAbi,
  EpochRewards: epochRewardsAbi,
  RelayChannels: relayChannelsAbi,
  Marketplace: marketplaceAbi,
  X0TGovernor: x0tGovernorAbi,
  X0TTimelock: x0tTimelockAbi,
  GuardianSeat: guardianSeatAbi,
  GuardianSafe: safeAbi,
};

function eventsOf(abi: Abi): AbiEvent[] {
  return abi.filter((entry) => entry.type === "event");
}

describe("the events of the contracts", () => {
  it("each have a handler in the indexer, one and no more", async () => {
    const handled: string[] = [];
    for await (const file of glob("src/*.ts", { cwd: INDEXER })) {
      const text = await readFile(join(INDEXER, file), "utf8");
      for (const [, name] of text.matchAll(/^\s*(?:on\(|onFrequent\(|onRare\(\[|)"(\w+:\w+)"/gm)) handled.push(name as string);
      for (const [, list] of text.matchAll(/onRare\(\[([^\]]+)\]\)/g)) {
        const names = [...(list as string).matchAll(/"(\w+:\w+)"/g)].map(([, name]) => name as string);
        handled.push(...names.filter((name) => !handled.includes(name)));
      }
    }
    const emitted = Object.entries(ABIS).flatMap(([contract, abi]) => eventsOf(abi).map(({ name }) => `${contract}:${name}`));
    assert.deepEqual(handled.sort(), emitted.sort());
  });

  it("are read from each contract of the address book", async () => {
    const config = await readFile(join(INDEXER, "ponder.config.ts"), "utf8");
    for (const name of Object.keys(ABIS)) assert.match(config, new RegExp(`^    ${name}: \\{.*address: contracts\\.${name}, startBlock`, "m"));
    assert.deepEqual(Object.keys(ABIS).sort(), Object.keys(addressBookSchema.shape.contracts.shape).sort());
  });

  it("of the Safe are those that Safe published", () => {
    const require = createRequire(import.meta.url);
    const { abi } = require("@safe-global/safe-smart-account/build/artifacts/contracts/SafeL2.sol/SafeL2.json") as { abi: Abi };
    const signatures = (of: Abi) => eventsOf(of).map((event) => `${toEventSignature(event)} ${event.inputs.map(({ indexed }) => indexed === true)}`).sort();
    assert.deepEqual(signatures(safeAbi), signatures(abi));
  });
});
