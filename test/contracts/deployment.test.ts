import assert from "node:assert/strict";
import { readDeploymentParameters } from "@nomicfoundation/hardhat-ignition/helpers";
import hre from "hardhat";
import safeL2Artifact from "@safe-global/safe-smart-account/build/artifacts/contracts/SafeL2.sol/SafeL2.json" with { type: "json" };
import safeHandlerArtifact from "@safe-global/safe-smart-account/build/artifacts/contracts/handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json" with { type: "json" };
import safeFactoryArtifact from "@safe-global/safe-smart-account/build/artifacts/contracts/proxies/SafeProxyFactory.sol/SafeProxyFactory.json" with { type: "json" };
import { getAddress, keccak256, toFunctionSelector, toHex, zeroAddress, zeroHash, type Abi, type Address, type Hex } from "viem";
import { devnetParameters, PRODUCTION } from "../../core/parameters.ts";
import { protocolParameters } from "../../ignition/protocolParameters.ts";
import {
  allocations,
  assertions,
  deployer,
  deployProtocolFixture,
  guardians,
  loadFixture,
  P,
  publicClient,
} from "./support/protocol.ts";
import { addressAt, probe, readGetters, replay, type Contracts } from "./support/handover.ts";
import { itMeasures } from "./support/itMeasures.ts";

