import assert from "node:assert/strict";
import { readDeploymentParameters } from "@nomicfoundation/hardhat-ignition/helpers";
import hre from "hardhat";
import { getAddress, keccak256, toHex, zeroAddress, type Abi, type Address } from "viem";
import { devnetParameters, PRODUCTION } from "../../core/parameters.ts";
import { protocolParameters } from "../../ignition/protocolParameters.ts";
import {
  allocations,
  assertions,
  deployer,
  deployProtocolFixture,
  loadFixture,
  P,
  publicClient,
} from "./support/protocol.ts";
import { itMeasures } from "./support/itMeasures.ts";

/** Accounts 1 to 3 of every development chain. */
const LOCALHOST_ACCOUNTS = [
  "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
  "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
] as const;
const MAX_CODE_BYTES = 24_576;
const role = (name: string) => keccak256(toHex(name));

describe("deployment", () => {
  it("TOK-1 the deployer is powerless afterwards: no role, no token, no further seal or wiring", async () => {
    const { token, timelock, registry, rewards, ledger } = await loadFixture(deployProtocolFixture);
    const account = deployer.account;
    const me = getAddress(account.address);
    for (const name of ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"]) {
      assert.equal(await timelock.read.hasRole([role(name), me]), false, name);
    }
    assert.equal(await timelock.read.hasRole([await timelock.read.DEFAULT_ADMIN_ROLE(), me]), false);
    assert.equal(await token.read.balanceOf([me]), 0n);
    assert.equal(await registry.read.getVotes([me]), 0n);
    const seal = token.write.seal([timelock.address, rewards.address, [], []], { account });
    await assertions.revertWithCustomError(seal, token, "X0TToken_AlreadySealed");
    const wire = registry.write.setLedger([ledger.address], { account });
    await assertions.revertWithCustomError(wire, registry, "NodeRegistry_LedgerAlreadySet");
  });

  it("TOK-1 no function asks for the deployer but those two one-shot calls", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    const named = Object.entries(contracts).flatMap(([name, { abi }]) =>
      (abi as Abi).flatMap((entry) =>
        entry.type === "error" && entry.name.endsWith("_OnlyDeployer") ? [`${name}:${entry.name}`] : [],
      ),
    );
    assert.deepEqual(named.sort(), ["registry:NodeRegistry_OnlyDeployer", "token:X0TToken_OnlyDeployer"]);
  });

  it("GOV-3 the timelock has no admin but itself, its proposer is the Governor, and anyone executes", async () => {
    const { timelock, governor } = await loadFixture(deployProtocolFixture);
    assert.equal(await timelock.read.hasRole([role("PROPOSER_ROLE"), governor.address]), true);
    assert.equal(await timelock.read.hasRole([role("CANCELLER_ROLE"), governor.address]), true);
    assert.equal(await timelock.read.hasRole([role("EXECUTOR_ROLE"), zeroAddress]), true);
    const admin = await timelock.read.DEFAULT_ADMIN_ROLE();
    assert.equal(await timelock.read.hasRole([admin, timelock.address]), true);
    assert.equal(await timelock.read.hasRole([admin, governor.address]), false);
    assert.equal(await timelock.read.getMinDelay(), BigInt(P.timelockSeconds));
  });

  it("TOK-3 registry, ledger, rewards, channels and marketplace are the vaults, wired to each other", async () => {
    const { token, timelock, registry, ledger, rewards, channels, marketplace } = await loadFixture(deployProtocolFixture);
    for (const vault of [registry, ledger, rewards, channels, marketplace]) {
      assert.equal(await token.read.vaultStatus([vault.address]), 1);
      assert.equal(getAddress(await vault.read.token()), getAddress(token.address));
    }
    assert.equal(await token.read.vaultStatus([timelock.address]), 0);
    const same = (left: Address, right: Address) => assert.equal(getAddress(left), getAddress(right));
    same(await token.read.timelock(), timelock.address);
    same(await token.read.rewards(), rewards.address);
    same(await registry.read.ledger(), ledger.address);
    same(await ledger.read.registry(), registry.address);
    same(await rewards.read.ledger(), ledger.address);
    same(await rewards.read.registry(), registry.address);
    same(await rewards.read.timelock(), timelock.address);
    assert.equal(await channels.read.closeSeconds(), BigInt(P.channelCloseSeconds));
    assert.ok(allocations.length <= 64);
  });

  itMeasures("every contract stays below 24 KiB", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    for (const [name, { address }] of Object.entries(contracts)) {
      const code = await publicClient.getCode({ address });
      const bytes = (code!.length - 2) / 2;
      assert.ok(bytes < MAX_CODE_BYTES, `${name}: ${bytes}`);
    }
  });

  it("localhost.json5 is the devnet column, baseSepolia.json5 the production column of the parameter table", async () => {
    const read = async (name: string) => readDeploymentParameters(`${hre.config.paths.root}/ignition/parameters/${name}.json5`);
    const genesis = {
      guardianOwners: LOCALHOST_ACCOUNTS,
      guardianThreshold: 2,
      allocations: [{ account: LOCALHOST_ACCOUNTS[0], amount: 10n ** 24n }],
    };
    assert.deepEqual(await read("localhost"), protocolParameters(devnetParameters(60), genesis));
    const production = protocolParameters(PRODUCTION, { guardianOwners: [], guardianThreshold: 0, allocations: [] })["Protocol"]!;
    // Who governs and who begins with X0T must be decided by whoever deploys.
    delete production["guardianOwners"];
    delete production["guardianThreshold"];
    delete production["allocations"];
    assert.deepEqual(await read("baseSepolia"), { Protocol: production });
  });
});