/** Accounts 1 to 3 of every development chain. */
const LOCALHOST_ACCOUNTS = [
  "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
  "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
] as const;
const [safeL2, safeFactory, safeHandler] = [safeL2Artifact, safeFactoryArtifact, safeHandlerArtifact] as { deployedBytecode: Hex }[] as [
  { deployedBytecode: Hex },
  { deployedBytecode: Hex },
  { deployedBytecode: Hex },
];
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

  it("TOK-3 registry, ledger, rewards, channels and marketplace are the vaults, wired to the token", async () => {
    const { token, timelock, registry, ledger, rewards, channels, marketplace } = await loadFixture(deployProtocolFixture);
    for (const vault of [registry, ledger, rewards, channels, marketplace]) {
      assert.equal(await token.read.vaultStatus([vault.address]), 1);
      assert.equal(getAddress(await vault.read.token()), getAddress(token.address));
    }
    assert.equal(await token.read.vaultStatus([timelock.address]), 0);
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

const SENTINEL = getAddress("0x0000000000000000000000000000000000000001");

/** Each address that a contract shows without an argument, and who it must be. A new getter fails here until it is judged. */
const GETTERS: Record<string, string> = {
  "token.deployer": "DEPLOYER",
  "token.timelock": "timelock",
  "token.rewards": "rewards",
  "token.eip712Domain.verifyingContract": "token",
  "registry.deployer": "DEPLOYER",
  "registry.ledger": "ledger",
  "registry.seat": "seat",
  "registry.token": "token",
  "registry.eip712Domain.verifyingContract": "registry",
  "ledger.registry": "registry",
  "ledger.token": "token",
  "ledger.windows.0": "registry",
  "ledger.eip712Domain.verifyingContract": "ledger",
  "rewards.ledger": "ledger",
  "rewards.registry": "registry",
  "rewards.timelock": "timelock",
  "rewards.token": "token",
  "channels.seat": "seat",
  "channels.token": "token",
  "channels.eip712Domain.verifyingContract": "channels",
  "marketplace.ledger": "ledger",
  "marketplace.registry": "registry",
  "marketplace.seat": "seat",
  "marketplace.token": "token",
  "governor.timelock": "timelock",
  "governor.seat": "seat",
  "governor.token": "registry",
  "governor.proposalGuardian": "guardian",
  "governor.eip712Domain.verifyingContract": "governor",
  "seat.timelock": "timelock",
  "seat.guardian": "guardian",
  "guardian.getOwners[0]": "OWNER0",
  "guardian.getOwners[1]": "OWNER1",
  "guardian.getOwners[2]": "OWNER2",
};

describe("handover", () => {
  const me = getAddress(deployer.account.address);

  /** Everything deployed, and people, by address. */
  function named(contracts: Contracts): Map<Address, string> {
    const owners = guardians.map(({ account }, index) => [getAddress(account.address), `OWNER${index}`] as const);
    const all = Object.entries(contracts).map(([name, { address }]) => [getAddress(address), name] as const);
    return new Map([...all, ...owners, [me, "DEPLOYER"], [zeroAddress, "ANYONE"]]);
  }

  it("GOV-3 every address that any contract shows is the one expected; the deployer only as the past caller of two one-shot calls", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    const names = named(contracts);
    const shown = [...(await readGetters(contracts))].map(([getter, address]) => [getter, names.get(address) ?? address]);
    assert.deepEqual(Object.fromEntries(shown), GETTERS);
  });

  it("GOV-3 nothing was scheduled before the handover that could be executed after it", async () => {
    const { timelock } = await loadFixture(deployProtocolFixture);
    assert.deepEqual(await timelock.getEvents.CallScheduled({}, { fromBlock: 0n }), []);
    assert.ok((await timelock.getEvents.RoleGranted({}, { fromBlock: 0n })).length > 0, "its events are read");
  });

  it("GOV-3 every role that was ever granted is the Governor's, the timelock's own, or anybody's", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    const { timelock } = contracts;
    const names = named(contracts);
    const roles = new Map([...["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"].map((name) => [role(name), name] as const), [zeroHash, "DEFAULT_ADMIN_ROLE"]]);
    const held = await replay(contracts, {
      given: "RoleGranted",
      taken: "RoleRevoked",
      what: (args) => roles.get(args["role"] as Hex) ?? String(args["role"]),
      holder: (args) => args["account"] as Address,
    });
    assert.deepEqual(Object.fromEntries([...held].map(([what, who]) => [what, who.map((one) => names.get(one) ?? one)])), {
      "timelock.DEFAULT_ADMIN_ROLE": ["timelock"],
      "timelock.EXECUTOR_ROLE": ["ANYONE"],
      "timelock.PROPOSER_ROLE": ["governor"],
      "timelock.CANCELLER_ROLE": ["governor"],
    });
    for (const [hash, name] of roles) {
      assert.equal(await timelock.read.hasRole([hash, me]), false, name);
      assert.equal(await timelock.read.getRoleAdmin([hash]), zeroHash, name);
    }
    assert.equal(await timelock.read.getMinDelay(), BigInt(P.timelockSeconds));
  });

  it("TOK-4 the vaults that were ever added are the five", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    const names = named(contracts);
    const vaults = await replay(contracts, { given: "VaultAdded", taken: "VaultRemoved", what: () => "vaults", holder: (args) => args["vault"] as Address });
    const found = (vaults.get("token.vaults") ?? []).map((vault) => names.get(vault) ?? vault).sort();
    assert.deepEqual([[...vaults.keys()], found], [["token.vaults"], ["channels", "ledger", "marketplace", "registry", "rewards"]]);
  });

  it("GOV-3 the guardian is a Safe of the owners named, with their threshold, without modules or guards", async () => {
    const { guardian } = await loadFixture(deployProtocolFixture);
    assert.equal(await guardian.read.getThreshold!(), 2n);
    assert.deepEqual(await guardian.read.getModulesPaginated!([SENTINEL, 10n]), [[], SENTINEL]);
    for (const name of ["guard_manager.guard.address", "module_manager.module_guard.address"]) {
      assert.equal(await addressAt(guardian.address, keccak256(toHex(name))), zeroAddress, name);
    }
    // Slot 0 of the proxy: the code that it runs, and no other way to change it than its owners' signatures.
    const singleton = await addressAt(guardian.address, toHex(0, { size: 32 }));
    assert.equal(await publicClient.getCode({ address: singleton }).then((code) => keccak256(code!)), keccak256(safeL2.deployedBytecode));
  });

  it("GOV-3 whatever the deployer deployed is known here", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    const known = new Set(Object.values(contracts).map(({ address }) => getAddress(address)));
    const created: Address[] = [];
    // Backwards from its last act, the seal, to where somebody else acted or another deployment ended.
    const sealing = toFunctionSelector("seal(address,address,address[],(address,uint256)[])");
    let seals = 0;
    for (let number = await publicClient.getBlockNumber(); number > 0n && seals < 2; number--) {
      const { transactions } = await publicClient.getBlock({ blockNumber: number, includeTransactions: true });
      for (const { hash, from, input } of transactions) {
        if (input.startsWith(sealing) || getAddress(from) !== me) seals++;
        const { contractAddress } = await publicClient.getTransactionReceipt({ hash });
        if (seals === 1 && contractAddress) created.push(getAddress(contractAddress));
      }
    }
    const [wired, others] = [created.filter((one) => known.has(one)), created.filter((one) => !known.has(one))];
    // The Safe was created by its factory.
    assert.equal(wired.length, known.size - 1);
    const helpers = await Promise.all(others.map(async (address) => keccak256((await publicClient.getCode({ address }))!)));
    const safes = [safeL2, safeFactory, safeHandler].map(({ deployedBytecode }) => keccak256(deployedBytecode));
    assert.deepEqual(helpers.sort(), safes.sort());
  });

  it("GOV-3 to every writing function of every contract the deployer is a stranger, but for the two spent ones", async () => {
    const contracts = await loadFixture(deployProtocolFixture);
    const stranger = getAddress("0x00000000000000000000000000000000000057a9");
    const blind = (data: Hex, who: Address) => data.toLowerCase().replaceAll(who.slice(2).toLowerCase(), "me");
    const others = await probe(contracts, stranger);
    const differ = [...(await probe(contracts, me))].filter(([key, data]) => blind(data, me) !== blind(others.get(key)!, stranger));
    assert.ok(others.size > 90, String(others.size));
    assert.deepEqual(differ.map(([key]) => key.split("/")[0]).sort(), ["registry.setLedger", "token.seal"]);
  });
});
